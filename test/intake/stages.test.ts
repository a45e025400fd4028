// How long each step of a message took is in its row, and is told once to whoever counts.

import t from 'tap'
import { STAGES, type StageTimes } from '../../src/stages.js'
import { makeBench } from '../support/desk.js'
import { rawMessage } from '../support/raw.js'

async function measured(t: Parameters<typeof makeBench>[0], raw: Buffer) {
  const told: StageTimes[] = []
  const bench = await makeBench(t, { noteStages: (times) => told.push(times) })
  const reply = await bench.send(raw)
  const [row] = await bench.store.read.intakes.page({ limit: 1 })
  return { told, reply, row }
}

t.test('of a message that is taken on, every step it took', async (t) => {
  const { told, reply, row } = await measured(t, rawMessage())
  t.equal(reply.replyCode, 250)
  const steps = Object.keys(row?.stages ?? {})
  t.same(
    steps,
    STAGES.filter((stage) => !['receive', 'authenticate'].includes(stage)),
    'signed in, so nothing was looked up; and the bytes were here already',
  )
  for (const step of STAGES.filter((stage) => steps.includes(stage))) t.ok((row?.stages?.[step] ?? -1) >= 0, step)
  t.same(told, [row?.stages])
})

t.test('of one that is refused, the steps up to there', async (t) => {
  const { told, reply, row } = await measured(t, rawMessage({ from: 'somebody@other.example' }))
  t.equal(reply.replyCode, 550)
  t.same(Object.keys(row?.stages ?? {}), ['parse'])
  t.equal(told.length, 1)
})
