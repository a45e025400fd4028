// Days by the calendar: also where a day has 23 or 25 hours, at the ends of the world, and on the 29th of February.

import t from 'tap'
import { daysAfter, daysBetween, dayThere, momentOn } from '../../src/requests/days.js'
import { remindDue } from '../../src/requests/reminders.js'
import { DAY, newRequestWorld, type RequestWorld, sent, viewOf } from './world.js'

const live = ({ store, consumerId }: RequestWorld, timeZone: string | null) =>
  store.write(({ consumers }) =>
    consumers.setPreferences(consumerId, { language: 'en', timeZone, showProvider: false, personSealed: null }),
  )

t.test('days are added and counted by the calendar', async (t) => {
  t.equal(daysAfter('2028-01-30', 30), '2028-02-29')
  t.equal(daysAfter('2027-01-30', 30), '2027-03-01')
  t.equal(daysBetween('2028-02-28', '2028-03-01'), 2)
  t.equal(daysBetween('2028-03-01', '2028-02-28'), -2)
})

t.test('a moment of a day is that day there, and by UTC', async (t) => {
  for (const zone of [null, 'America/Chicago', 'Pacific/Honolulu', 'Pacific/Guam', 'Asia/Tokyo', 'Europe/London', 'Etc/GMT+12'])
    for (const day of ['2028-02-29', '2026-03-08', '2026-11-01'])
      for (const there of [zone, 'UTC']) t.equal(dayThere(momentOn(day, zone), there), day, `${zone} ${day}`)
  for (const zone of ['Pacific/Auckland', 'Pacific/Kiritimati', 'Pacific/Chatham'])
    t.equal(dayThere(momentOn('2026-11-01', zone), zone), '2026-11-01', zone)
})

t.test('the last day is the 30th by her calendar, and is the last one until it ends where she is', async (t) => {
  const world = await newRequestWorld(t)
  await live(world, 'America/New_York')
  // Half past eleven at night on February 20; in March the clocks are put forward.
  world.clock.at = Date.UTC(2027, 1, 21, 4, 30)
  const number = await sent(world)
  const at = async (moment: number) => {
    world.clock.at = moment
    const { sent: standing, letters } = await viewOf(world, number)
    return [standing?.daysLeft, letters.join()]
  }
  t.match((await viewOf(world, number)).sent, { on: '2027-02-20', dueOn: '2027-03-22', daysLeft: 30, letterFrom: '2027-03-23' })
  t.strictSame(await at(Date.UTC(2027, 2, 22, 3, 59)), [1, ''])
  t.strictSame(await at(Date.UTC(2027, 2, 22, 4)), [0, ''])
  t.strictSame(await at(Date.UTC(2027, 2, 23, 3, 59)), [0, ''], 'a minute before midnight')
  t.strictSame(await at(Date.UTC(2027, 2, 23, 4)), [-1, 'reminder'])
})

t.test('in autumn no mail says that the days are over on the last of them', async (t) => {
  const world = await newRequestWorld(t)
  await live(world, 'America/New_York')
  // Half past midnight on October 10: 31 times 24 hours later it is half past eleven of the last day but the extra hour.
  const start = Date.UTC(2026, 9, 10, 4, 30)
  world.clock.at = start
  const number = await sent(world)
  t.match((await viewOf(world, number)).sent, { dueOn: '2026-11-09' })
  t.equal(await remindDue(world.tools, start + 25 * DAY), 1)
  t.equal(await remindDue(world.tools, start + 31 * DAY), 0)
  t.equal(await remindDue(world.tools, start + 31 * DAY + 3_600_000), 1)
})

t.test('where she has not said where she is the page, the letter and the mail name the same days', async (t) => {
  const world = await newRequestWorld(t)
  world.clock.at = Date.UTC(2026, 10, 23, 3)
  const number = await sent(world)
  t.match((await viewOf(world, number)).sent, { on: '2026-11-22', dueOn: '2026-12-22' })
  world.clock.at += 31 * DAY
  await remindDue(world.tools, world.clock.at)
  await world.post.sendDue()
  const mail =
    world.courier.handed
      .at(-1)
      ?.raw.replace(/=\r\n/g, '')
      .replace(/=C2=A0/g, ' ') ?? ''
  for (const day of ['November 22, 2026', 'December 22, 2026']) t.match(mail, day)
})
