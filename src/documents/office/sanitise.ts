// HTML of strangers becomes HTML that is safe, that reads well on a phone and with a screen reader, and in which no text is missing.
// An allowlist: every tag and attribute that is written out is written by this file. Nothing in it is hidden: what a mail hides by
// style (preview lines, white on white) is shown, since colours and style sheets are left out anyhow and a patient should see it all.

import type { Text } from '../../texts.js'
import { escapeHtml } from '../html-page.js'
import { clean, languageOf } from './attributes.js'
import { type InlineImages, Pictures } from './pictures.js'
import { Renderer } from './render.js'
import { type Element, element, type Node, readTree } from './tree.js'

export interface SafeHtmlOptions {
  readonly text: Text
  /** What `cid:` may refer to. */
  readonly images?: InlineImages
  /** The level of the outermost heading; 2 without it, below the one `h1` of the page. */
  readonly headingLevel?: number
}

export interface CleanHtml {
  /** What belongs into `<main>`, below the heading. */
  readonly html: string
  /** Of the `title` element, plain text; '' without one. */
  readonly title: string
}

/**
 * HTML that may stand inside a page of ours: no script, nothing that is loaded from anywhere, no `id` that the page could use, no second
 * `h1`. Says itself which pictures or frames are missing. Any string is taken, whole documents and fragments. Throws NotConvertibleError
 * `too-big` for more tags than a letter can need.
 */
export function safeHtml(html: string, options: SafeHtmlOptions): string {
  return cleanHtml(html, options).html
}

/** As safeHtml, with what else is known of the document. */
export function cleanHtml(html: string, { text, images, headingLevel = 2 }: SafeHtmlOptions): CleanHtml {
  const pictures = new Pictures(images)
  const { root, title, attributes, embedded } = readTree(html, (tag, said) => (tag === 'img' ? picture(said, pictures) : control(said)))
  const renderer = new Renderer({ text, root, headingLevel })
  const notes = [
    ...(pictures.leftOut > 0 ? [text('office.picturesLeftOut', { count: pictures.leftOut })] : []),
    ...(embedded > 0 ? [text('office.embeddedLeftOut', { count: embedded })] : []),
  ].map((note) => `<p class="note">${escapeHtml(note)}</p>`)
  const body = renderer.body()
  const around = languageOf(attributes)
  return {
    html: `${notes.join('')}${around === '' ? body : `<div${around}>${body}</div>`}`,
    title: clean(title).replace(/\s+/g, ' ').trim(),
  }
}

/** An `img` whose source is a data: URI; else what stands for it in text; null for the invisible ones that count readers. */
function picture(attributes: ReadonlyMap<string, string>, pictures: Pictures): Node | null {
  const tiny = ['width', 'height'].some((name) => /^\s*[0-2](?:\s*px)?\s*$/.test(attributes.get(name) ?? ''))
  const source = attributes.get('src') ?? ''
  if (tiny && !/^\s*(?:data|cid):/i.test(source)) return null
  const uri = pictures.resolve(source)
  const alt = clean(attributes.get('alt') ?? '').trim()
  if (uri !== null) return element('img', new Map([...attributes, ['src', uri], ['alt', alt]]))
  return alt === '' ? null : ` [${alt}] `
}

/** What a form says stays as text: what was filled in, and which boxes are ticked. */
function control(attributes: ReadonlyMap<string, string>): string | Element | null {
  const type = attributes.get('type')?.trim().toLowerCase() ?? ''
  const value = attributes.get('value') ?? ''
  if (type === 'checkbox' || type === 'radio') return attributes.has('checked') ? ' \u2612 ' : ' \u2610 '
  if (type === 'image') return ` ${attributes.get('alt') ?? ''} `
  return type === 'hidden' || type === 'password' || value === '' ? null : ` ${value} `
}
