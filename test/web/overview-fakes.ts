// The paper desk for the admins' overview: a month of messages, a check in each state, and something of all that needs a person.

import type { Counts, Overview } from '../../src/overview/desk.js'

const DAY = 86_400_000
const NAMES: ReadonlyArray<keyof Counts> = ['accepted', 'held', 'rejected', 'deferred', 'repeated', 'bounced', 'other']

export function newOverview(now: number): Overview {
  const today = Math.floor(now / DAY) * DAY
  // Every count differs from every other, so that a number in a wrong place is seen.
  const days = Array.from({ length: 30 }, (_each, index) => ({
    start: today - (29 - index) * DAY,
    ...countsFrom((name) => 1000 * name + 10 * index + 1),
  }))
  const month = countsFrom((name) => days.reduce((sum, day) => sum + (day[NAMES[name] ?? 'other'] ?? 0), 0))
  const since = (count: number, oldest: number) => ({ count, oldest })
  return {
    ...{ at: now, days, month, today: days[29] ?? countsFrom(() => 0) },
    reasons: [
      { outcome: 'rejected', reason: 'no-id', today: 3, month: 44 },
      { outcome: 'deferred', reason: 'busy', today: 0, month: 11 },
      { outcome: 'held', reason: 'held', today: 1, month: 2 },
    ],
    opening: { sent: 1234, opened: 987, median: 5 * 3_600_000, ninth: 6 * DAY },
    waiting: {
      held: since(2, now - 2 * DAY),
      expiring: since(5, now + DAY),
      undeliverable: since(1, now - DAY),
      mails: since(3, now),
      givenUp: since(1, now - DAY),
    },
    health: [
      { about: 'doors', state: 'ok', says: 'open', values: { mail: '127.0.0.1:2525', site: 'https://postbox.example.org' } },
      { about: 'relay', state: 'failing', says: 'down', values: { host: 'relay.example.org:25' } },
      { about: 'dns', state: 'open', says: 'checking' },
      { about: 'clock', state: 'ok', says: 'right', values: { time: new Date(now).toISOString() } },
    ],
    attention: [
      { kind: 'failing', about: 'relay' },
      { kind: 'held-old', count: 2, at: now - 2 * DAY },
      { kind: 'given-up', count: 1, at: now - DAY },
      { kind: 'undeliverable', count: 1, at: now - DAY },
      { kind: 'expiring', count: 5, at: now + DAY },
    ],
  }
}

function countsFrom(count: (name: number) => number): Counts {
  const [accepted, held, rejected, deferred, repeated, bounced, other] = NAMES.map((_each, name) => count(name)) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return { accepted, held, rejected, deferred, repeated, bounced, other }
}
