// With a scanner set up, the clinic's server hears why a message with a virus was not taken, and gets the next one through.

import t from 'tap'
import { startClamd } from '../support/clamd.js'
import { PDF } from '../support/raw.js'
import { openTown, readNotice } from '../support/town.js'

const CONSUMER = 'pat@home.example'
const letter = (content: Buffer) => ({
  subject: CONSUMER,
  attachments: [{ filename: 'a.pdf', contentType: 'application/pdf', content }],
})

t.test('a message with a virus is refused and one without is taken', async (t) => {
  const clamd = await startClamd()
  t.teardown(() => clamd.close())
  clamd.answer = (stream) => (stream.includes('%PDF-bad') ? 'stream: Sample.Virus FOUND' : 'stream: OK')
  const town = await openTown(t, { settings: { HEPOEX_CLAMD: `tcp://127.0.0.1:${clamd.port}` } })
  await town.register(CONSUMER, 'The boat in the story?', 'the wandering albatross')
  const refusal = await town.send(letter(Buffer.from('%PDF-bad'))).catch((error) => error)
  t.match(refusal, { responseCode: 554, response: /^554 5\.7\.1 A virus was found/ })
  t.match((await town.send(letter(PDF))).response, /^250 2\.6\.0 /)
  t.match(readNotice(await town.mail(CONSUMER, /\d{4} \d{4} \d{4} \d{4}/)).code, /\d/)
  t.match(
    town.log.find((line) => line.includes('"rejected"')),
    /"reason":"infected","detail":"Sample.Virus"/,
  )
})
