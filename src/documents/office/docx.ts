// DOCX (ECMA-376 part 1) by mammoth, which reads meaning (headings, lists, tables, notes) and leaves looks alone. What it leaves out is
// found by an own reader of every part and added: a page head may be the only place where the patient's name stands.

import mammoth from 'mammoth'
import type { Text } from '../../texts.js'
import { NotConvertibleError } from '../copy.js'
import { escapeHtml } from '../html-page.js'
import { decodeText } from './charset.js'
import { type Parts, readParts } from './docx-parts.js'
import { missingFrom, paragraphsOf } from './docx-text.js'
import { type OfficeOptions, officePage, section } from './page.js'
import { Pictures } from './pictures.js'
import { cleanHtml } from './sanitise.js'

const MAX_BYTES = 100 * 1024 * 1024
/** A document has three kinds of page heads for each of its sections; most have the same ones in all. */
const MAX_HEADS = 12

const STYLES = [
  "p[style-name='Title'] => h1:fresh",
  "p[style-name='Subtitle'] => h2:fresh",
  "p[style-name='Quote'] => blockquote:fresh",
  'u => u',
  'strike => s',
  'comment-reference => sup',
]

/**
 * A Word document, with or without macros (they are not looked at), as a page of ours: page heads, text, notes and comments, page feet,
 * and at the end every text that stands somewhere else in the file. Tracked changes are shown as if accepted. Throws
 * NotConvertibleError: `damaged`, `too-big`, `protected`.
 */
export async function docxCopy(bytes: Buffer, text: Text, { title = '' }: OfficeOptions = {}): Promise<Buffer> {
  if (bytes.length > MAX_BYTES) throw new NotConvertibleError('too-big')
  const parts = await readParts(bytes)
  try {
    return await convert(parts, title, text)
  } catch (error) {
    throw error instanceof NotConvertibleError ? error : new NotConvertibleError('damaged')
  }
}

async function convert(parts: Parts, title: string, text: Text): Promise<Buffer> {
  const main = mainPart(parts)
  const document = parts.xml.get(main)
  if (document === undefined) throw new NotConvertibleError('damaged')
  // Before mammoth: it knows no limit of depth.
  const paragraphs = paragraphsOf(document)
  const heads = await pageEnds(parts, main, 'header')
  const body = await byMammoth(parts, main)
  const feet = await pageEnds(parts, main, 'footer')
  const chunks = otherChunks(parts)
  const missing = new Set([...missingFrom(textOfHtml(body), paragraphs), ...missingNotes(parts, body), ...heads.missing, ...feet.missing])
  const rest = [...missing].map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`).join('')
  const pieces = [
    section(text('office.pageHead'), heads.html),
    heads.html === '' ? body : section(text('office.documentText'), body),
    section(text('office.pageFoot'), feet.html),
    section(text('office.chunks'), chunks.join('')),
    section(text('office.rest'), rest && `<p class="note">${escapeHtml(text('office.restNote'))}</p>${rest}`),
  ]
  const { html } = cleanHtml(languageAround(parts, pieces.join('')), { text })
  if (html.trim() === '') throw new NotConvertibleError('damaged')
  return officePage({ title: title || text('office.docx'), notes: leftOut(parts, text), html }, text)
}

function leftOut({ names }: Parts, text: Text): string[] {
  const embedded = names.filter((name) => /^word\/embeddings\//i.test(name)).length
  const charts = names.filter((name) => /^word\/(?:charts\/chart|diagrams\/data)[^/]*\.xml$/i.test(name)).length
  return [
    ...(embedded > 0 ? [text('office.embeddedLeftOut', { count: embedded })] : []),
    ...(charts > 0 ? [text('office.chartsLeftOut', { count: charts })] : []),
  ]
}

/** Part 2, 9.2: the package says which part is the document. */
function mainPart({ xml }: Parts): string {
  const relations = xml.get('_rels/.rels') ?? ''
  const relation = relations.match(/<[^<>]{0,40}Relationship\s[^<>]*\/officeDocument"[^<>]*>/)?.[0] ?? ''
  return (/\sTarget\s*=\s*"([^"]*)"/.exec(relation)?.[1] ?? 'word/document.xml').replace(/^\//, '')
}

/** Texts of the other parts that are not where mammoth puts them: notes and comments behind the text, charts and drawings nowhere. */
function missingNotes({ xml }: Parts, body: string): string[] {
  const missing: string[] = []
  for (const [name, content] of xml) {
    const kind = /^word\/(?:(footnote|endnote|comment)s|(?:charts\/chart|diagrams\/data|drawings\/drawing))\d*\.xml$/i.exec(name)
    if (!kind) continue
    const start = kind[1] === undefined ? -1 : body.indexOf(` id="${kind[1].toLowerCase()}-`)
    missing.push(...missingFrom(start < 0 ? '' : textOfHtml(body.slice(body.indexOf('>', start) + 1)), paragraphsOf(content)))
  }
  return missing
}

interface PageEnds {
  readonly html: string
  /** Texts of theirs that are not in it. */
  readonly missing: readonly string[]
}

/** Page heads or feet: each is given to mammoth as if it were the document; equal ones are shown once. */
async function pageEnds(parts: Parts, main: string, kind: 'header' | 'footer'): Promise<PageEnds> {
  const names = [...parts.xml.keys()].filter((name) => new RegExp(`^word/${kind}\\d*\\.xml$`, 'i').test(name)).sort()
  const found = new Map<string, string>()
  const missing: string[] = []
  for (const [index, name] of names.entries()) {
    const paragraphs = paragraphsOf(parts.xml.get(name) ?? '')
    // What can't be read this way is found by comparing the texts.
    const html = index < MAX_HEADS ? await byMammoth(parts, main, name).catch(() => '') : ''
    const key = textOfHtml(html).replace(/\s+/g, '')
    missing.push(...missingFrom(textOfHtml(html), paragraphs))
    if (key !== '' || html.includes('<img')) found.set(key || html, found.get(key || html) ?? html)
  }
  return { html: [...found.values()].join(''), missing }
}

const NO_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'

function relationsOf(name: string): string {
  const slash = name.lastIndexOf('/')
  return `${name.slice(0, slash + 1)}_rels/${name.slice(slash + 1)}.rels`
}

/** HTML of mammoth, not yet clean. It gets the parts themselves, never the ZIP; a map of styles that the document brings is not one. */
async function byMammoth(parts: Parts, main: string, from: string = main): Promise<string> {
  const pictures = new Pictures()
  const { xml, dangling } = withoutDangling(
    from === main ? (parts.xml.get(main) ?? '') : asDocument(parts.xml.get(from) ?? ''),
    parts,
    from,
  )
  const instead = new Map([
    [main, xml],
    [relationsOf(main), parts.xml.get(relationsOf(from)) ?? NO_RELATIONS],
  ])
  const read = async (name: string, encoding?: string): Promise<string | Buffer> => {
    const text = instead.get(name) ?? parts.xml.get(name)
    const content = text === undefined ? (parts.binary.get(name) ?? Buffer.alloc(0)) : Buffer.from(text)
    if (encoding === 'base64') return content.toString('base64')
    return encoding === undefined ? content : (text ?? content.toString())
  }
  const exists = (name: string) => instead.has(name) || parts.xml.has(name) || parts.binary.has(name)
  // Not among its types, but so in its source: an opened file in place of a buffer.
  const file = { file: { exists, read } } as unknown as { buffer: Buffer }
  const { value } = await mammoth.convertToHtml(file, {
    styleMap: STYLES,
    includeEmbeddedStyleMap: false,
    externalFileAccess: false,
    convertImage: mammoth.images.imgElement(async (image) => {
      // A picture that is only linked to can't be read: it is one that is left out.
      const bytes = await image.readAsBuffer().catch(() => null)
      return { src: (bytes && pictures.dataUri(bytes)) ?? '' }
    }),
  })
  return value + '<img src="">'.repeat(dangling)
}

/** A page head or foot as if it were a document. */
function asDocument(xml: string): string {
  const opening = /<(\w+:)?(hdr|ftr)(?=[\s>/])([^>]*)>/.exec(xml)
  if (!opening || opening[0].endsWith('/>')) throw new NotConvertibleError('damaged')
  const [tag, prefix = '', root, attributes] = opening
  const inner = xml.slice(opening.index + tag.length, xml.lastIndexOf(`</${prefix}${root}>`))
  return `<${prefix}document${attributes}><${prefix}body>${inner}</${prefix}body></${prefix}document>`
}

/** Mammoth gives up a whole document for one picture that leads nowhere. */
function withoutDangling(xml: string, { xml: all }: Parts, name: string): { readonly xml: string; readonly dangling: number } {
  const known = new Set([...(all.get(relationsOf(name)) ?? '').matchAll(/\sId\s*=\s*"([^"]*)"/g)].map(([, id]) => id))
  let dangling = 0
  const mended = xml.replace(/\s(?:\w+:)?(?:embed|link)="([^"]*)"/g, (whole, id: string) => {
    if (known.has(id)) return whole
    dangling++
    return ''
  })
  return { xml: mended, dangling: Math.min(dangling, 1000) }
}

/** 17.17.2.1: parts that are HTML documents of their own, which some programs write whole letters as. */
function otherChunks({ binary }: Parts): string[] {
  return [...binary].filter(([name]) => /\.x?html?$/i.test(name)).map(([, bytes]) => decodeText(bytes))
}

/** Text of mammoth's own, well-formed HTML, without the numbers it gives to notes and comments. */
function textOfHtml(html: string): string {
  return html
    .replace(/<a href="#(?:footnote|endnote|comment)[^"]*"[^>]*>[^<]*<\/a>/g, '')
    .replace(/<[^>]*>/g, '')
    .replace(/&(amp|lt|gt|quot);/g, (_whole, name: 'amp' | 'lt' | 'gt' | 'quot') => ({ amp: '&', lt: '<', gt: '>', quot: '"' })[name])
}

/** 17.3.2.20: the language of the text, as the document's defaults say. */
function languageAround({ xml }: Parts, html: string): string {
  const defaults = /<w:docDefaults>[\s\S]{0,20000}?<\/w:docDefaults>/.exec((xml.get('word/styles.xml') ?? '').slice(0, 100_000))?.[0] ?? ''
  const language = /<w:lang\s[^>]{0,200}w:val="([\w-]{2,20})"/.exec(defaults)?.[1]
  return language === undefined ? html : `<div lang="${language}">${html}</div>`
}
