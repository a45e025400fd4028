// How hard our texts are to read: the Flesch-Kincaid grade of what a consumer reads in English (years of school in the United States),
// by file and section, with the hardest texts. Fails when it is over grade 7 as a whole, or when one text is over 12. For Spanish the
// Fernández-Huerta index (higher is easier, 70 and more is easy) is printed for information.
//
// How it counts: placeholders are taken out. A sentence ends with . ! ? or a colon at the end of the text; a text without such a sign,
// like a heading, a label or an item of a list, is one sentence of its own. A word is a run of letters, digits, apostrophes and hyphens. Its
// syllables are its groups of vowels, without a silent e at its end; an abbreviation without vowels is spelt out (PDF has three); a number
// has one. Addresses and sample numbers are one short word.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const TEXTS = fileURLToPath(new URL('../templates/texts/', import.meta.url))
export const MAX_GRADE = 7
export const MAX_TEXT_GRADE = 12
/** Of fewer words nothing can be told: "Postbox number" alone would be a text for scholars. */
const LEAST_WORDS = 8

/** What no consumer reads as sentences: for clinics' staff, for admins, or the one-word terms of a medical table. */
const NOT_FOR_CONSUMERS = [
  ...['replies', 'receipt', 'clinical', 'sheets.cover'],
  ...['web.admin', 'web.held', 'web.outgoing', 'log.'],
  ...['overview.'],
  ...['mail.admin-', 'mail.receipt', 'mail.held', 'mail.undeliverable', 'request-mails.request-form'],
]

/** Every text of a language as `{ key, text }`, of a plural its `other`. */
export function textsOf(language, folder = TEXTS) {
  const files = readdirSync(join(folder, language)).filter((file) => file.endsWith('.json'))
  return files.flatMap((file) => flat(JSON.parse(readFileSync(join(folder, language, file), 'utf8')), file.slice(0, -5)))
}

function flat(entry, key) {
  if (typeof entry === 'string') return [{ key, text: entry }]
  if ('one' in entry && typeof entry.other === 'string') return [{ key, text: entry.other }]
  return Object.entries(entry).flatMap(([step, inner]) => flat(inner, `${key}.${step}`))
}

export function isForConsumers({ key }) {
  return !key.endsWith('.language') && !NOT_FOR_CONSUMERS.some((start) => key.startsWith(start))
}

/** Words, sentences and syllables of one text. */
export function measure(text, syllablesIn = englishSyllables) {
  const plain = text
    .replace(/\{\w+\}/g, ' ')
    .replace(/\S+@\S+|\b\w+(?:-\w+){2,}\b(?=.*\d)/g, ' it ')
    .replace(/[’]/g, "'")
  const words = plain.match(/[\p{L}\p{N}][\p{L}\p{N}'-]*/gu) ?? []
  const sentences = plain.split(/[.!?]+(?=["”)]?(?:\s|$))|:\s*$/).filter((part) => /[\p{L}\p{N}]/u.test(part)).length
  return { words: words.length, sentences, syllables: words.reduce((sum, word) => sum + syllablesIn(word), 0) }
}

/** A guess that is right for nine words in ten, and errs to both sides. */
export function englishSyllables(word) {
  return word.split('-').reduce((sum, part) => sum + ofOneWord(part), 0)
}

function ofOneWord(part) {
  const word = part.toLowerCase().replace(/[^a-z]/g, '')
  if (word === '') return 1
  if (!/[aeiouy]/.test(word)) return word.length
  if (word.length <= 3) return 1
  const spoken = word
    .replace(/^(som|ever|ther|wher)e(?=[a-z]{2})/, '$1')
    .replace(/([^aeioulsxzcgh]|[aeiouy]l)es$/, '$1s')
    .replace(/([^dt])ed$/, '$1d')
    .replace(/([^aeiouyl]|[aeiouy]l)e$/, '$1')
    .replace(/([aeiouy][^aeiouyl])e(ly|ment|ments|less|ful)$/, '$1$2')
  const groups = spoken.match(/[aeiouy]+/g) ?? []
  const apart = spoken.match(/(?<![ct])i(?:a|ous|um|o(?!n|us))|(?<!q)ua|eo(?!p)|ea$|ience|[aeiouy]ing$/g) ?? []
  return Math.max(1, groups.length + apart.length)
}

/** Each of a, e, o is one, and i and u with an accent; i and u without, where none of those is beside them. */
export function spanishSyllables(word) {
  const sounds = word
    .toLowerCase()
    .replace(/qu|gu(?=[eiéí])/g, 'k')
    .replace(/y$/, 'i')
  const own = sounds.match(/[aeoáéóíú]|(?<![aeoáéóiuü])[iuü]+(?![aeoáéóiuü])/g) ?? []
  return Math.max(1, own.length)
}

export function sum(measures) {
  return measures.reduce(
    (all, one) => ({
      words: all.words + one.words,
      sentences: all.sentences + one.sentences,
      syllables: all.syllables + one.syllables,
    }),
    { words: 0, sentences: 0, syllables: 0 },
  )
}

/** Flesch-Kincaid grade. */
export function grade({ words, sentences, syllables }) {
  return 0.39 * (words / sentences) + 11.8 * (syllables / words) - 15.59
}

/** Fernández-Huerta, as corrected: 206.84 − 60 P − 1.02 F. */
export function ease({ words, sentences, syllables }) {
  return 206.84 - 60 * (syllables / words) - 1.02 * (words / sentences)
}

/** All that a consumer reads in English, with its measures and grade; `hard` are those over the limit. */
export function judge(folder = TEXTS) {
  const texts = textsOf('en', folder)
    .filter(isForConsumers)
    .map(({ key, text }) => ({ key, text, ...measure(text) }))
    .filter(({ words }) => words > 0)
    .map((one) => ({ ...one, grade: grade(one) }))
  const long = texts.filter(({ words }) => words >= LEAST_WORDS).sort((a, b) => b.grade - a.grade)
  return { texts, long, overall: grade(sum(texts)), running: grade(sum(long)), hard: long.filter((one) => one.grade > MAX_TEXT_GRADE) }
}

function bySection(texts) {
  const sections = new Map()
  for (const one of texts) {
    const section = one.key.split('.').slice(0, 2).join('.')
    sections.set(section, [...(sections.get(section) ?? []), one])
  }
  return [...sections].map(([section, members]) => ({ section, ...sum(members) }))
}

function report() {
  const { texts, long, overall, running, hard } = judge()
  const line = (name, all) =>
    `${name.padEnd(34)} ${String(all.words).padStart(6)} ${String(all.sentences).padStart(9)} ${grade(all).toFixed(1).padStart(6)}`
  console.log(`${'section'.padEnd(34)} ${'words'.padStart(6)} ${'sentences'.padStart(9)} ${'grade'.padStart(6)}`)
  const files = [...new Set(texts.map(({ key }) => key.split('.')[0]))]
  for (const file of files) {
    const ofFile = texts.filter(({ key }) => key.startsWith(`${file}.`))
    const sections = bySection(ofFile).filter(({ words }) => words >= LEAST_WORDS)
    console.log(line(file, sum(ofFile)))
    for (const { section, ...all } of sections) console.log(line(`  ${section}`, all))
  }
  console.log('\nThe ten hardest texts:')
  for (const { key, grade, text } of long.slice(0, Number(process.env.HARDEST ?? 10)))
    console.log(`${grade.toFixed(1).padStart(5)}  ${key}: ${text}`)
  const spanish = textsOf('es').filter(isForConsumers)
  if (spanish.length > 0)
    console.log(`\nSpanish, Fernández-Huerta: ${ease(sum(spanish.map(({ text }) => measure(text, spanishSyllables)))).toFixed(0)}`)
  console.log(
    `\nEnglish, Flesch-Kincaid: grade ${overall.toFixed(1)} (without headings and labels ${running.toFixed(1)}); at most ${MAX_GRADE}`,
  )
  for (const { key } of hard) console.log(`over grade ${MAX_TEXT_GRADE}: ${key}`)
  if (overall > MAX_GRADE || hard.length > 0) process.exitCode = 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) report()
