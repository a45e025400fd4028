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
  const paragraphs = textParts(parts, main).flatMap(([, xml]) => paragraphsOf(xml))
  const heads = await pageEnds(parts, main, 'hdr')
  const body = await byMammoth(parts)
  const feet = await pageEnds(parts, main, 'ftr')
  const chunks = otherChunks(parts)
  const shown = [...heads, body, ...feet, ...chunks].join(' ')
  const missing = missingFrom(textOfHtml(shown), paragraphs)
  const rest = missing.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`).join('')
  const pieces = [
    section(text('office.pageHead'), heads.join('')),
    heads.length > 0 ? section(text('office.documentText'), body) : body,
    section(text('office.pageFoot'), feet.join('')),
    section(text('office.chunks'), chunks.join('')),
    section(text('office.rest'), rest && `<p class="note">${escapeHtml(text('office.restNote'))}</p>${rest}`),
  ]
  const { html } = cleanHtml(languageAround(parts, pieces.join('')), { text })
  if (html.trim() === '') throw new NotConvertibleError('damaged')
  const embedded = parts.names.filter((name) => /^word\/embeddings\//i.test(name)).length
  const charts = parts.names.filter((name) => /^word\/(?:charts\/chart|diagrams\/data)[^/]*\.xml$/i.test(name)).length
  const notes = [
    ...(embedded > 0 ? [text('office.embeddedLeftOut', { count: embedded })] : []),
    ...(charts > 0 ? [text('office.chartsLeftOut', { count: charts })] : []),
  ]
  return officePage({ title: title || text('office.docx'), notes, html }, text)
}

/** Part 2, 9.2: the package says which part is the document. */
function mainPart({ xml }: Parts): string {
  const relations = xml.get('_rels/.rels') ?? ''
  const relation = relations.match(/<[^<>]{0,40}Relationship\s[^<>]*\/officeDocument"[^<>]*>/)?.[0] ?? ''
  return (/\sTarget\s*=\s*"([^"]*)"/.exec(relation)?.[1] ?? 'word/document.xml').replace(/^\//, '')
}

/** All parts in which a text for a reader may stand. */
function textParts({ xml }: Parts, main: string): [string, string][] {
  const kinds =
    /^word\/(?:header|footer|footnotes|endnotes|comments)\d*\.xml$|^word\/(?:charts\/chart|diagrams\/data|drawings\/drawing)\d*\.xml$/i
  const first = xml.get(main)
  return [
    ...(first === undefined ? [] : [[main, first] as [string, string]]),
    ...[...xml].filter(([name]) => name !== main && kinds.test(name)),
  ]
}

/** Page heads (`hdr`) or feet (`ftr`): each is given to mammoth as if it were the document; equal ones are shown once. */
async function pageEnds(parts: Parts, main: string, root: 'hdr' | 'ftr'): Promise<string[]> {
  const names = [...parts.xml.keys()].filter((name) =>
    new RegExp(`^word/${root === 'hdr' ? 'header' : 'footer'}\\d*\\.xml$`, 'i').test(name),
  )
  const found = new Map<string, string>()
  for (const name of names.sort().slice(0, MAX_HEADS)) {
    const xml = parts.xml.get(name) ?? ''
    const opening = new RegExp(`<(\\w+:)?${root}(?=[\\s>/])([^>]*)>`).exec(xml)
    if (!opening || opening[0].endsWith('/>')) continue
    const [tag, prefix = '', attributes] = opening
    const inner = xml.slice(opening.index + tag.length, xml.lastIndexOf(`</${prefix}${root}>`))
    const asDocument = `<${prefix}document${attributes}><${prefix}body>${inner}</${prefix}body></${prefix}document>`
    const html = await byMammoth(
      parts,
      new Map([
        [main, asDocument],
        [relationsOf(main), parts.xml.get(relationsOf(name)) ?? NO_RELATIONS],
      ]),
    )
    const key = textOfHtml(html).replace(/\s+/g, '')
    if (key !== '' || html.includes('<img')) found.set(key || html, html)
  }
  return [...found.values()]
}

const NO_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'

function relationsOf(name: string): string {
  const slash = name.lastIndexOf('/')
  return `${name.slice(0, slash + 1)}_rels/${name.slice(slash + 1)}.rels`
}

/** HTML of mammoth, not yet clean. It gets the parts themselves, never the ZIP; a map of styles that the document brings is not one. */
async function byMammoth(parts: Parts, instead: ReadonlyMap<string, string> = new Map()): Promise<string> {
  const pictures = new Pictures()
  const read = async (name: string, encoding?: string): Promise<string | Buffer> => {
    const xml = instead.get(name) ?? parts.xml.get(name)
    const content = xml === undefined ? (parts.binary.get(name) ?? Buffer.alloc(0)) : Buffer.from(xml)
    if (encoding === 'base64') return content.toString('base64')
    return encoding === undefined ? content : (xml ?? content.toString())
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
  return value
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
