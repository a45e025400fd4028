// FHIR (STU3, R4, R5; JSON, NDJSON and XML) as a page for the patient. A document (a bundle that begins with a Composition) keeps its
// author's order and words; anything else is sorted into what a patient looks for.

import type { Text } from '../../texts.js'
import { NotConvertibleError } from '../copy.js'
import { htmlPage } from '../html-page.js'
import { parseXmlText, type XmlElement } from '../xml.js'
import { type ClinicalCopy, decodeBase64, embeddedFile, guarded } from './clinical-copy.js'
import { FhirAttachments } from './fhir-attachments.js'
import { all, type FhirInput, get, type Json, readFhir, str } from './fhir-read.js'
import { FhirTables, patientFacts } from './fhir-tables.js'
import { FhirWords } from './fhir-values.js'
import { element, escaped, facts, type Html, joined, lines, NOTHING, paragraph } from './html.js'
import { findAnchors, hasWords, Narrative, pictureHtml } from './narrative.js'

/** A narrative is a small thing: FHIR R4 2.4. */
const NARRATIVE_LIMITS = { maxBytes: 4_000_000, maxDepth: 100, maxNodes: 100_000 }

const MAX_SECTION_DEPTH = 10

/**
 * The page and the documents inside. Texts and pictures of PNG, JPEG and GIF are in the page; any other attachment is `embedded`.
 * Throws NotConvertibleError: `damaged` for what is no FHIR, `too-big` past the limits.
 */
export function fhirHtml(bytes: Buffer, text: Text): ClinicalCopy {
  return guarded(() => new FhirPage(readFhir(bytes), text).copy())
}

class FhirPage {
  readonly #input: FhirInput
  readonly #text: Text
  readonly #words: FhirWords
  readonly #attachments: FhirAttachments
  readonly #tables: FhirTables
  readonly #contents: Array<{ readonly id: string; readonly title: string }> = []
  /** Resources that a section of the document has said already. */
  readonly #said = new Set<Json>()

  constructor(input: FhirInput, text: Text) {
    this.#input = input
    this.#text = text
    this.#words = new FhirWords(input.resources, text)
    this.#attachments = new FhirAttachments(text)
    this.#tables = new FhirTables(this.#words, this.#attachments, (resource) => this.#narrativeOf(resource, ''))
  }

  copy(): ClinicalCopy {
    const { resources } = this.#input
    const document = this.#compositionOf()
    const title = str(document, 'title') || this.#text('clinical.title')
    const patients = resources.filter(({ type }) => type === 'Patient')
    const head = [
      ...patients.slice(0, 20).map(({ json }) => patientFacts(json, this.#words)),
      document === undefined ? NOTHING : this.#documentFacts(document),
    ]
    const sections = all(document, 'section').map((section) => this.#section(section, document, 2))
    const rest = resources.filter(({ json }) => json !== document && !this.#said.has(json))
    const tables = this.#tables.sections(rest, (heading) => this.#add(heading))
    const isEmpty = sections.length === 0 && tables.length === 0 && patients.length === 0
    const body = [
      element('h1', {}, escaped(title)),
      ...head,
      this.#navigation(),
      ...sections,
      ...tables,
      isEmpty ? paragraph(this.#text('clinical.section.empty')) : NOTHING,
      paragraph(this.#text('clinical.original'), 'note'),
    ]
    return { html: htmlPage({ title, language: this.#text('clinical.language'), body: joined(body) }), embedded: this.#attachments.beside }
  }

  /** FHIR R4 3.3.1: the first resource of a document is its Composition. */
  #compositionOf(): Json {
    const [first] = this.#input.resources
    return first?.type === 'Composition' ? first.json : undefined
  }

  #documentFacts(document: Json): Html {
    const text = this.#text
    const names = (key: string) => lines(all(document, key).map((one) => this.#words.reference(one, document)))
    const isRestricted = ['R', 'V'].includes(str(document, 'confidentiality'))
    return joined([
      isRestricted ? paragraph(text(`clinical.confidentiality.${str(document, 'confidentiality')}`), 'beside') : NOTHING,
      facts([
        [text('clinical.head.kind'), escaped(this.#words.concept(get(document, 'type')))],
        [text('clinical.head.from'), names('custodian')],
        [text('clinical.head.author'), names('author')],
        [text('clinical.head.date'), escaped(this.#words.date(str(document, 'date')))],
        [text('clinical.entry.status'), escaped(this.#words.status(str(document, 'status')))],
        [text('clinical.head.visit'), names('encounter')],
      ]),
    ])
  }

  #section(section: Json, document: Json, level: number): Html {
    const title = str(section, 'title') || this.#words.concept(get(section, 'code')) || this.#text('clinical.section.untitled')
    const id = this.#add(level === 2 ? title : '')
    const narrative = this.#narrativeOf(section, title)
    const entries = all(section, 'entry')
      .map((entry) => this.#words.resolve(entry, document))
      .filter((entry) => entry !== undefined)
    for (const entry of entries) this.#said.add(entry)
    const found =
      this.#input.resources.length === 0 || narrative !== ''
        ? []
        : entries.map((json) => ({ type: str(json, 'resourceType'), fullUrl: '', json }))
    const tables = found.length === 0 ? [] : this.#tables.tables(found, title)
    const documents =
      narrative === ''
        ? []
        : entries.map((json) => this.#attachments.html({ type: str(json, 'resourceType'), fullUrl: '', json }, this.#words))
    const below = level > MAX_SECTION_DEPTH ? [] : all(section, 'section').map((one) => this.#section(one, document, level + 1))
    const reason = this.#words.concept(get(section, 'emptyReason'))
    const isEmpty = narrative === '' && tables.length === 0 && below.length === 0
    const empty = reason === '' ? this.#text('clinical.section.empty') : this.#text('clinical.section.absent', { reason })
    return element('section', {}, [
      element(`h${Math.min(level, 6)}`, { id }, escaped(title)),
      narrative,
      ...documents,
      ...tables,
      isEmpty ? paragraph(empty) : NOTHING,
      ...below,
    ])
  }

  /** The sender's own words in a resource or section, made safe; nothing if there are none. */
  #narrativeOf(owner: Json, label: string): Html {
    const source = get(owner, 'text', 'div')
    if (source === undefined || source === '') return NOTHING
    const block = typeof source === 'string' ? this.#parse(source) : (source as XmlElement)
    if (block === null) return paragraph(withoutTags(String(source)))
    if (!hasWords(block)) return NOTHING
    const narrative = new Narrative({
      text: this.#text,
      anchors: findAnchors([]),
      picture: () => null,
      image: (address, alternative) => this.#image(address, alternative),
    })
    return element('div', { class: 'narrative' }, narrative.render(block, label || this.#text('clinical.title')))
  }

  #parse(source: string): XmlElement | null {
    try {
      return parseXmlText(source, NARRATIVE_LIMITS)
    } catch (error) {
      if (error instanceof NotConvertibleError) return null
      throw error
    }
  }

  #image(address: string, alternative: string): Html | null {
    const data = /^data:([\w/.+-]{1,100});base64,/i.exec(address.slice(0, 200))
    const bytes = data ? decodeBase64(address.slice(data[0].length)) : null
    const uri = bytes === null ? null : this.#attachments.pictures.uriOf(embeddedFile('', data?.[1] ?? '', bytes))
    return uri === null ? null : pictureHtml(uri, alternative || this.#text('clinical.narrative.picture'))
  }

  #add(title: string): string {
    const id = `s${this.#contents.length + 1}`
    this.#contents.push({ id, title })
    return id
  }

  #navigation(): Html {
    const entries = this.#contents.filter(({ title }) => title !== '')
    if (entries.length < 3) return NOTHING
    const items = entries.map(({ id, title }) => element('li', {}, element('a', { href: `#${id}` }, escaped(title))))
    return element('nav', { 'aria-label': this.#text('clinical.contents'), class: 'contents' }, element('ul', {}, items))
  }
}

/** Of markup that is not XML: its words, with a space where a tag was. */
function withoutTags(source: string): string {
  return source
    .replace(/<(?:script|style)\b[^<>]*>[^<]*/gi, ' ')
    .replace(/<[^<>]*>/g, ' ')
    .replace(/&nbsp;/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}
