// The clock: wall-clock milliseconds, and the units that times are reckoned in.

import t from 'tap'
import { DAY, HOUR, MINUTE, SECOND, systemClock } from '../src/clock.js'

t.test('tells milliseconds since the Unix epoch', async (t) => {
  const before = Date.now()
  const now = systemClock.now()
  t.ok(now >= before && now <= Date.now())
})

t.test('reckons its units in milliseconds', async (t) => {
  t.same([SECOND, MINUTE, HOUR, DAY], [1000, 60_000, 3_600_000, 86_400_000])
})
