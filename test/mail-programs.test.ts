// What mail programs can show. The HTML of our mails uses nothing but what stands in this list: what Outlook for Windows (which draws with
// Word), Gmail (which drops style sheets it does not like, and cuts mails over 102 KB), Apple Mail and web mailers show alike. Whatever else
// stands in the style sheet only makes it nicer where it is understood: without it the mail says the same.

import { type DefaultTreeAdapterMap, parse } from 'parse5'
import t, { type Test } from 'tap'
import { rendered } from './support/mails.js'

type Node = DefaultTreeAdapterMap['node']
type Element = DefaultTreeAdapterMap['element']

/** Tables for the layout, and the plainest elements of text. No pictures: a remote one tells that a mail was read, an attached one bloats it. */
const ELEMENTS = new Set([
  ...['html', 'head', 'meta', 'title', 'style', 'body', 'table', 'tbody', 'tr', 'td', 'th'],
  ...['h1', 'h2', 'p', 'a', 'ol', 'ul', 'li', 'br', 'strong'],
])

/** `bgcolor`, `align` and their like: Word draws them where it drops the style of the same name. */
const ATTRIBUTES = new Set([
  ...['lang', 'charset', 'name', 'content', 'class', 'style', 'role', 'scope', 'href', 'width', 'cellpadding', 'cellspacing', 'border'],
  ...['align', 'valign', 'bgcolor'],
])

/** In a style attribute. `border-radius`, `max-width` and `word-break` do nothing in Outlook, and nothing is lost without them. */
const PROPERTIES = new Set([
  ...['margin', 'padding', 'color', 'background', 'font-family', 'font-size', 'font-weight', 'line-height', 'text-decoration'],
  ...['border-top', 'border-left', 'border-radius', 'max-width', 'white-space', 'word-break'],
])

/** Gmail shows the rest of a longer mail on a page of its own. */
const MOST_BYTES = 102_000

/** Gmail drops a whole style element that is longer, or that holds an error. */
const MOST_STYLE = 8192

/** Word reads these in place of what others do: conditional comments for the width of the table, nothing else. */
const CONDITIONAL =
  /^\[if mso\]><table role="presentation" width="600"[^>]*><tr><td><!\[endif\]$|^\[if mso\]><\/td><\/tr><\/table><!\[endif\]$/

for (const [name, mails] of grouped()) {
  t.test(`${name} is drawn alike by the programs people have`, async (t) => {
    for (const { html, language } of mails) {
      t.ok(Buffer.byteLength(html) < MOST_BYTES, `${language}: ${Buffer.byteLength(html)} bytes`)
      t.match(html, /^<!doctype html>\n<html lang="[\w-]+">/, 'a doctype, and the language')
      for (const node of all(parse(html))) check(t, node)
    }
  })
}

t.test('what is not in the list is found', async (t) => {
  const faults: string[] = []
  const listener = { ok: (isGood: unknown, what: string) => isGood || faults.push(what) } as unknown as Test
  const page =
    '<!doctype html><html><body><div style="display: flex"><img src="x"></div><a href="javascript:x" onclick="y">z</a></body></html>'
  for (const node of all(parse(page))) check(listener, node)
  t.same(faults.sort(), [
    '<a> has onclick',
    '<div> is shown',
    '<img> has src',
    '<img> is shown',
    'a link goes to the site or to a mailbox: javascript:x',
    'display of <div>',
  ])
})

function grouped(): Map<string, typeof rendered> {
  const map = new Map<string, typeof rendered>()
  for (const mail of rendered) map.set(mail.name, [...(map.get(mail.name) ?? []), mail])
  return map
}

function check(t: Pick<Test, 'ok'>, node: Node): void {
  if (node.nodeName === '#comment' && 'data' in node) t.ok(CONDITIONAL.test(node.data), `a comment for Word: ${node.data}`)
  if (!('attrs' in node)) return
  t.ok(ELEMENTS.has(node.tagName), `<${node.tagName}> is shown`)
  for (const { name } of node.attrs) t.ok(ATTRIBUTES.has(name), `<${node.tagName}> has ${name}`)
  for (const property of propertiesOf(node)) t.ok(PROPERTIES.has(property), `${property} of <${node.tagName}>`)
  const href = node.attrs.find(({ name }) => name === 'href')?.value
  if (href !== undefined)
    t.ok(/^(https:\/\/postbox\.example\.org\/|mailto:)/.test(href), `a link goes to the site or to a mailbox: ${href}`)
  if (node.tagName === 'style') checkSheet(t, textOf(node))
  // Without its style attribute a text would be black on black in a dark program.
  if (
    ['p', 'h1', 'h2', 'a', 'td', 'th'].includes(node.tagName) &&
    node.attrs.some(({ name, value }) => name === 'class' && /ink|grey|link/.test(value))
  )
    t.ok(propertiesOf(node).includes('color'), `<${node.tagName}> says its colour itself`)
}

/** It only refines: small screens, dark programs, and telephones that make links of digits. */
function checkSheet(t: Pick<Test, 'ok'>, sheet: string): void {
  t.ok(sheet.length < MOST_STYLE, `${sheet.length} letters of style sheet`)
  t.ok(!/@import|@font-face|url\(|expression\(/.test(sheet), 'nothing is fetched')
  const outside = sheet.replace(/@media \([^)]+\) \{(?:[^{}]*\{[^{}]*\})*\s*\}/g, '').trim()
  const rules = outside.split('\n').filter(Boolean)
  t.ok(
    rules.every((rule) => /^(:root|a\[x-apple-data-detectors\]) \{/.test(rule)),
    `only refinements: ${rules}`,
  )
}

function propertiesOf({ attrs }: Element): string[] {
  const style = attrs.find(({ name }) => name === 'style')?.value ?? ''
  return style
    .split(';')
    .map((each) => each.split(':')[0]?.trim() ?? '')
    .filter(Boolean)
}

function textOf({ childNodes }: Element): string {
  return childNodes.map((node) => ('value' in node ? node.value : '')).join('')
}

function* all(node: Node): Generator<Node> {
  yield node
  if ('childNodes' in node) for (const child of node.childNodes) yield* all(child)
}
