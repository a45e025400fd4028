// Mails of fax gateways, in the shapes that they have: with a fax, without one, and with somebody else's number in it.

import t from 'tap'
import { collect } from '../../src/intake/collect.js'
import { missesFax } from '../../src/intake/fax.js'
import { makeWorkshop } from '../../src/service/parts.js'
import { type Bench, CONSUMER, enrol, makeBench } from '../support/desk.js'
import { type FaxCase, faxOf, scanOf } from '../support/faxes.js'
import { PDF, rawMessage } from '../support/raw.js'
import { messageOf, partOf } from './message.js'

const GATEWAY = 'fax@gateway.example'
const BY_FAX = { provider: { faxSenders: [GATEWAY], auth: ['network' as const], networks: ['192.0.2.0/24'] } }
const FROM_GATEWAY = { peer: { address: '192.0.2.9', signedInAs: null }, mailFrom: GATEWAY }
const CLEAN: Omit<FaxCase, 'number'> = {
  ...{ sheet: 'cover', coding: 'g4', rows: 196, skew: 0.7, noise: 0.002, isUpsideDown: false, isSecond: false, seed: 3 },
}

const workshop = makeWorkshop()
t.teardown(() => workshop.close())

async function numberOf({ store }: Bench, id: string): Promise<string> {
  return (await store.read.consumers.byId(id))?.postboxNumber ?? ''
}

async function faxMail(number: string, change: Partial<FaxCase> & { subject?: string } = {}): Promise<Buffer> {
  const { subject = 'Fax received from "5550100"', ...fax } = change
  const { bytes, mediaType } = await faxOf(await scanOf(number, 'cover'), { ...CLEAN, ...fax, number })
  const parts = [{ type: mediaType, name: mediaType === 'image/tiff' ? 'fax000000012.tif' : 'fax.pdf', content: bytes }]
  return rawMessage({ from: `HylaFAX Agent <${GATEWAY}>`, subject, headers: ['Auto-Submitted: auto-generated'], parts })
}

async function lastRow({ store }: Bench) {
  const [row] = await store.database.read('intakes').orderByRaw('rowid DESC').limit(1)
  return row
}

t.test('a fax finds its owner by the code on its first page, and its notice says that a fax proves no sender', async (t) => {
  const bench = await makeBench(t, { ...BY_FAX, workshop })
  const number = await numberOf(bench, bench.consumerId)
  t.match(await bench.send(await faxMail(number), FROM_GATEWAY), { replyCode: 250 })
  t.match(await lastRow(bench), { outcome: 'accepted', how: 'network', consumer_id: bench.consumerId })
  const notice = bench.courier.handed.find(({ to }) => to === CONSUMER)?.raw ?? ''
  t.match(notice.replace(/=\r\n/g, ''), /It came by fax/)
  await bench.post.sendDue()
  t.notOk(
    bench.courier.handed.some(({ to }) => to === GATEWAY),
    'nobody reads what a gateway gets',
  )
})

t.test('its receipt goes where the provider wants receipts, and says which gateway it was', async (t) => {
  const bench = await makeBench(t, { provider: { ...BY_FAX.provider, receiptsTo: 'chart@clinic.example' }, workshop })
  t.match(await bench.send(await faxMail(await numberOf(bench, bench.consumerId), { coding: 'pdf' }), FROM_GATEWAY), { replyCode: 250 })
  await bench.post.sendDue()
  const receipt = bench.courier.handed.find(({ to }) => to === 'chart@clinic.example')?.raw ?? ''
  t.match(receipt.replace(/=\r\n/g, ''), /A fax that came through gateway\.example/)
})

t.test('a fax is never guessed: two numbers, one that nobody has, one that is not what the Subject says', async (t) => {
  const bench = await makeBench(t, { ...BY_FAX, workshop })
  const number = await numberOf(bench, bench.consumerId)
  const otherId = await enrol(bench.store, 'lee@home.example', bench.clock.at)
  const other = await numberOf(bench, otherId)
  const [mine, hers] = await Promise.all(
    [number, other].map(async (each) => faxOf(await scanOf(each, 'cover'), { ...CLEAN, number: each })),
  )
  const two = rawMessage({
    ...{ from: GATEWAY, subject: 'New Fax' },
    parts: [mine, hers].map((fax, index) => ({ type: 'image/tiff', name: `${index}.tif`, content: fax?.bytes ?? Buffer.alloc(0) })),
  })
  t.match(await bench.send(two, FROM_GATEWAY), { replyCode: 554 })
  t.match(await lastRow(bench), { reason: 'sources-disagree', detail: 'pages', consumer_id: null })
  t.match(await bench.send(await faxMail(other, { subject: `Fax for ${CONSUMER}` }), FROM_GATEWAY), { replyCode: 554 })
  t.match(await lastRow(bench), { reason: 'sources-disagree', detail: 'subject-and-pages', consumer_id: null })
  t.match(await bench.send(await faxMail('K7M2QX9DP'), FROM_GATEWAY), { replyCode: 554 })
  t.match(await lastRow(bench), { reason: 'number-unknown', detail: 'pages' })
  t.same(bench.courier.codes(), [])
})

t.test('a scan that a clinic mails is routed by its first page, too', async (t) => {
  const bench = await makeBench(t, { workshop })
  const { bytes } = await faxOf(await scanOf(await numberOf(bench, bench.consumerId), 'cover'), { ...CLEAN, number: '', coding: 'pdf' })
  const raw = rawMessage({ subject: 'Scan', parts: [{ type: 'application/pdf', name: 'scan.pdf', content: bytes }] })
  t.match(await bench.send(raw), { replyCode: 250 })
  t.match(await lastRow(bench), { consumer_id: bench.consumerId })
})

t.test('a gateway counts only where it is registered', async (t) => {
  const bench = await makeBench(t, { provider: { auth: ['network'], networks: ['192.0.2.0/24'] }, workshop })
  t.match(await bench.send(await faxMail(await numberOf(bench, bench.consumerId)), FROM_GATEWAY), { replyCode: 550 })
  t.match(await lastRow(bench), { reason: 'sender-not-registered' })
})

const text = (content: string, mediaType = 'text/plain') => partOf(content, { role: 'body', mediaType })
const tiff = partOf(Buffer.from('49492a0008000000', 'hex'), { mediaType: 'image/tiff', sentName: 'fax.tif' })
const logo = partOf(Buffer.from('89504e470d0a1a0a', 'hex'), { mediaType: 'image/png', contentId: 'logo' })
const postScript = partOf('%!PS-Adobe-3.0\n', { mediaType: 'application/postscript', sentName: 'fax000000012.ps' })

const SHAPES: ReadonlyArray<readonly [what: string, subject: string, parts: readonly ReturnType<typeof partOf>[], reason: string | null]> =
  [
    [
      'eFax',
      'eFax from "Sample Clinic" - 3 page(s), caller ID: 555-010-0199',
      [text('You have received a 3 page fax.'), partOf(PDF)],
      null,
    ],
    ['HylaFAX with TIFF', 'Fax received from "5550100199"', [text('Sender: 5550100199'), tiff], null],
    ['HylaFAX with PostScript', 'Facsimile received from 5550100199', [text('Pages: 2'), postScript], null],
    ['FreePBX with TIFF and PDF', 'New fax from: 5550100199', [text('Enclosed'), tiff, partOf(PDF)], null],
    ['FusionPBX', 'FAX Received: 5550100199 fax-2', [text('Enclosed'), tiff], null],
    ['a fax beside an error that its text mentions', 'New fax', [text('Transmission without error'), tiff], null],
    ['HylaFAX without attachment', 'Fax received from "5550100199"', [text('Sender: 5550100199')], 'no-documents'],
    ['a failure notice', 'Failed to receive fax', [text('The call was dropped.')], 'fax-failed'],
    ['a failure told in the text', 'Fax status', [text('Your fax could not be received: remote hung up.')], 'fax-failed'],
    ['a link alone', 'New Fax Received', [text('Click https://fax.gateway.example/v/123 to see it')], 'fax-behind-link'],
    [
      'a link in HTML, with the logo of the gateway',
      'New Fax',
      [text('<a href="https://fax.example/x">View</a>', 'text/html'), logo],
      'fax-behind-link',
    ],
    [
      'HTML whose grammar has links',
      'New Fax',
      [text('<!DOCTYPE html PUBLIC "x" "http://www.w3.org/TR/x.dtd"><html xmlns="http://www.w3.org/1999/xhtml">Fax</html>', 'text/html')],
      'no-documents',
    ],
  ]

for (const [what, subject, parts, reason] of SHAPES) {
  t.test(`a gateway's mail, ${what}: ${reason ?? 'there is a fax in it'}`, async (t) => {
    const message = messageOf({ subject, parts })
    t.equal(missesFax(message, await collect(message))?.reason ?? null, reason)
  })
}
