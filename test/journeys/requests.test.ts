// From a form filled in on the site to the records it made a clinic send: by fax behind the form itself, and by mail to a form that we
// mailed; and the consent that goes with each disclosure under 42 CFR part 2.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { PDFDocument, PDFTextField } from 'pdf-lib'
import t, { type Test } from 'tap'
import { linksOf, type Visitor, wordsOf } from '../../scripts/visitor.mjs'
import { providerRegistry } from '../../src/accounts/providers.js'
import { textOf } from '../documents/pdf-text.js'
import { faxOf, printed } from '../support/faxes.js'
import { openTown, readNotice, SENDER, type Town } from '../support/town.js'

const PERSON = 'pat@home.example'
const ANSWER = 'The Wandering Albatross'
const GATEWAY = 'fax@gateway.example'

type Page = Awaited<ReturnType<Visitor['open']>>

const person = {
  ...{ name: 'Pat Sample', 'bornOn-day': '27', 'bornOn-month': '3', 'bornOn-year': '1980' },
  ...{ postalAddress: '1 Sample Street\nSampletown', phone: '+1 555 010 0142' },
}
const signature = { way: 'typed', typedName: 'Pat Sample', isAgreed: 'yes' }

/** Each step as a person fills it in; the last page is the one on which she checks all of it. */
async function fillIn(visitor: Visitor, kind: string, steps: Readonly<Record<string, Record<string, string>>>): Promise<Page> {
  let page = await visitor.submit(await visitor.open('/forms'), { kind })
  for (const [step, fields] of Object.entries(steps)) {
    if (!page.url.endsWith(`/${step}`)) throw new Error(`on ${page.url} instead of ${step}`)
    page = await visitor.submit(page, fields)
  }
  if (page.status !== 200) throw new Error(`not checked: ${page.status}`)
  return page
}

const numberOf = ({ url }: Page) => /\/forms\/([0-9A-Z]{8})/.exec(url)?.[1] ?? ''

async function formOf(visitor: Visitor, page: Page): Promise<Buffer> {
  const link = linksOf(page.html).find(({ href }) => href.endsWith('.pdf'))
  return (await visitor.open(link?.href ?? '')).bytes
}

/** What the fields of a form hold. */
async function valuesOf(pdf: Buffer): Promise<string> {
  const fields = (await PDFDocument.load(pdf)).getForm().getFields()
  return fields.map((each) => (each instanceof PDFTextField ? (each.getText() ?? '') : '')).join('\n')
}

/** As a fax server on the clinic's network mails it on. */
async function faxIn(town: Town, content: Buffer): Promise<string> {
  const transport = createTransport({ host: '127.0.0.1', port: town.service.smtpPort, ignoreTLS: true })
  try {
    const { response } = await transport.sendMail({
      from: `"The HylaFAX Receive Agent" <${GATEWAY}>`,
      to: 'lakeside@intake.localhost',
      subject: 'Facsimile received from 5550100199',
      text: 'Sender: 5550100199\nPages: 1\n',
      headers: { 'Auto-Submitted': 'auto-generated' },
      attachments: [{ filename: 'fax000000012.tif', contentType: 'image/tiff', content }],
    })
    return response
  } finally {
    transport.close()
  }
}

/** The files of the service, write-ahead log and all, that hold one of the words. */
async function filesWith(folder: string, words: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  const found = await Promise.all(files.map(async (file) => ((await holdsOne(file, words)) ? [file] : [])))
  return found.flat()
}

async function holdsOne(file: string, words: readonly string[]): Promise<boolean> {
  const bytes = await readFile(file)
  return words.some((word) => bytes.includes(word))
}

async function openTownByFax(t: Test): Promise<Town> {
  const town = await openTown(t, { copies: true })
  const registry = providerRegistry({ store: town.service.store, now: () => Date.now() })
  const added = await registry.add({
    ...{ name: 'Lakeside Clinic', slug: 'lakeside', senders: [], faxSenders: [GATEWAY], fax: '+1 555 010 0199' },
    ...{ auth: ['network'], networks: ['127.0.0.1/32'], unmatched: 'reject' },
  })
  if (added.kind !== 'added') throw new Error('the clinic was not added')
  return town
}

async function openRecords(visitor: Visitor, town: Town, pattern = /\/open\//): Promise<Page> {
  const { path, code } = readNotice(await town.mail(PERSON, pattern))
  const question = await visitor.submit(await visitor.open(path), { code })
  return visitor.submit(question, { answer: ANSWER })
}

t.test('from a request that she faxes to the fax that closes it', async (t) => {
  const town = await openTownByFax(t)
  const visitor = await town.register(PERSON, 'Whose boat is in the story?', ANSWER)
  const whole = await fillIn(visitor, 'access', {
    person,
    provider: { slug: 'lakeside' },
    records: { records: 'all' },
    delivery: { isUnencryptedAccepted: 'yes' },
    signature,
  })
  const number = numberOf(whole)
  const form = await formOf(visitor, whole)
  const words = `${(await textOf(form)).join(' ')}\n${await valuesOf(form)}`
  for (const word of ['Pat Sample', 'Lakeside Clinic', 'lakeside@intake.localhost', '164.524']) t.ok(words.includes(word), word)

  const sent = await visitor.submit(whole, { way: 'faxed' })
  t.match(wordsOf(sent.html), /30 days/)
  t.match(wordsOf((await visitor.open('/forms')).html), /Lakeside Clinic/)

  // The clinic puts her form on top of the records, and faxes both.
  const fax = await faxOf(await printed(form), {
    ...{ number: '', sheet: 'cover', coding: 'g3', rows: 98, skew: 1.2, noise: 0.004, isUpsideDown: false, isSecond: false, seed: 5 },
  })
  t.match(await faxIn(town, fax.bytes), /^250 /)
  const records = await openRecords(visitor, town)
  t.match(wordsOf(records.html), /Lakeside Clinic/)

  const closed = await visitor.open(`/forms/${number}`)
  t.match(wordsOf(closed.html), /Answered/i)
  t.match(closed.html, /\/packages/)
  const undone = await visitor.submit(closed, { answered: 'no' })
  t.match(wordsOf(undone.html), /30 days|days left/)
  t.notMatch(town.log.join(''), /Pat Sample|Sampletown/, 'nothing of the form is logged')
  t.not((await filesWith(town.folder, ['Lakeside Clinic'])).length, 0, 'what is in the clear is found')
  t.strictSame(await filesWith(town.folder, ['Pat Sample', 'Sampletown', '555 010 0142']), [], 'nor lies anywhere in the clear')
})

t.test('a request that we mail, and the mail that closes it', async (t) => {
  const town = await openTownByFax(t)
  const registry = providerRegistry({ store: town.service.store, now: () => Date.now() })
  const added = await registry.add({
    ...{ name: 'Hillside Clinic', slug: 'hillside', senders: ['hillside.example'], receiptsTo: SENDER },
    ...{ auth: ['network'], networks: ['127.0.0.1/32'], unmatched: 'reject' },
  })
  t.equal(added.kind, 'added')
  const visitor = await town.register(PERSON, 'Whose boat is in the story?', ANSWER)
  const whole = await fillIn(visitor, 'access', {
    person,
    provider: { slug: 'hillside' },
    records: { records: 'all' },
    delivery: { isUnencryptedAccepted: 'yes' },
    signature,
  })
  const number = numberOf(whole)
  const asked = await visitor.submit(await visitor.open(`/forms/${number}/mail`))
  t.match(asked.url, /done=mailed/)
  const mail = await town.mail(SENDER, /hillside@intake\.localhost/)
  t.match(mail.text, /30 days/)
  t.notMatch(`${mail.subject} ${mail.text}`, /Pat Sample/, 'who it is stands in the form only')

  const transport = createTransport({ host: '127.0.0.1', port: town.service.smtpPort, ignoreTLS: true })
  t.teardown(() => transport.close())
  const { response } = await transport.sendMail({
    ...{ from: 'records@hillside.example', to: 'hillside@intake.localhost', subject: PERSON, text: 'As asked.' },
    attachments: [{ filename: 'visit.txt', contentType: 'text/plain', content: 'A visit.' }],
  })
  t.match(response, /^250 /)
  await openRecords(visitor, town)
  t.match(wordsOf((await visitor.open(`/forms/${number}`)).html), /Answered/i)
})

t.test('under part 2 the consent goes with the records', async (t) => {
  const town = await openTownByFax(t)
  const visitor = await town.register(PERSON, 'Whose boat is in the story?', ANSWER)
  const whole = await fillIn(visitor, 'authorization', {
    person,
    provider: { slug: 'lakeside' },
    records: { records: 'visits', 'initials-substance-use': 'PS' },
    delivery: { isUnencryptedAccepted: 'yes' },
    terms: { purpose: 'own-request' },
    signature,
  })
  const form = await formOf(visitor, whole)
  t.match((await textOf(form)).join(' '), /164\.508/)
  await visitor.submit(whole, { way: 'handed-over' })
  const fax = await faxOf(await printed(form), {
    ...{ number: '', sheet: 'cover', coding: 'g4', rows: 196, skew: -0.8, noise: 0.002, isUpsideDown: true, isSecond: false, seed: 9 },
  })
  t.match(await faxIn(town, fax.bytes), /^250 /)
  const records = await openRecords(visitor, town)
  t.match(wordsOf(records.html), /3 documents .* Copy of your consent, authorization [0-9A-Z]{4}-[0-9A-Z]{4} PDF document/)
  const consent = linksOf(records.html).find(({ href }) => href.startsWith('/records/documents/2?'))
  const { bytes } = await visitor.open(consent?.href ?? '')
  t.match((await textOf(bytes)).join(' '), /164\.508/)
  t.match(await valuesOf(bytes), /Pat Sample/)
})
