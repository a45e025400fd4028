// C-CDA (HL7 CDA R2, all of its templates, and pieces of such documents) as a page for the patient: the head in plain words, then each
// section's narrative, which is what its author stands for; where a section has none, its coded entries.

import type { Text } from '../../texts.js'
import { NotConvertibleError } from '../copy.js'
import { htmlPage } from '../html-page.js'
import { elements, find, parseXml, textOf, walk, type XmlElement } from '../xml.js'
import { type CdaEmbedded, findEmbedded, shownText } from './cda-embedded.js'
import { entriesHtml } from './cda-entries.js'
import { documentTitle, furtherFacts, mainFacts, subjectNote } from './cda-header.js'
import { type CdaWords, codeInWords, oneLine } from './cda-values.js'
import { besideNote, type ClinicalCopy, decodeBase64, type EmbeddedFile, embeddedFile, guarded, Pictures } from './clinical-copy.js'
import { codeWord } from './codes.js'
import { element, escaped, type Html, joined, NOTHING, paragraph, preformatted } from './html.js'
import { findAnchors, hasWords, Narrative, pictureHtml } from './narrative.js'

/** Roots that are read: whole documents, and the pieces that get sent by themselves. */
const ROOTS: ReadonlySet<string> = new Set(['ClinicalDocument', 'component', 'section', 'structuredBody', 'nonXMLBody', 'recordTarget'])

/**
 * The page and the documents inside. Narratives, all texts, and pictures of PNG, JPEG and GIF are in the page; any other document is
 * `embedded`. Throws NotConvertibleError: `damaged` for what is no CDA document or has a document type, `too-big` past the limits.
 */
export function cdaHtml(bytes: Buffer, text: Text): ClinicalCopy {
  return guarded(() => new CdaPage(readRoot(bytes), text).copy())
}

function readRoot(bytes: Buffer): XmlElement {
  const root = parseXml(bytes)
  if (!ROOTS.has(root.name)) throw new NotConvertibleError('damaged')
  if (root.name === 'ClinicalDocument') return root
  // A piece is put where it would stand in a document.
  const inside = root.name === 'recordTarget' || root.name === 'component' ? root : { ...root, name: 'component', children: [root] }
  return { name: 'ClinicalDocument', namespace: root.namespace, attributes: new Map(), children: [inside] }
}

class CdaPage {
  readonly #root: XmlElement
  readonly #words: CdaWords
  readonly #title: string
  readonly #embedded: CdaEmbedded
  readonly #narrative: Narrative
  readonly #pictures = new Pictures()
  /** Values that are in the page, as text, a picture or a note. */
  readonly #shown = new Set<XmlElement>()
  /** Those that are files beside the page. */
  readonly #beside: EmbeddedFile[] = []
  readonly #contents: Array<{ readonly id: string; readonly title: string }> = []

  constructor(root: XmlElement, text: Text) {
    this.#root = root
    const byId = new Map<string, XmlElement>()
    for (const found of walk(root)) {
      const id = found.attributes.get('ID')
      if (id !== undefined && !byId.has(id)) byId.set(id, found)
    }
    this.#words = { text, byId }
    this.#title = documentTitle(root, this.#words)
    this.#embedded = findEmbedded(root, this.#title)
    this.#narrative = new Narrative({
      text,
      anchors: findAnchors(walk(root)),
      picture: (reference) => this.#media(reference),
      image: (source, alternative) => this.#image(source, alternative),
    })
  }

  copy(): ClinicalCopy {
    const { text } = this.#words
    const head = mainFacts(this.#root, this.#words)
    const body = this.#body()
    const rest = [...this.#embedded.files.keys()].map((value) => this.#value(value, ''))
    if (this.#embedded.unreadable > 0) rest.push(paragraph(text('clinical.unreadable', { count: this.#embedded.unreadable }), 'beside'))
    const further = furtherFacts(this.#root, this.#words)
    const parts = [element('h1', {}, escaped(this.#title)), head, this.#navigation(further !== ''), body, ...rest, further]
    const spoken = spokenLanguage(this.#root)
    const content = spoken === null ? joined(parts) : element('div', { lang: spoken }, parts)
    return { html: htmlPage({ title: this.#title, language: text('clinical.language'), body: content }), embedded: this.#beside }
  }

  #body(): Html {
    const bodies = elements(this.#root, 'component')
    return joined(
      bodies.flatMap((body) => [
        ...elements(body, 'nonXMLBody').map((one) => this.#nonXml(one)),
        ...elements(body, 'section').map((section) => this.#section(section, 2)),
        ...elements(body, 'structuredBody').flatMap((one) => this.#sections(one, 2)),
      ]),
    )
  }

  #sections(parent: XmlElement, level: number): Html[] {
    return elements(parent, 'component').flatMap((component) =>
      elements(component, 'section').map((section) => this.#section(section, level)),
    )
  }

  #section(section: XmlElement, level: number): Html {
    const { text } = this.#words
    const title =
      oneLine(textOf(find(section, 'title'), 2000)) || codeInWords(find(section, 'code'), this.#words) || text('clinical.section.untitled')
    const id = `s${this.#contents.length + 1}`
    this.#contents.push({ id, title: level === 2 ? title : '' })
    const inside = [this.#content(section, title), ...this.#unseenMedia(section)]
    const below = this.#sections(section, level + 1)
    const isEmpty = below.length === 0 && inside.every((piece) => piece === '')
    return element('section', { 'aria-labelledby': id }, [
      element(`h${Math.min(level, 6)}`, { id }, escaped(title)),
      subjectNote(section, this.#words),
      isEmpty ? paragraph(this.#nothingSaid(section)) : NOTHING,
      ...inside,
      ...below,
    ])
  }

  #content(section: XmlElement, title: string): Html {
    const narrative = find(section, 'text')
    if (narrative && hasWords(narrative)) {
      return element('div', { class: 'narrative', id: this.#narrative.idOf(narrative) }, this.#narrative.render(narrative, title))
    }
    const entries = entriesHtml(section, this.#words)
    return entries === '' ? NOTHING : joined([paragraph(this.#words.text('clinical.section.entriesOnly'), 'note'), entries])
  }

  #nothingSaid(section: XmlElement): string {
    const { text } = this.#words
    const reason = codeWord('absent', section.attributes.get('nullFlavor') ?? find(section, 'text')?.attributes.get('nullFlavor'), text)
    return reason === '' ? text('clinical.section.empty') : text('clinical.section.absent', { reason })
  }

  /** Pictures and documents of a section's entries that its narrative shows nowhere. */
  #unseenMedia(section: XmlElement): Html[] {
    if (this.#embedded.files.size === 0) return []
    return elements(section, 'entry').flatMap((entry) =>
      [...walk(entry)].map((value) => (this.#embedded.files.has(value) ? this.#value(value, '') : NOTHING)),
    )
  }

  #nonXml(body: XmlElement): Html {
    const { text } = this.#words
    const value = find(body, 'text')
    if (!value) return paragraph(text('clinical.section.empty'))
    if (value.attributes.get('representation') === 'B64') {
      return this.#embedded.files.has(value) ? this.#value(value, this.#title) : paragraph(text('clinical.section.unreadable'))
    }
    const written = textOf(value)
    if (written.trim() !== '') return preformatted(written.replace(/^\s*\n|\s+$/g, ''))
    const reference = find(value, 'reference')?.attributes.get('value') ?? ''
    return paragraph(reference === '' ? text('clinical.section.empty') : text('clinical.section.elsewhere', { address: reference }))
  }

  #media(reference: string): Html | null {
    const value = this.#embedded.media.get(reference)
    if (!value) return null
    if (this.#embedded.files.has(value)) return this.#value(value, '', true)
    const address = find(value, 'reference')?.attributes.get('value') ?? ''
    return address === '' ? null : paragraph(this.#words.text('clinical.section.elsewhere', { address }), 'note')
  }

  /** What stands for a document: itself if it is a text or a picture, else a note; nothing when it stood somewhere already. */
  #value(value: XmlElement, alternative: string, isAgain = false): Html {
    const file = this.#embedded.files.get(value)
    if (!file || (this.#shown.has(value) && !isAgain)) return NOTHING
    const isFirst = !this.#shown.has(value)
    this.#shown.add(value)
    const written = shownText(file)
    if (written !== null) return isFirst ? preformatted(written) : NOTHING
    const uri = this.#pictures.uriOf(file)
    if (uri !== null) return pictureHtml(uri, alternative || this.#words.text('clinical.narrative.picture'))
    if (isFirst) this.#beside.push(file)
    return besideNote(file, this.#words.text)
  }

  #image(source: string, alternative: string): Html | null {
    const data = /^data:([\w/.+-]{1,100});base64,/i.exec(source.slice(0, 200))
    const bytes = data ? decodeBase64(source.slice(data[0].length)) : null
    const uri = bytes === null ? null : this.#pictures.uriOf(embeddedFile('', data?.[1] ?? '', bytes))
    return uri === null ? null : pictureHtml(uri, alternative || this.#words.text('clinical.narrative.picture'))
  }

  /** For documents of several sections; those within others are not in it. */
  #navigation(hasFurther: boolean): Html {
    const { text } = this.#words
    const entries = this.#contents.filter(({ title }) => title !== '')
    if (entries.length < 3) return NOTHING
    if (hasFurther) entries.push({ id: 'about', title: text('clinical.head.further') })
    const items = entries.map(({ id, title }) => element('li', {}, element('a', { href: `#${id}` }, escaped(title))))
    return element('nav', { 'aria-label': text('clinical.contents'), class: 'contents' }, element('ul', {}, items))
  }
}

/** The language the document says it is written in; null for none that is known. */
function spokenLanguage(root: XmlElement): string | null {
  const tag = find(root, 'languageCode')?.attributes.get('code') ?? ''
  if (!/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$/.test(tag)) return null
  try {
    const [canonical = ''] = Intl.getCanonicalLocales(tag)
    return new Intl.DisplayNames('en', { type: 'language', fallback: 'none' }).of(canonical) === undefined ? null : canonical
  } catch {
    return null
  }
}
