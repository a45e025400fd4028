// Every text of the pages is in the catalogue, and every text of the catalogue is used.

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { SEXES, WORDED } from '../../../src/documents/clinical/codes.js'
import { text } from './samples.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = `${root}src/documents/clinical`
const sources = readdirSync(folder)
  .map((file) => readFileSync(`${folder}/${file}`, 'utf8'))
  .join('\n')
const catalogue = JSON.parse(readFileSync(`${root}templates/texts/en/clinical.json`, 'utf8')) as Record<string, unknown>
const keys = keysOf(catalogue, 'clinical')

function keysOf(entry: unknown, path: string): string[] {
  if (typeof entry !== 'object' || entry === null || Object.keys(entry).every((key) => key === 'one' || key === 'other')) return [path]
  return Object.entries(entry).flatMap(([key, inner]) => keysOf(inner, `${path}.${key}`))
}

/** Kinds whose keys are made of codes or names: each is checked on its own. */
const MADE = [
  'fhir.columns',
  'fhir.groups',
  'fhir.categories',
  'hl7.groups',
  'hl7.kinds',
  'hl7.visits',
  'hl7.given',
  'head.related',
  'sex',
  'ccr',
  ...Object.keys(WORDED),
].map((kind) => `clinical.${kind}.`)

t.test('every key in the code has its text', async (t) => {
  const asked = [...sources.matchAll(/'(clinical\.[\w.]+)'/g)].map(([, key]) => key ?? '')
  t.ok(asked.length > 100)
  for (const key of new Set(asked)) t.ok(keys.includes(key), key)
})

t.test('every code that has a word has its text', async (t) => {
  for (const [kind, codes] of Object.entries(WORDED)) {
    for (const code of codes) t.ok(text(`clinical.${kind}.${code}`).length > 0, `${kind} ${code}`)
    t.strictSame(new Set(Object.keys(catalogue[kind] as object)), new Set<string>(codes), `${kind}: no text without a code`)
  }
  for (const sex of SEXES.values()) t.ok(text(`clinical.sex.${sex}`))
})

t.test('every text is used', async (t) => {
  const plain = keys.filter((key) => !MADE.some((kind) => key.startsWith(kind)))
  t.strictSame(
    plain.filter((key) => !sources.includes(`'${key}'`) && !sources.includes(`clinical.head.\${kind}`)),
    [],
  )
  for (const kind of MADE) {
    const unused = keys.filter((key) => key.startsWith(kind)).map((key) => key.slice(kind.length))
    for (const name of unused) {
      // A name of a column, group or kind stands in the code by itself.
      if (!Object.hasOwn(WORDED, kind.slice('clinical.'.length, -1))) t.match(sources, new RegExp(`\\b${name}\\b`), `${kind}${name}`)
    }
  }
})

t.test('columns, groups and headings that the code names have their texts', async (t) => {
  const labels = [...sources.matchAll(/(?:label: |titled\(|\[)'(\w+)'(?:\)|, )/g)].map(([, label]) => label ?? '')
  const known = Object.keys((catalogue.fhir as { columns: object }).columns)
  t.ok(labels.filter((label) => known.includes(label)).length > 40)
  for (const [, label = ''] of sources.matchAll(/(?:label: |titled\()'(\w+)'/g)) t.ok(text(`clinical.fhir.columns.${label}`), label)
  for (const [, heading = ''] of sources.matchAll(/heading: '(\w+)'/g)) t.ok(text(`clinical.hl7.groups.${heading}`), heading)
})

t.test('no text holds markup: it is escaped', async (t) => {
  t.notMatch(JSON.stringify(catalogue), /<[a-z/]|&\w+;/)
})
