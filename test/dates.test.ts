import t from 'tap'
import { dayInWords, isTimeZone, momentInWords } from '../src/dates.js'

const AT = Date.UTC(2026, 10, 22, 2, 5)

t.test('a moment says its time zone, whichever it is', async (t) => {
  t.equal(momentInWords(AT, 'en'), 'November 22, 2026 at 2:05 AM UTC')
  t.equal(momentInWords(AT, 'en', null), 'November 22, 2026 at 2:05 AM UTC')
  t.equal(momentInWords(AT, 'en', 'America/New_York'), 'November 21, 2026 at 9:05 PM EST')
  t.equal(momentInWords(AT, 'es', 'America/Chicago'), '21 de noviembre de 2026 a las 8:05 p.m. CST')
})

t.test('a day is the day of that place', async (t) => {
  t.equal(dayInWords(AT, 'en'), 'November 22, 2026')
  t.equal(dayInWords(AT, 'en', 'America/New_York'), 'November 21, 2026')
  t.equal(dayInWords(AT, 'es', 'America/New_York'), '21 de noviembre de 2026')
})

t.test('a time zone is one that this machine knows', async (t) => {
  for (const name of ['UTC', 'America/New_York', 'Pacific/Honolulu']) t.ok(isTimeZone(name), name)
  for (const name of ['', 'Mars/Olympus', 'EST5', '+02:00', 'america']) t.notOk(isTimeZone(name), name)
})
