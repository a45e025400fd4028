// Every page as it is drawn at last, in Spanish, with all that the design system's macros add: each text of the catalogue comes in
// brackets, so that whatever stands outside of them is not from it.

import { type DefaultTreeAdapterMap, parse } from 'parse5'
import t from 'tap'
import type { Texts } from '../../src/texts.js'
import { ownName } from '../../src/web/language.js'
import { zoneGroups } from '../../src/web/zones.js'
import { copiesWorld, TEXT } from './copies-world.js'
import { drawn, enter, isPage, KINDS, placesOf, worldOf } from './every-page.js'
import { NOW, newWorld, texts as ours, settings, webServer } from './fakes.js'

const READ_ATTRIBUTES = new Set(['title', 'alt', 'placeholder', 'aria-label', 'aria-description', 'summary'])

const bracketed: Texts = {
  languages: ['es'],
  in: () => (key, values) => (key.endsWith('.language') ? 'es' : `⟦${ours.in('es')(key, values)}⟧`),
}

/** What the paper desks answered: names, addresses, file names. Nobody translates these. */
function isData(words: string): boolean {
  const said = words.replace(/^[\s:,]+|[\s:,]+$/g, '')
  if (/^(\d{1,2} de \p{L}+ de \d{4}|[A-Z0-9]{3,4}(-[A-Z0-9]{3,4})+)$/u.test(said)) return true
  // What was replied to a mail server, with its codes.
  return KNOWN.has(said) || KNOWN.has(said.replace(/^\d{3} \d\.\d\.\d /, ''))
}

/** Names of languages and places, which the machine knows in each language. */
const named = [ownName('es'), ...zoneGroups('es', '', '', NOW).flatMap(({ zones }) => zones.map(({ text }) => text))]

const KNOWN = new Set(
  stringsIn([newWorld(), copiesWorld(), settings, readable(TEXT), named]).flatMap((said) => [said, ...said.split('\n')]),
)

/** As a page shows a text. */
function readable(text: string): string {
  return text.replace(/\r\n/g, '\n').replaceAll('\u0007', '').trim()
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : []
}

const SPANISH = { 'accept-language': 'es' }
const outgoing = { list: async () => [], read: async () => null }

t.test('every page as it is drawn, in Spanish, says nothing outside the catalogue', async (t) => {
  const strange = new Map<string, Set<string>>()
  let pages = 0
  for (const [path, html] of await everyPage()) {
    pages++
    t.match(html, /^\s*<!DOCTYPE html>\s*<html lang="es"/, `${path}: language`)
    for (const words of wordsOutside(html)) strange.set(words, (strange.get(words) ?? new Set()).add(path))
  }
  t.ok(pages > 60, `${pages} pages`)
  t.same(
    [...strange].filter(([words]) => !isData(words)).map(([words, paths]) => [words, [...paths].slice(0, 3)]),
    [],
  )
})

t.test('words outside of the brackets are found wherever they stand', async (t) => {
  const page = '<p>⟦a ⟦b⟧⟧ c<img alt="d"><span aria-label="⟦e⟧ f" class="g">3.</span><script>h</script><title>i</title>'
  t.same(wordsOutside(page).sort(), ['c', 'd', 'f', 'i'])
})

/** Every page a GET or an empty form leads to, for each kind of visitor. */
async function everyPage(): Promise<Array<[path: string, html: string]>> {
  const pages: Array<[string, string]> = []
  for (const kind of KINDS) {
    const server = await webServer(worldOf(kind), { texts: bracketed, outgoing })
    const guest = await enter(kind, server)
    for (const { method, path } of placesOf(kind, server)) {
      const { headers, payload } = await drawn(server, guest, { method, path }, SPANISH)
      if (isPage(headers)) pages.push([`${kind} ${method} ${path}`, payload])
    }
  }
  return pages
}

function wordsOutside(html: string): string[] {
  const said: string[] = []
  const visit = (node: DefaultTreeAdapterMap['node']): void => {
    if (node.nodeName === '#text' && 'value' in node) said.push(node.value)
    if ('attrs' in node) said.push(...node.attrs.filter(({ name }) => READ_ATTRIBUTES.has(name)).map(({ value }) => value))
    if ('childNodes' in node && !/^(script|style)$/.test(node.nodeName)) for (const child of node.childNodes) visit(child)
  }
  visit(parse(html))
  return said.map(outsideBrackets).filter((words) => /\p{L}/u.test(words))
}

function outsideBrackets(words: string): string {
  const left = words.replace(/⟦[^⟦⟧]*⟧/g, '')
  return left === words ? words.trim() : outsideBrackets(left)
}
