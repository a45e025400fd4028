// The short fuzzing of both doors, always the same; `npm run fuzz` goes on with other seeds.

import t from 'tap'
import { newWorld, webServer } from '../web/fakes.js'
import { FORMS, ROUTES } from './http.js'
import { type Course, HouseRounds } from './rounds.js'
import { newTally, tell } from './runner.js'
import { checkReply } from './smtp.js'

/** A hang is for ever; less than a minute may be a busy machine. */
const COURSE: Course = { seed: 20261122, from: 0, patience: 60_000, samples: [] }

t.test('whatever is said at the doors, nothing breaks, everything lent comes back, and 250 means sealed', async (t) => {
  const house = await HouseRounds.open()
  t.teardown(() => house.close())
  const tally = newTally()
  await house.trySmtp(tally, COURSE, 96)
  await house.tryHttp(tally, COURSE, 240)
  t.comment(`seed ${COURSE.seed}: ${[...tally.counts].map(([kind, times]) => `${times} ${kind}`).join(', ')}`)
  for (const fault of tally.faults) t.fail(tell(fault, COURSE.seed))
  t.equal(tally.counts.size, 6)
})

t.test('every route of the site is visited', async (t) => {
  const server = await webServer(newWorld(), {
    outgoing: { list: async () => [], read: async () => null },
    metrics: { render: async () => '', token: null },
  })
  const paths = (isWanted: (method: string) => boolean) =>
    [...new Set(server.table().flatMap(({ method, path }) => (isWanted(method) ? [path] : [])))].sort()
  t.same(
    [...ROUTES].sort(),
    paths(() => true),
  )
  t.same(
    [...FORMS].sort(),
    paths((method) => method === 'post'),
  )
})

t.test('a reply that is a fault of the service, or has no enhanced code, is seen', async (t) => {
  checkReply('220 a ready\r\n250-a\r\n250 SIZE\r\n354 go on\r\n550 5.1.1 No such address\r\n')
  for (const bad of ['451 4.3.0 Temporary', '550 No such address', '550 4.1.1 No', 'TypeError: x', '451-4.3.0 two\r\n451 4.3.0 lines']) {
    t.throws(() => checkReply(bad), bad)
  }
})
