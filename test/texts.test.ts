// The catalogue of texts: looked up by key, filled in, and chosen by number. A gap in it is a bug, and must be loud.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { TEXTS } from '../src/folders.js'
import { REASONS, replyFor } from '../src/intake/disposition.js'
import { loadTexts } from '../src/texts.js'

const SRC = fileURLToPath(new URL('../src', import.meta.url))

const folder = t.testdir({
  'README.md': 'not a language',
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
  for (const language of loadTexts(TEXTS).languages) {
    for (const file of readdirSync(join(TEXTS, language)))
      visit(JSON.parse(readFileSync(join(TEXTS, language, file), 'utf8')), `${language}/${file}`)
  }
})

/** Files that every language may do without, and why. */
const ENGLISH_ONLY: Readonly<Record<string, string>> = {
  replies: 'SMTP replies go to mail servers and clerks of providers, who have no language yet, and are ASCII without SMTPUTF8 (RFC 6531)',
}

/** Words that are the same in other languages; a text made of nothing else may be, too. */
const INTERNATIONAL = new Set([
  ...['HePoEx', 'Health', 'Postbox', 'Express', 'SHA-256', 'PDF', 'UTC', 'byte', 'bytes', 'kB', 'KB', 'MB'],
  ...['Error', 'Fax', 'fax', 'Cookies', 'Normal', 'Provisional', 'Plan', 'No', 'no'],
])

type Flat = ReadonlyMap<string, readonly string[]>

/** The texts of one of our languages by their keys, `file.section.key`; a plural is one text in several forms. */
function flatCatalogue(language: string): Flat {
  const flat = new Map<string, readonly string[]>()
  const visit = (entry: unknown, key: string): void => {
    if (typeof entry === 'string') return void flat.set(key, [entry])
    if (isPlural(entry)) return void flat.set(key, Object.values(entry))
    for (const [step, inner] of Object.entries(entry as object)) visit(inner, `${key}.${step}`)
  }
  for (const file of readdirSync(join(TEXTS, language))) {
    visit(JSON.parse(readFileSync(join(TEXTS, language, file), 'utf8')), file.replace(/\.json$/, ''))
  }
  return flat
}

function isPlural(entry: unknown): entry is Record<string, string> {
  return typeof entry === 'object' && entry !== null && typeof (entry as { other?: unknown }).other === 'string' && 'one' in entry
}

const placeholdersOf = (forms: readonly string[]) => [...new Set(forms.join().match(/\{\w+\}/g))].sort()
const edgesOf = (forms: readonly string[]) => [...new Set(forms.map((form) => form.replace(/^(\s*).*?(\s*)$/s, '$1|$2')))].sort()
const wordsOf = (forms: readonly string[]) =>
  forms
    .join(' ')
    .replace(/\{\w+\}/g, ' ')
    .match(/\p{L}[\p{L}\p{N}-]*/gu) ?? []

t.test('every language of ours says all that English says, and says it with the same values', async (t) => {
  const others = loadTexts(TEXTS).languages.filter((language) => language !== 'en')
  t.ok(others.includes('es'))
  const ours = flatCatalogue('en')
  for (const language of others) {
    const theirs = flatCatalogue(language)
    const fileOf = (key: string) => key.split('.')[0] ?? ''
    const wanted = [...ours.keys()].filter((key) => !Object.hasOwn(ENGLISH_ONLY, fileOf(key)))
    t.same([...theirs.keys()].sort(), wanted.sort(), `${language}: the same keys`)
    for (const key of wanted) {
      const [english, other] = [ours.get(key) ?? [], theirs.get(key) ?? []]
      t.same(placeholdersOf(other), placeholdersOf(english), `${language}: ${key} has the same values`)
      t.same(edgesOf(other), edgesOf(english), `${language}: ${key} has no other spaces around it`)
      if (/^\w+\.language$/.test(key)) t.same(other, [language], key)
      else if (String(other) === String(english))
        t.ok(
          wordsOf(english).every((word) => INTERNATIONAL.has(word)),
          `${language}: ${key} is translated`,
        )
    }
  }
})

t.test('every plural of ours has forms that its language knows, and the one for all others', async (t) => {
  for (const language of loadTexts(TEXTS).languages) {
    const known = new Intl.PluralRules(language).resolvedOptions().pluralCategories as readonly string[]
    const visit = (entry: unknown, path: string): void => {
      if (typeof entry !== 'object' || entry === null) return
      if (isPlural(entry))
        t.ok(
          Object.keys(entry).every((form) => known.includes(form)),
          `${path}: ${Object.keys(entry)}`,
        )
      else for (const [step, inner] of Object.entries(entry)) visit(inner, `${path}.${step}`)
    }
    for (const file of readdirSync(join(TEXTS, language)))
      visit(JSON.parse(readFileSync(join(TEXTS, language, file), 'utf8')), `${language}/${file}`)
  }
})

t.test('Spanish speaks in its own numbers, up to millions', async (t) => {
  const spanish = loadTexts(TEXTS).in('es')
  t.equal(spanish('web.words.pages', { count: 1 }), '1 página')
  t.equal(spanish('web.words.pages', { count: 3 }), '3 páginas')
  t.equal(spanish('web.words.pages', { count: 1_000_000 }), '1000000 páginas')
})

t.test('what is missing in other languages is never asked for in them', async (t) => {
  for (const file of Object.keys(ENGLISH_ONLY)) {
    const askers = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts') && new RegExp(`['"\`]${file}\\.`).test(readFileSync(join(SRC, name), 'utf8')),
    )
    t.same(askers, ['intake/disposition.ts'], `${file} is looked up in one place`)
  }
  for (const name of ['intake/recorder.ts', 'cli/inspect.ts']) {
    const source = readFileSync(join(SRC, name), 'utf8')
    t.match(source, /\.in\('en'\)/, `${name} words replies in English`)
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
