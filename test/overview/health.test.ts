import t from 'tap'
import { MINUTE } from '../../src/clock.js'
import { silentLog } from '../../src/log.js'
import { type Check, Health } from '../../src/overview/health.js'

const NOW = Date.UTC(2026, 10, 22)

function newHealth(checks: readonly Check[], options: { patienceMs?: number; limitMs?: number } = {}) {
  const clock = { at: NOW, now: () => clock.at }
  return { health: new Health({ checks, clock, log: silentLog, ...options }), clock }
}

const hung = () => new Promise<never>(() => {})

t.test('every check is asked, in the order it is shown', async (t) => {
  const { health } = newHealth([
    { about: 'relay', run: async () => ({ ok: true, says: 'answers', values: { host: 'relay.example.org' } }) },
    { about: 'clock', run: async () => ({ ok: false, says: 'behind', values: { seconds: 90 } }) },
  ])
  t.same(await health.look(), [
    { about: 'relay', state: 'ok', says: 'answers', values: { host: 'relay.example.org' } },
    { about: 'clock', state: 'failing', says: 'behind', values: { seconds: 90 } },
  ])
})

t.test('a check that hangs keeps no page waiting, and in the end it is said that it hangs', async (t) => {
  const { health, clock } = newHealth([{ about: 'dns', run: hung }], { patienceMs: 1, limitMs: 30 })
  t.same(await health.look(), [{ about: 'dns', state: 'open', says: 'checking' }])
  for (let state = 'open'; state === 'open'; ) state = (await health.look())[0]?.state ?? ''
  t.same(await health.look(), [{ about: 'dns', state: 'failing', says: 'no-answer' }])
  clock.at += 2 * MINUTE
  t.same(await health.look(), [{ about: 'dns', state: 'failing', says: 'no-answer' }], 'what was known stays until more is')
})

t.test('a check that breaks is said to, without what its error holds', async (t) => {
  const { health } = newHealth([{ about: 'relay', run: async () => Promise.reject(new Error('smtp://user:secret@host')) }])
  t.same(await health.look(), [{ about: 'relay', state: 'failing', says: 'unchecked' }])
})

t.test('within a minute nothing is asked twice, however many look; after it, and when the clock was set back, it is', async (t) => {
  let asked = 0
  const run = async () => {
    asked++
    return { ok: true, says: 'right' }
  }
  const { health, clock } = newHealth([{ about: 'clock', run }])
  await Promise.all([health.look(), health.look(), health.look()])
  clock.at += MINUTE - 1
  await health.look()
  t.equal(asked, 1)
  clock.at += 1
  await health.look()
  t.equal(asked, 2)
  clock.at = NOW
  await health.look()
  t.equal(asked, 3)
})
