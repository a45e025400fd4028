// The text a clinician wrote into a record, as safe HTML: narrative blocks of CDA (StrucDoc.Text, CDA R2 4.3.5) and of FHIR (XHTML,
// Narrative.div). One renderer for both, since senders mix them. Every element and attribute that comes out is built here; of the
// source only text, spans of cells, links to http(s), mailto and within the page survive. Text is never dropped, scripts aside.

import type { Text } from '../../texts.js'
import type { XmlElement } from '../xml.js'
import { textOf } from '../xml.js'
import { type Attributes, element, emptyElement, escaped, type Html, joined, LINE_BREAK, NOTHING } from './html.js'
import { tableHtml } from './narrative-table.js'

/** What a narrative may lean on outside itself. */
export interface NarrativeContext {
  readonly text: Text
  /** Ids in the page by ids in the record, of the elements that something links to. */
  readonly anchors: ReadonlyMap<string, string>
  /** The picture or the note that stands for `renderMultiMedia`, by its reference; null when there is none. */
  picture(reference: string): Html | null
  /** An `<img>` of XHTML, by its source. null when it can't be shown: nothing is ever loaded. */
  image(source: string, alternative: string): Html | null
}

const DROPPED: ReadonlySet<string> = new Set(['script', 'style', 'template', 'noscript', 'head', 'colgroup', 'col'])

/** Elements of XHTML that stay what they are. */
const inline: ReadonlyMap<string, string> = new Map([
  ['b', 'strong'],
  ['strong', 'strong'],
  ['i', 'em'],
  ['em', 'em'],
  ['u', 'u'],
  ['sub', 'sub'],
  ['sup', 'sup'],
  ['code', 'code'],
  ['tt', 'code'],
  ['small', 'small'],
])

const headings: ReadonlySet<string> = new Set(['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'dt', 'legend'])
const boxes: ReadonlySet<string> = new Set(['div', 'dl', 'dd', 'section', 'article', 'center', 'address', 'fieldset', 'text', 'body'])

/** One for each page: ids are given out once. */
export class Narrative {
  readonly #context: NarrativeContext
  readonly #given = new Set<string>()
  /** How many elements were written so far that may not stand in a paragraph. */
  #blocks = 0
  #inLink = false

  constructor(context: NarrativeContext) {
    this.#context = context
  }

  /** What is inside of `block`. `label` names tables that have no caption. */
  render(block: XmlElement, label: string): Html {
    return this.#inside(block, label)
  }

  /** The id that this element has in the page, if anything links to it. */
  idOf(source: XmlElement): string | undefined {
    const id = source.attributes.get('ID') ?? source.attributes.get('id')
    const given = id === undefined ? undefined : this.#context.anchors.get(id)
    if (given === undefined || this.#given.has(given)) return undefined
    this.#given.add(given)
    return given
  }

  #inside(source: XmlElement, label: string): Html {
    return joined(source.children.map((child) => (typeof child === 'string' ? escaped(child) : this.#element(child, label))))
  }

  #element(source: XmlElement, label: string): Html {
    const { name } = source
    if (DROPPED.has(name)) return NOTHING
    switch (name) {
      case 'br':
        return LINE_BREAK
      case 'hr':
        return this.#block(emptyElement('hr'))
      case 'content':
      case 'span':
      case 'font':
        return this.#content(source, label)
      case 'paragraph':
      case 'p':
        return this.#paragraph(source, label)
      case 'list':
      case 'ul':
      case 'ol':
        return this.#list(source, label)
      case 'table':
        return this.#block(tableHtml(source, label, this.#context.text, (part) => this.#inside(part, label), this.idOf.bind(this)))
      case 'linkHtml':
      case 'a':
        return this.#link(source, label)
      case 'renderMultiMedia':
        return this.#media(source, label)
      case 'img':
        return this.#image(source)
      case 'footnote':
        return element('small', { id: this.idOf(source) }, [escaped('['), this.#inside(source, label), escaped(']')])
      case 'footnoteRef':
        return this.#jump(source.attributes.get('IDREF'), this.#inside(source, label))
      case 'del':
      case 's':
      case 'strike':
        return this.#deleted(this.#inside(source, label))
      case 'pre':
        return this.#block(element('pre', { id: this.idOf(source) }, this.#inside(source, label)))
      case 'blockquote':
        return this.#block(element('blockquote', { id: this.idOf(source) }, this.#inside(source, label)))
    }
    return this.#other(source, label)
  }

  #other(source: XmlElement, label: string): Html {
    const inside = this.#inside(source, label)
    const attributes = { id: this.idOf(source) }
    const plain = inline.get(source.name)
    if (plain !== undefined) return element(plain, attributes, inside)
    // No heading of its own: those of the page would no longer be in order.
    if (headings.has(source.name) || source.name === 'caption')
      return this.#block(element('div', { ...attributes, class: 'heading' }, inside))
    if (boxes.has(source.name)) return this.#block(element('div', attributes, inside))
    return attributes.id === undefined ? inside : element('span', attributes, inside)
  }

  /** `styleCode` is a list of names (CDA R2 4.3.5.11); what isn't about emphasis is only looks. */
  #content(source: XmlElement, label: string): Html {
    let inside = this.#inside(source, label)
    const styles = (source.attributes.get('styleCode') ?? '').toLowerCase().split(/\s+/)
    if (styles.includes('underline')) inside = element('u', {}, inside)
    if (styles.includes('italics') || styles.includes('italic') || styles.includes('emphasis')) inside = element('em', {}, inside)
    if (styles.includes('bold')) inside = element('strong', {}, inside)
    const revised = source.attributes.get('revised')
    if (revised === 'delete') inside = this.#deleted(inside)
    if (revised === 'insert') inside = element('ins', {}, inside)
    const id = this.idOf(source)
    return id === undefined ? inside : element('span', { id }, inside)
  }

  /** A line through words can't be heard: it is said, too. */
  #deleted(inside: Html): Html {
    if (inside.trim() === '') return inside
    return joined([element('del', {}, inside), element('small', {}, escaped(` ${this.#context.text('clinical.narrative.deleted')}`))])
  }

  #paragraph(source: XmlElement, label: string): Html {
    const before = this.#blocks
    const inside = this.#inside(source, label)
    const name = this.#blocks > before ? 'div' : 'p'
    return this.#block(element(name, { id: this.idOf(source), class: name === 'div' ? 'paragraph' : null }, inside))
  }

  #list(source: XmlElement, label: string): Html {
    const items: Html[] = []
    const around: Html[] = []
    for (const child of source.children) {
      if (typeof child === 'string') {
        if (child.trim() !== '') around.push(element('p', {}, escaped(child)))
      } else if (child.name === 'item' || child.name === 'li') {
        items.push(element('li', { id: this.idOf(child) }, this.#inside(child, label)))
      } else around.push(this.#element(child, label))
    }
    const isOrdered = source.name === 'ol' || source.attributes.get('listType')?.toLowerCase() === 'ordered'
    const list = items.length === 0 ? NOTHING : element(isOrdered ? 'ol' : 'ul', { id: this.idOf(source) }, items)
    return this.#block(joined([...around, list]))
  }

  #link(source: XmlElement, label: string): Html {
    const isOutermost = !this.#inLink
    this.#inLink = true
    const inside = this.#inside(source, label)
    if (isOutermost) this.#inLink = false
    const target = (source.attributes.get('href') ?? '').trim()
    const shown = inside.trim() === '' ? escaped(target) : inside
    if (!isOutermost) return inside
    if (target.startsWith('#')) return this.#jump(target.slice(1), shown)
    const id = this.idOf(source)
    if (isSafeLink(target)) return element('a', { href: target, rel: 'noopener noreferrer', id }, shown)
    return id === undefined ? shown : element('span', { id }, shown)
  }

  #jump(reference: string | undefined, inside: Html): Html {
    const anchor = reference === undefined ? undefined : this.#context.anchors.get(reference)
    if (anchor === undefined || inside.trim() === '') return inside
    return element('a', { href: `#${anchor}` }, inside)
  }

  #media(source: XmlElement, label: string): Html {
    const references = (source.attributes.get('referencedObject') ?? '').split(/\s+/).filter((reference) => reference !== '')
    const shown = references.slice(0, 50).map((reference) => this.#context.picture(reference) ?? this.#missingPicture(''))
    return this.#block(element('div', { id: this.idOf(source) }, [...shown, this.#inside(source, label)]))
  }

  #image(source: XmlElement): Html {
    const alternative = (source.attributes.get('alt') ?? source.attributes.get('title') ?? '').trim()
    return this.#context.image((source.attributes.get('src') ?? '').trim(), alternative) ?? this.#missingPicture(alternative)
  }

  #missingPicture(alternative: string): Html {
    const { text } = this.#context
    const words = alternative === '' ? text('clinical.narrative.noPicture') : text('clinical.narrative.noPictureOf', { name: alternative })
    return element('span', { class: 'note' }, escaped(words))
  }

  #block(html: Html): Html {
    this.#blocks++
    return html
  }
}

/** Nothing that a browser would run or read from the disk; and no control characters, in which schemes are hidden. */
function isSafeLink(target: string): boolean {
  return /^(?:https?:\/\/|mailto:)[^\p{Cc}\s]+$/iu.test(target) && target.length <= 2000
}

/** An image as it may stand in a page. */
export function pictureHtml(uri: string, alternative: string): Html {
  return emptyElement('img', { src: uri, alt: alternative } satisfies Attributes)
}

/** Ids that something in these narratives links to, each with one that is safe in a page. */
export function findAnchors(sources: Iterable<XmlElement>): Map<string, string> {
  const wanted = new Set<string>()
  const known = new Set<string>()
  for (const { attributes } of sources) {
    const target = attributes.get('href')
    if (target?.startsWith('#')) wanted.add(target.slice(1))
    const reference = attributes.get('IDREF')
    if (reference !== undefined) wanted.add(reference)
    const id = attributes.get('ID') ?? attributes.get('id')
    if (id !== undefined) known.add(id)
  }
  const anchors = new Map<string, string>()
  for (const id of wanted) if (known.has(id)) anchors.set(id, `r${anchors.size + 1}`)
  return anchors
}

/** Whether a reader would see anything of it. */
export function hasWords(block: XmlElement | undefined): boolean {
  return (
    block !== undefined &&
    (textOf(block).trim() !== '' || block.children.some((child) => typeof child !== 'string' && showsWithoutText(child)))
  )
}

function showsWithoutText(source: XmlElement): boolean {
  if (source.name === 'renderMultiMedia' || source.name === 'img') return true
  return source.children.some((child) => typeof child !== 'string' && showsWithoutText(child))
}
