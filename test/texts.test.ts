// The catalogue of texts: looked up by key, filled in, and chosen by number. A gap in it is a bug, and must be loud.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { TEXTS } from '../src/folders.js'
import { REASONS, replyFor } from '../src/intake/disposition.js'
import { loadTexts } from '../src/texts.js'

const folder = t.testdir({
  en: {
    'web.json': JSON.stringify({
      open: { title: 'Open your records', step: { one: 'First step' } },
      hello: 'Hello {name}, {name}!',
      records: { one: '{count} record', other: '{count} records' },
      package: { one: 'A package from {name}', other: 'Packages from {name}' },
    }),
    'mail.json': JSON.stringify({ notice: { subject: 'Your records' } }),
    'README.txt': 'not a catalogue',
  },
  pl: {
    'web.json': JSON.stringify({ records: { one: '{count} wpis', few: '{count} wpisy', many: '{count} wpisów', other: '{count} wpisu' } }),
  },
})

const texts = loadTexts(folder)
const english = texts.in('en')

t.test('finds a text by its file and path', async (t) => {
  t.equal(english('web.open.title'), 'Open your records')
  t.equal(english('mail.notice.subject'), 'Your records')
})

t.test('fills a value in wherever its name stands', async (t) => {
  t.equal(english('web.hello', { name: 'Sample Clinic' }), 'Hello Sample Clinic, Sample Clinic!')
})

t.test('fills a value in as it is, whatever it looks like', async (t) => {
  t.equal(english('web.hello', { name: '$& {name} <b>' }), 'Hello $& {name} <b>, $& {name} <b>!')
})

t.test('chooses singular or plural by the count', async (t) => {
  t.equal(english('web.records', { count: 1 }), '1 record')
  t.equal(english('web.records', { count: 0 }), '0 records')
  t.equal(english('web.records', { count: 2 }), '2 records')
  t.equal(english('web.package', { count: 1, name: 'Sample Clinic' }), 'A package from Sample Clinic')
})

t.test('chooses by the plural rules of the language', async (t) => {
  const polish = texts.in('pl')
  t.same(
    [1, 3, 5, 1.5].map((count) => polish('web.records', { count })),
    ['1 wpis', '3 wpisy', '5 wpisów', '1.5 wpisu'],
  )
})

t.test('throws on a key that is not there', async (t) => {
  for (const key of [
    'web.open.titel',
    'web.nothing',
    'nothing.at.all',
    'web',
    'web.open',
    '',
    'web.open.title.more',
    'web.__proto__',
    'web.toString',
  ]) {
    t.throws(() => english(key, { count: 1 }), { message: `no text ${key}` }, key)
  }
})

t.test('throws on a value that is not given', async (t) => {
  t.throws(() => english('web.hello'), { message: 'text web.hello wants name' })
  t.throws(() => english('web.hello', { nam: 'x' }), { message: 'text web.hello wants name' })
})

t.test('throws on a plural without a count, even where the text does not show it', async (t) => {
  t.throws(() => english('web.records'), { message: 'text web.records wants count' })
  t.throws(() => english('web.package', { name: 'Sample Clinic' }), { message: 'text web.package wants count' })
})

t.test('speaks English where a language is not spoken', async (t) => {
  t.equal(texts.in('xx')('web.open.title'), 'Open your records')
  t.equal(texts.in('')('web.open.title'), 'Open your records')
})

t.test('names the languages it speaks', async (t) => {
  t.same([...texts.languages].sort(), ['en', 'pl'])
})

t.test('throws when there is no English, or a file is not JSON', async (t) => {
  t.throws(() => loadTexts(t.testdir({ pl: { 'web.json': '{}' } })), { message: 'no English texts' })
  t.throws(() => loadTexts(t.testdir({ en: { 'web.json': '{' } })), SyntaxError)
})

t.test('our own catalogue loads and has no empty text', async (t) => {
  t.ok(loadTexts(TEXTS).languages.includes('en'))
  const visit = (entry: unknown, path: string): void => {
    if (typeof entry === 'string') return void (entry.trim() === '' && t.fail(`${path} is empty`))
    if (typeof entry !== 'object' || entry === null) return void t.fail(`${path} is no text`)
    for (const [key, value] of Object.entries(entry)) visit(value, `${path}.${key}`)
    if ('one' in entry && !('other' in entry)) t.fail(`${path} has a singular only`)
  }
  for (const language of readdirSync(TEXTS)) {
    for (const file of readdirSync(join(TEXTS, language)))
      visit(JSON.parse(readFileSync(join(TEXTS, language, file), 'utf8')), `${language}/${file}`)
  }
})

t.test('our own catalogue words the reply to every reason, for a clerk and in plain ASCII', async (t) => {
  const text = loadTexts(TEXTS).in('en')
  for (const reason of REASONS) {
    const said = replyFor(reason, text, { intakeNumber: '20260101-ABCDEFGH', megabytes: 37 }).text
    t.match(said, /^[A-Z][ -~]{10,400}$/, `${reason}: ${said}`)
  }
  const worded = Object.keys(JSON.parse(readFileSync(join(TEXTS, 'en', 'replies.json'), 'utf8')))
  t.same(worded.sort(), [...REASONS].sort(), 'and no other')
})
