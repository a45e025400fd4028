// A person whose browser speaks Spanish: every page, mail and paper that reaches her is in Spanish, and her clinic's stay English.

import t from 'tap'
import { Visitor, wordsOf } from '../../scripts/visitor.mjs'
import { textOf } from '../documents/pdf-text.js'
import { openTown, readNotice, SENDER } from '../support/town.js'

const PERSON = 'maria@example.org'
const QUESTION = '¿Qué se me cayó al lago aquel verano?'
const ANSWER = 'La cesta de mimbre azul'

/** Of a whole page or mail. */
const isSpanish = (html: string) => /<html lang="es"[ >]/.test(html)

t.test('from signing up to reading: all of it is in Spanish', async (t) => {
  const town = await openTown(t, { copies: true })
  const visitor = new Visitor(town.service.webUrl, { 'accept-language': 'es-MX,es;q=0.9,en;q=0.5' })
  const signIn = await visitor.open('/sign-in')
  t.ok(isSpanish(signIn.html))
  t.match(wordsOf(signIn.html), 'Le enviamos un correo electrónico con un enlace')
  await visitor.submit(signIn, { address: PERSON })
  const link = await town.mail(PERSON, /\/sign-in\/link\//)
  t.equal(link.subject, 'Inicie sesión en su buzón')
  t.ok(isSpanish(link.html))
  await visitor.submit(await visitor.open(link.text.match(/\/sign-in\/link\/[\w-]+/)?.[0] ?? ''))
  const saved = await visitor.submit(await visitor.open('/profile/question'), { question: QUESTION, answer: ANSWER, again: ANSWER })
  t.match(wordsOf(saved.html), 'Su pregunta y su respuesta están guardadas')

  const csv = { filename: 'potassium.csv', contentType: 'text/csv', content: Buffer.from('test,value\npotassium,4.1\n') }
  const note = { filename: 'note.txt', contentType: 'text/plain', content: Buffer.from('See you in spring.') }
  t.match((await town.send({ subject: PERSON, text: 'Hello.', attachments: [csv, note] })).response, /^250 /)
  const notice = await town.mail(PERSON, /\/open\//)
  t.equal(notice.subject, 'Llegó un paquete a su buzón')
  t.ok(isSpanish(notice.html))
  t.match(notice.text, /Su código: \d{4} \d{4} \d{4} \d{4}\nReferencia del paquete: [\w-]+\nSe puede abrir hasta: \d+ de \p{L}+ de \d{4}/u)

  const { path, code } = readNotice(notice)
  const question = await visitor.submit(await visitor.open(path), { code })
  const wrong = await visitor.submit(question, { answer: 'El sombrero de paja' })
  t.match(wordsOf(wrong.html), /Esa no es la respuesta\. Le quedan \d+ intentos/)
  const records = await visitor.submit(wrong, { answer: ANSWER })
  t.ok(isSpanish(records.html))
  t.match(wordsOf(records.html), 'Sample Clinic le envió estos expedientes')
  const copy = await visitor.open('/records/documents/1/copy')
  t.ok(isSpanish(copy.html), 'the copy of a table')
  const pdf = (await textOf((await visitor.open('/records/records.pdf')).bytes)).join(' ')
  t.match(pdf, 'Expedientes médicos', 'all pages in one PDF')
  t.equal((await town.mail(PERSON, /Se abrió su paquete/)).subject, 'Se abrió su paquete')
  t.match((await town.mail(SENDER, /^Receipt /)).text, 'does not prove delivery', 'the receipt')
})
