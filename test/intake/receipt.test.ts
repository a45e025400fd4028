import { simpleParser } from 'mailparser'
import t from 'tap'
import { papersHere } from '../../src/documents/workshop/papers.js'
import { type Receipt, receiptMail } from '../../src/intake/receipt.js'
import { loadTexts } from '../../src/texts.js'
import { textOf } from '../documents/pdf-text.js'
import { makeBench } from '../support/desk.js'

const texts = loadTexts('templates/texts')
const own = { texts, papers: papersHere(texts) }

const RECEIPT: Receipt = {
  ...{ to: 'records@clinic.example', language: 'en', inReplyTo: '1@clinic.example', intakeNumber: '20261122-7K2M9QXD', resend: false },
  provider: { name: 'Sample Clinic', intakeAddress: 'clinic@in.example' },
  receivedAt: Date.UTC(2026, 10, 22, 23, 59, 58),
  handedOverAt: Date.UTC(2026, 10, 23, 0, 0, 1),
  authenticated: { method: 'dkim', domain: 'clinic.example', tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384' },
  documents: [
    { mediaType: 'application/pdf', bytes: 182_000, pages: 3, sha256: 'ab'.repeat(32) },
    { mediaType: 'image/tiff', bytes: 912, pages: null, sha256: 'cd'.repeat(32) },
  ],
  operator: { name: 'Operator', email: 'op@in.example', phone: '', fax: '' },
}

t.test('a receipt says when, how many and what kind, and that it proves no delivery', async (t) => {
  const { values, template, to, automatic, inReplyTo, idempotencyKey } = await receiptMail(RECEIPT, own)
  t.match(
    { template, to, automatic, inReplyTo },
    { template: 'receipt', to: RECEIPT.to, automatic: 'auto-replied', inReplyTo: '1@clinic.example' },
  )
  t.equal(idempotencyKey, 'receipt/20261122-7K2M9QXD')
  t.equal(values.documentLines, '1. PDF document, 182 kB, 3 pages\n2. TIFF image (fax), 912 bytes')
  t.match(String(values.receivedAt), /November 22, 2026.+11:59:58.PM UTC/)
  t.match(String(values.handedOverAt), /November 23, 2026.+12:00:01.AM UTC/)
  t.match(String(values.authenticatedBy), /clinic\.example/)
  t.equal(values.resend, '')
  t.equal((await receiptMail({ ...RECEIPT, resend: true }, own)).values.resend, 'yes')
})

t.test('its PDF for the chart goes with it, and holds the digests', async (t) => {
  const { attachments } = await receiptMail(RECEIPT, own)
  t.match(attachments, [{ name: 'receipt-20261122-7K2M9QXD.pdf', mediaType: 'application/pdf' }])
  const text = (await textOf(attachments?.[0]?.bytes ?? Buffer.alloc(0))).join('').replace(/\s+/g, '')
  for (const word of ['20261122-7K2M9QXD', 'ab'.repeat(32), 'cd'.repeat(32)]) t.ok(text.includes(word), word)
})

t.test('as a mail it answers what was sent, in words and as HTML, with the PDF attached', async (t) => {
  const { post, store, courier } = await makeBench(t)
  await store.write((tables) => post.queueReceipt(tables, RECEIPT))
  await store.write((tables) => post.queueReceipt(tables, RECEIPT))
  t.equal(await post.sendDue(), 1, 'one receipt a message')
  const mail = await simpleParser(courier.handed[0]?.raw ?? '')
  t.equal(mail.inReplyTo, '<1@clinic.example>')
  t.equal(mail.headers.get('auto-submitted'), 'auto-replied')
  t.equal(mail.subject, 'Receipt 20261122-7K2M9QXD')
  for (const part of [mail.text, mail.html || '']) {
    t.match(part, /20261122-7K2M9QXD/)
    t.match(part, /PDF document, 182 kB, 3 pages/)
    t.match(part, /does not prove delivery/)
  }
  t.match(mail.attachments, [{ filename: 'receipt-20261122-7K2M9QXD.pdf', contentType: 'application/pdf' }])
  t.equal(mail.attachments[0]?.content.subarray(0, 5).toString(), '%PDF-')
})

t.test('a receipt for a message without Message-ID answers none', async (t) => {
  const { post, store, courier } = await makeBench(t)
  await store.write((tables) => post.queueReceipt(tables, { ...RECEIPT, inReplyTo: null }))
  await post.sendDue()
  t.equal((await simpleParser(courier.handed[0]?.raw ?? '')).inReplyTo, undefined)
})

t.test('every way a sender can be known has words', async (t) => {
  for (const method of ['password', 'network', 'spf', 'dkim'] as const) {
    const { values } = await receiptMail({ ...RECEIPT, authenticated: { method, domain: 'clinic.example', tls: null } }, own)
    t.match(String(values.authenticatedBy), /^[A-Z].+\.$/, method)
  }
})
