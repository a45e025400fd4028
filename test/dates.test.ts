// Moments, days and numbers as people in the United States read them, in their language and at their place.

import t from 'tap'
import { dayInWords, isTimeZone, localeOf, momentInWords } from '../src/dates.js'

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

t.test('numbers have the point that American papers have', async (t) => {
  for (const language of ['en', 'es']) t.equal(new Intl.NumberFormat(localeOf(language)).format(12_345.6), '12,345.6', language)
})

t.test('what a language says of its script is kept', async (t) => {
  t.equal(localeOf('zh-Hant'), 'zh-Hant-US')
  t.equal(localeOf('es-MX'), 'es-US')
})
