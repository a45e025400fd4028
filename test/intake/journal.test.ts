import t from 'tap'
import { intakeLog } from '../../src/intake/journal.js'
import type { Intake } from '../../src/store/intakes.js'
import { makeBench } from '../support/desk.js'

const ROW: Intake = {
  ...{ number: '20261122-A', at: 1000, providerId: null, consumerId: null, outcome: 'rejected', reason: 'no-id', detail: null },
  ...{ replyCode: 554, enhancedCode: '5.6.0', replyText: 'no', bytes: 1, documents: 0, peer: '192.0.2.1', tls: null, how: null },
  ...{ consumerMasked: null, intakeAddress: null, durationMs: 1, packageId: null },
}

async function journalOf(t: Parameters<typeof makeBench>[0], rows: ReadonlyArray<Partial<Intake>>) {
  const { store } = await makeBench(t)
  await store.write(async (tables) => {
    for (const row of rows) await tables.intakes.append({ ...ROW, ...row })
  })
  return intakeLog(store)
}

t.test('rows come newest first, with the provider’s name where there is one', async (t) => {
  const journal = await journalOf(t, [
    { number: 'a', at: 1 },
    { number: 'b', at: 3, providerId: 'provider-1' },
    { number: 'c', at: 2, providerId: 'gone' },
  ])
  t.same(
    (await journal.page({ limit: 10 })).map(({ number, providerName }) => [number, providerName]),
    [
      ['b', 'Sample Clinic'],
      ['c', null],
      ['a', null],
    ],
  )
})

t.test('a page begins after the last row of the one above, also within one millisecond', async (t) => {
  const numbers = Array.from({ length: 25 }, (_each, index) => `n${String(index).padStart(2, '0')}`)
  const journal = await journalOf(
    t,
    numbers.map((number, index) => ({ number, at: 1000 + Math.floor(index / 10) })),
  )
  const seen: string[] = []
  for (let page = await journal.page({ limit: 4 }); page.length > 0; ) {
    t.ok(page.length <= 4)
    seen.push(...page.map(({ number }) => number))
    const last = page.at(-1)
    page = last ? await journal.page({ limit: 4, before: { at: last.at, number: last.number } }) : []
  }
  t.same(seen, [...numbers].reverse())
})

t.test('an empty log is an empty page', async (t) => {
  t.same(await (await journalOf(t, [])).page({ limit: 10 }), [])
})
