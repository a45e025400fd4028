// No words outside the catalogue: not in a template, not in the code that draws pages, papers and mails, not in the script of the pages.
// test/web/drawn.test.ts looks at the pages as they are drawn at last.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))
const READ_ATTRIBUTES = ['title', 'alt', 'placeholder', 'aria-label', 'aria-description', 'summary']

function filesBelow(folder: string, ending: RegExp): string[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return files.filter((file) => ending.test(file)).map((file) => join(folder, file))
}

t.test('no template holds words of its own', async (t) => {
  const files = filesBelow('templates', /\.(njk|html|txt)$/)
  t.ok(files.length > 30)
  for (const file of files) t.same(ownWords(readFileSync(join(root, file), 'utf8')), [], file)
})

t.test('words in a template are found wherever they stand', async (t) => {
  t.same(ownWords('<p>Hello {{ name }}</p>'), ['Hello'])
  t.same(ownWords('Dear {{ name }},'), ['Dear', ','])
  t.same(ownWords('<a title="Go there" href="/x">{{ t("a") }}</a>'), ['Go there'])
  t.same(ownWords("{{ button({ text: 'Send it' }) }}"), ['Send it'])
  t.same(ownWords('{{ list({ heading: "please" }) }}'), ['please'])
  t.same(ownWords('{% set title = "Open it now" %}'), ['Open it now'])
  t.same(ownWords('{# why #}<!-- why --><style>a { b: c }</style><p class="x">{{ t("a.b", { count: 3 }) }} · 1.</p>\n-- \n'), [])
})

/** Texts between tags, in attributes that people read, and in arguments that become texts, unless a template makes them. */
function ownWords(template: string): string[] {
  const code = template.replace(/\{#.*?#\}/gs, '').match(/\{\{.*?\}\}|\{%.*?%\}/gs) ?? []
  const markup = template
    .replace(/\{#.*?#\}/gs, '')
    .replace(/<!--.*?-->/gs, '')
    .replace(/\{\{.*?\}\}|\{%.*?%\}/gs, '\0')
    .replace(/<(style|script)\b.*?<\/\1>/gs, '')
  const attributes = [...markup.matchAll(new RegExp(`\\b(?:${READ_ATTRIBUTES.join('|')})="([^"\\0]*)"`, 'g'))].map(([, words]) => words)
  const between = markup.replace(/<[^>]*>/gs, '\0').split('\0')
  const args = code.flatMap((part) =>
    [...part.matchAll(/\b(?:\w*[tT]ext|html|heading|label|title|hint|caption|legend|placeholder)['"]?\s*:\s*(["'])(.*?)\1/g)].map(
      ([, , words]) => words,
    ),
  )
  const sentences = code.flatMap((part) => [...part.matchAll(/(["'])(.*?)\1/g)].map(([, , words]) => words ?? '').filter(isSentence))
  const found = [...between, ...attributes, ...args, ...sentences].map((words) => (words ?? '').replace(/&\w+;/g, '').trim())
  return [...new Set(found.filter((words) => /\p{L}|^,$/u.test(words)))]
}

/** Two words or more, the first with a capital letter. */
function isSentence(words: string): boolean {
  return /^\s*(?:[AI]|\p{Lu}\p{L}*\p{Ll}\p{L}*)[,:]?\s+\p{L}/u.test(words)
}

/** Read by programs, or put in by the standard they belong to. */
const NO_SENTENCES: ReadonlySet<string> = new Set(['PowerPoint Document', 'Root Entry'])

t.test('no code that draws pages, papers or mails holds a sentence', async (t) => {
  const folders = ['src/web', 'src/documents', 'src/accounts', 'src/retrieval', 'src/intake']
  const files = folders.flatMap((folder) => filesBelow(folder, /\.ts$/))
  t.ok(files.length > 150)
  const used = new Set<string>()
  for (const file of files) {
    const found = sentencesIn(readFileSync(join(root, file), 'utf8'))
    for (const sentence of found.filter((one) => NO_SENTENCES.has(one))) used.add(sentence)
    t.same(
      found.filter((one) => !NO_SENTENCES.has(one)),
      [],
      file,
    )
  }
  t.same([...used].sort(), [...NO_SENTENCES].sort(), 'and the exceptions are still there')
})

t.test('a sentence in code is found, and what nobody reads is not', async (t) => {
  t.same(sentencesIn("const a = 'Open your records'"), ['Open your records'])
  t.same(sentencesIn('h.response(`Dear $' + '{name}, come`)'), ['Dear …, come'])
  t.same(sentencesIn("const a = { b: ['Not now, please'] }"), ['Not now, please'])
  t.same(sentencesIn("throw new Error('Something went wrong')\nlog.event('Some event here')"), [])
  t.same(sentencesIn("// 'Open your records'\nimport { a } from 'Some thing'\nconst a = t('web.open.title')"), [])
})

/** Strings that look like sentences, outside of errors and of the log. What a template fills in is `…`. */
function sentencesIn(code: string): string[] {
  // Most files have none, and parsing takes long.
  if (!/['"`]\s*\p{Lu}\p{L}*[,:]?\s+[\p{L}$]/u.test(code)) return []
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || isError(node) || isLog(node)) return
    const text = ts.isTemplateExpression(node)
      ? [node.head, ...node.templateSpans.map(({ literal }) => literal)].map((part) => part.text).join('…')
      : null
    const words = text ?? (ts.isStringLiteralLike(node) ? node.text : null)
    if (words !== null && isSentence(words.replace(/(?<=\p{L} )…/u, 'x'))) found.push(words)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('x.ts', code, ts.ScriptTarget.Latest, true))
  return found
}

function isError(node: ts.Node): boolean {
  return ts.isNewExpression(node) && /Error$/.test(node.expression.getText())
}

function isLog(node: ts.Node): boolean {
  return ts.isCallExpression(node) && /\blog\.\w+$/.test(node.expression.getText())
}

for (const file of ['hepoex.js', 'log.js', 'signature.js']) {
  t.test(`${file} has no words: what it says, it takes from the page`, async (t) => {
    const code = readFileSync(join(root, 'src/web/assets', file), 'utf8')
    const strings: string[] = []
    const visit = (node: ts.Node): void => {
      if (ts.isStringLiteralLike(node) && !ts.isImportDeclaration(node.parent)) strings.push(node.text)
      ts.forEachChild(node, visit)
    }
    visit(ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true))
    t.ok(strings.length > 5)
    t.same(
      strings.filter((text) => /\p{L}+\s+\p{L}+/u.test(text) || /^\p{Lu}\p{Ll}/u.test(text)),
      [],
    )
  })
}
