// Every text a person reads, from one catalogue per language: templates/texts/<language>/<file>.json.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Looks a text up: `t('web.open.title')`, `t('web.records.count', { count: 3 })`. `{name}` in the text is replaced by the value;
 * an entry with `one` and `other` is chosen by `count` (Unicode plural rules). Throws on an unknown key or a missing value: a bug.
 */
export type Text = (key: string, values?: Readonly<Record<string, string | number>>) => string

export interface Texts {
  /** The texts of a language, or of English where it is not spoken here. */
  in(language: string): Text
  readonly languages: readonly string[]
}

/** A page of ours for a mail in that language: it opens in it, whatever the browser asks for. English is left to the browser. */
export function inLanguage(url: string, language: string): string {
  return language === 'en' ? url : `${url}${url.includes('?') ? '&' : '?'}lang=${encodeURIComponent(language)}`
}

type Entry = string | { readonly [key: string]: Entry }

/** Reads all languages below `folder` once, a folder each. Throws when a file is not JSON. */
export function loadTexts(folder: string): Texts {
  const spoken = new Map<string, Text>()
  const languages = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  for (const { name: language } of languages) spoken.set(language, textsOf(language, readLanguage(join(folder, language))))
  const english = spoken.get('en')
  if (!english) throw new Error('no English texts')
  return { in: (language) => spoken.get(language) ?? english, languages: [...spoken.keys()] }
}

function readLanguage(folder: string): Record<string, Entry> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
  return Object.fromEntries(files.map((file) => [file.slice(0, -5), JSON.parse(readFileSync(join(folder, file), 'utf8')) as Entry]))
}

function textsOf(language: string, entries: Record<string, Entry>): Text {
  const plurals = new Intl.PluralRules(language)
  return (key, values = {}) => {
    let entry: Entry | undefined = entries
    for (const step of key.split('.')) entry = typeof entry === 'object' && Object.hasOwn(entry, step) ? entry[step] : undefined
    const given = (name: string) => {
      const value = Object.hasOwn(values, name) ? values[name] : undefined
      if (value === undefined) throw new Error(`text ${key} wants ${name}`)
      return value
    }
    if (typeof entry === 'object' && Object.hasOwn(entry, 'other')) entry = entry[plurals.select(Number(given('count')))] ?? entry.other
    if (typeof entry !== 'string') throw new Error(`no text ${key}`)
    return entry.replace(/\{(\w+)\}/g, (_whole, name: string) => String(given(name)))
  }
}
