import t from 'tap'
import { addTime, type StageTimes, timed } from '../src/stages.js'

t.test('a step gives what its work gives, and its time is added', async (t) => {
  const times: StageTimes = {}
  t.equal(await timed(times, 'parse', async () => 'done'), 'done')
  t.ok((times.parse ?? -1) >= 0)
  addTime(times, 'parse', 1000)
  addTime(times, 'seal', 0.26)
  t.ok((times.parse ?? 0) >= 1000)
  t.equal(times.seal, 0.3)
})

t.test('a step that fails fails as it would, and was measured', async (t) => {
  const times: StageTimes = {}
  const broken = new Error('broken')
  await t.rejects(
    timed(times, 'collect', async () => Promise.reject(broken)),
    broken,
  )
  t.ok(times.collect !== undefined)
})

t.test('where nobody wants to know, nothing is measured', async (t) => {
  t.equal(await timed(undefined, 'parse', async () => 1), 1)
})

t.test('a clock that went back makes no negative time', async (t) => {
  const times: StageTimes = {}
  addTime(times, 'seal', -5)
  t.equal(times.seal, 0)
})
