// Moments and numbers as people in the United States read them, in their language.

import t from 'tap'
import { localeOf, momentInWords } from '../src/dates.js'

const AT = Date.UTC(2026, 10, 22, 14, 5)

t.test('a moment is said in the language, on a clock of twelve hours', async (t) => {
  t.equal(momentInWords(AT, 'en'), 'November 22, 2026 at 2:05 PM UTC')
  t.match(momentInWords(AT, 'es'), /^22 de noviembre de 2026(,| a las) 2:05\sp\.\s?m\. UTC$/)
})

t.test('numbers have the point that American papers have', async (t) => {
  for (const language of ['en', 'es']) t.equal(new Intl.NumberFormat(localeOf(language)).format(12_345.6), '12,345.6', language)
})

t.test('what a language says of its script is kept', async (t) => {
  t.equal(localeOf('zh-Hant'), 'zh-Hant-US')
  t.equal(localeOf('es-MX'), 'es-US')
})
