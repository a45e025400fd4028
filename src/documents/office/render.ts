// Writes a tree out as the strict HTML of a copy: every element closed, every value quoted, blocks only where blocks may stand. A browser
// that reads it gets this very tree, which is what makes it safe (nothing mutates).

import type { Text } from '../../texts.js'
import { escapeHtml } from '../html-page.js'
import { clean, languageOf, numberOf, outwardLink, quoted, styleOf } from './attributes.js'
import { DIVISIONS, HEADINGS, INLINE, RENAMED } from './elements.js'
import { type Cell, isLayout, readTable, type Table } from './grid.js'
import { type Element, element, type Node } from './tree.js'

/** What is around an element as it is written. */
interface Around {
  /** The text of the link it is in; null outside of links. */
  readonly link: string | null
  readonly heading: boolean
  /** Formatting that is on already. */
  readonly inline: readonly string[]
}

const LISTS = new Set(['ul', 'ol'])
const MAX_LINK_TEXT = 2000

export class Renderer {
  readonly #text: Text
  readonly #root: Element
  readonly #level: number
  /** The levels of the headings that the present place is under. */
  #headings: number[] = []
  #tables = 0
  readonly #targets: ReadonlyMap<string, string>
  /** Those of them that are written already: the first of a name counts. */
  readonly #placed = new Set<string>()

  constructor({ text, root, headingLevel }: { text: Text; root: Element; headingLevel: number }) {
    this.#text = text
    this.#root = root
    this.#level = headingLevel
    this.#targets = targetsOf(root)
  }

  body(): string {
    return this.#children(this.#root, { link: null, heading: false, inline: [] }).replace(/(?:<br>\s*){3,}/g, '<br><br>')
  }

  #children({ children }: Element, around: Around): string {
    const parts: string[] = []
    for (let at = 0; at < children.length; at++) {
      const child = children[at] ?? ''
      if (typeof child === 'string' || child.tag !== 'li') {
        parts.push(this.#node(child, around))
        continue
      }
      // Items without a list around them are one.
      let end = at + 1
      while (end < children.length && isItemOrSpace(children[end])) end++
      parts.push(this.#list(element('ul', new Map(), children.slice(at, end)), around))
      at = end - 1
    }
    return parts.join('')
  }

  #node(node: Node, around: Around): string {
    return typeof node === 'string' ? textOf(node) : this.#anchor(node) + this.#element(node, around)
  }

  #element(node: Element, around: Around): string {
    const tag = RENAMED.get(node.tag) ?? node.tag
    if (tag === 'br' || tag === 'hr') return `<${tag}>`
    if (tag === 'img') return this.#image(node, around)
    if (!node.content) return this.#empty(node, around)
    if (tag === 'table') return this.#table(node, around)
    if (LISTS.has(tag)) return this.#list(node, around)
    if (tag === 'dl') return this.#definitions(node, around)
    if (tag === 'a') return this.#link(node, around)
    if (HEADINGS.has(tag)) return this.#heading(node, around)
    if (tag === 'pre' || tag === 'textarea') return this.#preformatted(node, around)
    if (INLINE.has(tag)) return this.#inline(tag, node, around)
    return this.#block(tag, node, around)
  }

  /** Nothing to see: a line break in it is one, a block parts what is before it from what comes after it. */
  #empty(node: Element, around: Around): string {
    const inside = node.children
      .map((child) => (typeof child === 'string' ? (child === '' ? '' : ' ') : this.#node(child, around)))
      .join('')
    return node.block && !inside.includes('<br>') ? `${inside} ` : inside
  }

  #block(tag: string, node: Element, around: Around): string {
    const inside = this.#children(node, around)
    const attributes = languageOf(node.attributes) + styleOf(node.attributes, true)
    if (tag === 'p') return node.children.some(isBlockNode) ? `<div${attributes}>${inside}</div>` : `<p${attributes}>${inside}</p>`
    if (tag === 'blockquote') return `<blockquote${attributes}>${inside}</blockquote>`
    if (tag === 'center') return `<div style="text-align:center">${inside}</div>`
    if (tag === 'dt' || tag === 'summary' || tag === 'legend') return `<div><strong>${inside}</strong></div>`
    if (tag === 'option') return `<div>${node.attributes.has('selected') ? '\u2612' : '\u2610'} ${inside}</div>`
    if (tag === 'optgroup') return `<div>${quoted(node.attributes.get('label') ?? '')}${inside}</div>`
    if (tag === 'rt') return ` (${inside})`
    if (tag === 'rp') return ''
    if (DIVISIONS.has(tag) || tag === 'tr' || tag === 'td' || tag === 'th' || tag === 'caption') return `<div${attributes}>${inside}</div>`
    return inside
  }

  #inline(tag: string, node: Element, around: Around): string {
    if (tag === 'rt' || tag === 'rp' || tag === 'ruby') return this.#block(tag, node, around)
    const attributes = languageOf(node.attributes) + styleOf(node.attributes, false)
    const pointless = tag === 'span' || tag === 'bdo' ? attributes === '' : around.inline.includes(tag) && attributes === ''
    if (pointless) return this.#children(node, around)
    const inside = this.#children(node, { ...around, inline: [...around.inline, tag] })
    const title = tag === 'abbr' ? node.attributes.get('title') : undefined
    return `<${tag}${attributes}${title === undefined ? '' : ` title="${quoted(title)}"`}>${inside}</${tag}>`
  }

  #link(node: Element, around: Around): string {
    const href = around.link === null ? this.#destination(node.attributes.get('href') ?? '') : null
    if (href === null) return this.#inline('span', node, around)
    const link = visibleText(node)
    const inside = this.#children(node, { ...around, link })
    return `<a href="${escapeHtml(href)}" rel="noopener noreferrer"${languageOf(node.attributes)}>${inside}</a>`
  }

  #destination(href: string): string | null {
    const fragment = /^\s*#([^\s]{1,200})\s*$/.exec(href)?.[1]
    const target = fragment === undefined ? undefined : this.#targets.get(fragment)
    return target === undefined ? outwardLink(href) : `#${target}`
  }

  /** Where a link inside the document leads to. Names of our own: no `id` of a stranger comes near a page's script. */
  #anchor({ tag, attributes }: Element): string {
    const target = this.#targets.get(attributes.get('id') ?? (tag === 'a' ? attributes.get('name') : undefined) ?? '')
    if (target === undefined || this.#placed.has(target)) return ''
    this.#placed.add(target)
    return `<span id="${target}"></span>`
  }

  #image(node: Element, around: Around): string {
    const said = node.attributes.get('alt') ?? ''
    const repeated = said !== '' && around.link !== null && said.toLowerCase() === around.link.toLowerCase()
    const alt = repeated ? '' : said === '' ? this.#text('office.picture') : said
    return `<img src="${escapeHtml(node.attributes.get('src') ?? '')}" alt="${quoted(alt)}"${numberOf(node.attributes, 'width', 3, 4000)}>`
  }

  /** Levels that never skip one, whatever the document's own were. */
  #heading(node: Element, around: Around): string {
    const inside = this.#children(node, { ...around, heading: true })
    if (around.heading || node.table) return `<div>${inside}</div>`
    const level = Number(node.tag[1])
    this.#headings = [...this.#headings.filter((above) => above < level), level]
    const shown = Math.min(6, this.#level - 1 + this.#headings.length)
    return `<h${shown}${languageOf(node.attributes)}${styleOf(node.attributes, true)}>${inside}</h${shown}>`
  }

  #preformatted(node: Element, around: Around): string {
    const inside = this.#children(node, around)
    if (node.tag === 'textarea') return `<div style="white-space:pre-wrap">${inside}</div>`
    // A browser leaves out a line end right at the beginning: so it must not matter.
    return `<pre>${inside.replace(/^[\r\n]+/, '')}</pre>`
  }

  #list(node: Element, around: Around): string {
    const tag = (RENAMED.get(node.tag) ?? node.tag) === 'ol' ? 'ol' : 'ul'
    const items: Element[] = []
    for (const child of node.children) {
      if (typeof child !== 'string' && child.tag === 'li') items.push(child)
      else if (typeof child === 'string' ? child.trim() !== '' : child.content) {
        // A list directly in a list belongs to the item before it.
        const last = items.pop()
        items.push({ ...element('li', last?.attributes, [...(last?.children ?? []), child]), content: true, block: true })
      }
    }
    const written = items
      .filter((item) => item.content || tag === 'ol')
      .map(
        (item) =>
          `<li${tag === 'ol' ? numberOf(item.attributes, 'value', -9999, 99_999) : ''}${languageOf(item.attributes)}>${this.#anchor(item)}${this.#children(item, around)}</li>`,
      )
    if (written.length === 0) return ''
    const type = node.attributes.get('type') ?? ''
    const numbering =
      tag === 'ol' ? `${numberOf(node.attributes, 'start', -9999, 99_999)}${/^[1aAiI]$/.test(type) ? ` type="${type}"` : ''}` : ''
    return `<${tag}${numbering}>${written.join('')}</${tag}>`
  }

  /** A list of definitions only if it is one: a term, what it means, and so on. */
  #definitions(node: Element, around: Around): string {
    const parts = node.children.filter((child) => (typeof child === 'string' ? child.trim() !== '' : child.content))
    const tags = parts.map((part) => (typeof part === 'string' ? '' : part.tag))
    const sound = tags[0] === 'dt' && tags[tags.length - 1] === 'dd' && tags.every((tag) => tag === 'dt' || tag === 'dd')
    if (!sound) return `<div>${this.#children(node, around)}</div>`
    const written = parts.map((part) =>
      typeof part === 'string' ? '' : `<${part.tag}>${this.#anchor(part)}${this.#children(part, around)}</${part.tag}>`,
    )
    return `<dl>${written.join('')}</dl>`
  }

  #table(node: Element, around: Around): string {
    const table = readTable(node)
    const before = table.stray.map((each) => this.#node(each, around)).join('')
    if (isLayout(table, node)) {
      const caption = table.caption ? `<div>${this.#children(table.caption, around)}</div>` : ''
      const cells = table.rows.flat().filter((cell) => cell.element.content || cell.element.attributes.has('id'))
      return before + caption + cells.map((cell) => this.#loose(cell.element, around)).join('')
    }
    return before + this.#data(node, table, around)
  }

  #loose(cell: Element, around: Around): string {
    const inside = this.#anchor(cell) + this.#children(cell, around)
    return `<div${languageOf(cell.attributes)}${styleOf(cell.attributes, true)}>${cell.tag === 'th' ? `<strong>${inside}</strong>` : inside}</div>`
  }

  #data(node: Element, table: Table, around: Around): string {
    const caption = table.caption?.content ? `<caption>${this.#children(table.caption, around)}</caption>` : ''
    const rows = table.rows.map((row) => `<tr>${row.map((cell) => this.#cell(cell, around)).join('')}</tr>`).join('')
    // Two columns fit a phone; more than that may scroll by themselves, also by keyboard, and their words are not broken.
    const wide = table.columns > 2
    const whole = `<table${languageOf(node.attributes)}>${caption}<tbody>${rows}</tbody></table>`
    if (!wide || around.link !== null) return whole
    const label = this.#text('office.table', { number: ++this.#tables })
    return `<div role="group" aria-label="${escapeHtml(label)}" tabindex="0" style="overflow-x:auto;overflow-wrap:break-word">${whole}</div>`
  }

  #cell({ element: cell, colspan, rowspan, scope }: Cell, around: Around): string {
    const spans = `${colspan > 1 ? ` colspan="${colspan}"` : ''}${rowspan > 1 ? ` rowspan="${rowspan}"` : ''}`
    const only = onlyParagraph(cell)
    const attributes =
      spans + languageOf(cell.attributes) + styleOf(only ? new Map([...cell.attributes, ...only.attributes]) : cell.attributes, true)
    const inside = this.#anchor(cell) + (only ? this.#anchor(only) : '') + this.#children(only ?? cell, around)
    if (scope !== null) return `<th scope="${scope}"${attributes}>${inside}</th>`
    return `<td${attributes}>${cell.tag === 'th' && cell.content ? `<strong>${inside}</strong>` : inside}</td>`
  }
}

function isItemOrSpace(node: Node | undefined): boolean {
  return typeof node === 'string' ? node.trim() === '' : node?.tag === 'li'
}

function isBlockNode(node: Node): boolean {
  return typeof node !== 'string' && node.block
}

/** The paragraph that is all a cell holds: word processors write each cell so, and its margins would only stretch the row. */
function onlyParagraph({ children }: Element): Element | null {
  const seen = children.filter((child) => typeof child !== 'string' || child.trim() !== '')
  const [only] = seen
  return seen.length === 1 && only !== undefined && typeof only !== 'string' && only.tag === 'p' && !only.attributes.has('lang')
    ? only
    : null
}

/** Runs of invisible filler are what mails put behind a preview line. */
function textOf(text: string): string {
  return escapeHtml(clean(text).replace(/(?:(?:[\u00a0\u00ad\u2007\u200b\ufeff]|\u034f|\u200c|\u200d)[ \t\r\n]{0,9}){8,200}/g, ' '))
}

/** Up to a length: enough to compare it with the description of a picture. */
function visibleText(node: Element): string {
  let text = ''
  const walk = (each: Node): void => {
    if (text.length > MAX_LINK_TEXT) return
    if (typeof each === 'string') text += each
    else each.children.forEach(walk)
  }
  walk(node)
  return text.replace(/\s+/g, ' ').trim()
}

/** Names of our own for the places that links inside the document lead to. */
function targetsOf(root: Element): Map<string, string> {
  const wanted = new Set<string>()
  const present = new Map<string, string>()
  const walk = (node: Node): void => {
    if (typeof node === 'string') return
    const fragment = node.tag === 'a' ? /^\s*#([^\s]{1,200})\s*$/.exec(node.attributes.get('href')?.slice(0, 300) ?? '')?.[1] : undefined
    if (fragment !== undefined) wanted.add(fragment)
    const id = node.attributes.get('id') ?? (node.tag === 'a' ? node.attributes.get('name') : undefined)
    if (id !== undefined && !present.has(id)) present.set(id, `in-document-${present.size + 1}`)
    node.children.forEach(walk)
  }
  walk(root)
  return new Map([...present].filter(([id]) => wanted.has(id)))
}
