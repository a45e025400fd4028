import t from 'tap'
import { blankForm } from '../../../src/documents/forms/content.js'
import type { Receipt } from '../../../src/documents/receipt-pdf.js'
import { papersFrom, papersHere } from '../../../src/documents/workshop/papers.js'
import type { Outcome } from '../../../src/documents/workshop/worker-process.js'
import { closedWorkshop, ProcessWorkshop, type Workshop } from '../../../src/documents/workshop/workshop.js'
import { loadTexts } from '../../../src/texts.js'

const texts = loadTexts('templates/texts')

const RECEIPT: Receipt = {
  ...{ intakeNumber: '20261122-7K2M9QXD', receivedAt: Date.UTC(2026, 10, 22), handedOverAt: Date.UTC(2026, 10, 23), resend: false },
  provider: { name: 'Sample Clinic', intakeAddress: 'clinic@in.example' },
  authenticated: { method: 'dkim', domain: 'clinic.example', tls: null },
  documents: [{ mediaType: 'application/pdf', bytes: 182_000, pages: 3, sha256: 'ab'.repeat(32) }],
  operator: { name: 'Operator', email: 'op@in.example', phone: '', fax: '' },
}

t.test('a receipt drawn by a worker is the one drawn here, in each language', async (t) => {
  const workshop = new ProcessWorkshop({
    main: new URL(`../../../src/documents/workshop/main.${import.meta.url.slice(-2)}`, import.meta.url),
  })
  t.teardown(() => workshop.close())
  const asked: string[] = []
  const heard: Workshop = {
    atBench: (work) =>
      workshop.atBench((bench) =>
        work({
          run: async (job, input) => {
            const outcome = await bench.run(job, input)
            asked.push(`${job} ${outcome.ok}`)
            return outcome
          },
        }),
      ),
    close: () => {},
  }
  const papers = papersFrom(heard, texts)
  for (const language of ['en', 'es']) {
    const drawn = await papers.receipt(RECEIPT, language)
    t.ok(drawn.equals(await papersHere(texts).receipt(RECEIPT, language)), language)
  }
  t.strictSame(asked, ['receipt true', 'receipt true'])
})

t.test('without a worker, and with one that answers nonsense, it is drawn here', async (t) => {
  const nonsense: Workshop = {
    ...closedWorkshop,
    atBench: (work) => work({ run: async () => ({ ok: true, value: Buffer.from('no PDF') }) }),
  }
  for (const workshop of [closedWorkshop, nonsense]) {
    const drawn = await papersFrom(workshop, texts).receipt(RECEIPT, 'en')
    t.ok(drawn.equals(await papersHere(texts).receipt(RECEIPT, 'en')))
  }
})

t.test('what people wrote is not drawn here when a worker failed over it, only where there is no workshop', async (t) => {
  const about = {
    content: blankForm('authorization'),
    postbox: null,
    requestNumber: null,
    operatorName: 'Operator',
    site: 'http://site.test',
  }
  const letter = { ...about, requestNumber: 'R7K2-M9QX', sent: null, signature: null, timeZone: null }
  const failing = (outcome: Outcome): Workshop => ({ ...closedWorkshop, atBench: (work) => work({ run: async () => outcome }) })
  for (const outcome of [
    { ok: false, reason: 'time' },
    { ok: false, reason: 'crashed' },
    { ok: true, value: Buffer.from('no PDF') },
  ] as const) {
    const papers = papersFrom(failing(outcome), texts)
    await t.rejects(papers.form(about, 'en', 0), { name: 'PaperError' })
    await t.rejects(papers.copy(about, 'en', 0), { name: 'PaperError' })
    await t.rejects(papers.revocation(letter, 'en', 0), { name: 'PaperError' })
  }
  t.ok((await papersFrom(closedWorkshop, texts).copy(about, 'en', 0)).equals(await papersHere(texts).form(about, 'en', 0)))
})

t.test('forms wait in line, whose end is told at once; receipts and copies that go with records wait for nobody', async (t) => {
  const held: Array<() => void> = []
  let most = 0
  const slow: Workshop = {
    ...closedWorkshop,
    atBench: async (work) => {
      const isFree = new Promise<void>((resolve) => held.push(resolve))
      most = Math.max(most, held.length)
      await isFree
      return work({ run: async () => ({ ok: true, value: Buffer.from('%PDF-1.7') }) })
    },
  }
  const papers = papersFrom(slow, texts)
  const about = { content: blankForm('access'), postbox: null, requestNumber: null, operatorName: 'Operator', site: 'http://site.test' }
  const forms = Array.from({ length: 40 }, () => papers.form(about, 'en', 0).then(String, (error: Error) => error.name))
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(held.length, 1, 'one at a bench')
  const receipt = papers.receipt(RECEIPT, 'en')
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(held.length, 2, 'and a receipt beside it')
  const copy = papers.copy(about, 'en', 0)
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(held.length, 3, 'and a copy')
  for (let free = held.shift(); free; free = held.shift()) {
    free()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const outcomes = await Promise.all(forms)
  t.equal(outcomes.filter((each) => each === 'BusyError').length, 7)
  t.equal(outcomes.filter((each) => each === '%PDF-1.7').length, 33)
  for (const each of [receipt, copy]) t.equal(String(await each), '%PDF-1.7')
  t.equal(most, 3)
})
