// HTML of strangers as a bounded tree. The tokeniser is htmlparser2's; the tree is our own, since it must stay shallow and linear
// however the input is nested, and every text in it must stay. It follows browsers where people notice (WHATWG HTML 13.2.6:
// paragraphs, list items, cells end by themselves), not in each detail: what is written out later is strict.

import { Tokenizer } from 'htmlparser2'
import { NotConvertibleError } from '../copy.js'
import { BLOCKS, CODE, DIVISIONS, EMBEDDING, FORMATTING, HEADINGS, isBlock, TABLE_PARTS, VOID } from './elements.js'

export interface Element {
  readonly tag: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: Node[]
  /** Holds, or is, what browsers lay out as a block. */
  block: boolean
  /** Something to see is in it: text, a picture, a line. */
  content: boolean
  /** A table is in it. */
  table: boolean
}
export type Node = Element | string

export interface Tree {
  readonly root: Element
  /** Of the `title` element; '' without one. */
  readonly title: string
  /** Of the `html` or `body` element. */
  readonly attributes: ReadonlyMap<string, string>
  /** Frames, objects and the like, whose content is not in the tree. */
  readonly embedded: number
}

/** What stands for an `img` or an `input`: null for nothing. */
export type Replace = (tag: string, attributes: ReadonlyMap<string, string>) => Node | null

const MAX_CHARACTERS = 40_000_000
const MAX_TAGS = 400_000
const MAX_DEPTH = 200

/** The attributes that something is made of; all others are never even kept. */
const KNOWN = new Set(
  'align alt aria-hidden checked colspan dir height href id label lang name role rowspan scope selected src start style title type value width'.split(
    ' ',
  ),
)

/** Throws NotConvertibleError `too-big` for more than MAX_TAGS tags. */
export function readTree(html: string, replace: Replace): Tree {
  if (html.length > MAX_CHARACTERS) throw new NotConvertibleError('too-big')
  const builder = new Builder(replace)
  // `--!>` ends a comment in browsers, but not for the tokeniser: what follows would be lost.
  const source = html.includes('--!>') ? html.replaceAll('--!>', '-->') : html
  let tag = ''
  let name = ''
  let value: string[] = []
  let attributes = new Map<string, string>()
  // Texts that touch are one: the tokeniser ends one at each `<` that begins no tag.
  let [textStart, textEnd] = [0, 0]
  const flush = () => {
    if (textEnd > textStart) builder.text(source.slice(textStart, textEnd))
    textStart = textEnd = 0
  }
  const open = () => builder.open(tag, attributes)
  const tokenizer = new Tokenizer(
    { xmlMode: false, decodeEntities: true },
    {
      onopentagname: (start, end) => {
        flush()
        tag = source.slice(start, Math.min(end, start + 40)).toLowerCase()
        attributes = new Map()
      },
      onattribname: (start, end) => {
        name = source.slice(start, Math.min(end, start + 40)).toLowerCase()
        value = []
      },
      onattribdata: (start, end) => {
        if (KNOWN.has(name)) value.push(source.slice(start, end))
      },
      onattribentity: (codePoint) => {
        if (KNOWN.has(name)) value.push(String.fromCodePoint(codePoint))
      },
      onattribend: () => {
        if (KNOWN.has(name) && !attributes.has(name)) attributes.set(name, value.join(''))
      },
      onopentagend: open,
      onselfclosingtag: open,
      onclosetag: (start, end) => {
        flush()
        builder.close(
          source
            .slice(start, Math.min(end, start + 40))
            .trim()
            .toLowerCase(),
        )
      },
      ontext: (start, end) => {
        if (start !== textEnd) flush()
        if (textEnd === 0) textStart = start
        textEnd = end
      },
      ontextentity: (codePoint) => {
        flush()
        builder.text(String.fromCodePoint(codePoint))
      },
      oncdata: (start, end, endOffset) => {
        flush()
        builder.text(source.slice(start, end - endOffset))
      },
      oncomment: () => {},
      ondeclaration: () => {},
      onprocessinginstruction: () => {},
      onend: flush,
    },
  )
  tokenizer.write(source)
  tokenizer.end()
  return builder.finish()
}

export function element(tag: string, attributes: ReadonlyMap<string, string> = new Map(), children: Node[] = []): Element {
  return { tag, attributes, children, block: false, content: false, table: false }
}

const noAttributes: ReadonlyMap<string, string> = new Map()
const LIST = new Set(['ul', 'ol', 'menu', 'dir'])
const PARAGRAPH = new Set(['p'])
/** Which open elements a start tag ends, and what it doesn't look beyond. */
const implied: ReadonlyMap<string, { readonly ends: ReadonlySet<string>; readonly within: ReadonlySet<string> }> = new Map([
  ['li', { ends: new Set(['li']), within: LIST }],
  ['dt', { ends: new Set(['dt', 'dd']), within: new Set(['dl']) }],
  ['dd', { ends: new Set(['dt', 'dd']), within: new Set(['dl']) }],
  ['option', { ends: new Set(['option']), within: new Set(['select']) }],
  ['optgroup', { ends: new Set(['option', 'optgroup']), within: new Set(['select']) }],
  ['a', { ends: new Set(['a']), within: new Set([...BLOCKS, ...DIVISIONS]) }],
  ['td', { ends: new Set(['td', 'th', 'caption']), within: new Set(['table']) }],
  ['th', { ends: new Set(['td', 'th', 'caption']), within: new Set(['table']) }],
  ['tr', { ends: new Set(['tr', 'td', 'th', 'caption']), within: new Set(['table']) }],
  ...['thead', 'tbody', 'tfoot', 'caption', 'colgroup'].map(
    (tag) =>
      [tag, { ends: new Set(['thead', 'tbody', 'tfoot', 'tr', 'td', 'th', 'caption', 'colgroup']), within: new Set(['table']) }] as const,
  ),
])

class Builder {
  readonly #replace: Replace
  readonly #root = element('div')
  readonly #stack: Element[] = [this.#root]
  /** How many of a name are open: most end tags and most searches end here. */
  readonly #open = new Map<string, number>()
  #attributes: ReadonlyMap<string, string> = noAttributes
  #tags = 0
  #embedded = 0
  /** Elements that are open beyond MAX_DEPTH: they are passed over, and so are as many end tags. */
  #tooDeep = 0
  /** The name of the `script`, `style` or `title` whose content is being read. */
  #raw = ''
  #title = ''

  constructor(replace: Replace) {
    this.#replace = replace
  }

  open(tag: string, attributes: ReadonlyMap<string, string>): void {
    this.#count()
    if (EMBEDDING.has(tag)) this.#embedded++
    if (tag === 'html' || tag === 'body') this.#attributes = new Map([...attributes, ...this.#attributes])
    if (tag === 'html' || tag === 'head' || tag === 'body') return
    if (CODE.has(tag) || (tag === 'title' && this.#title === '')) {
      this.#raw = tag
      return
    }
    this.#raw = ''
    const reopened = this.#endImplied(tag)
    if (VOID.has(tag)) this.#addVoid(tag, attributes)
    else this.#push(element(tag, attributes), reopened)
  }

  close(tag: string): void {
    this.#count()
    if (this.#raw !== '') {
      if (tag === this.#raw) this.#raw = ''
      return
    }
    if (tag === 'br') this.#add(element('br'))
    else if (this.#tooDeep > 0) this.#tooDeep--
    else this.#pop(this.#find(tag))
  }

  text(text: string): void {
    if (this.#raw === 'title') this.#title += text
    else if (this.#raw === '') this.#add(text)
  }

  finish(): Tree {
    annotate(this.#root)
    return { root: this.#root, title: this.#title.slice(0, 1000), attributes: this.#attributes, embedded: this.#embedded }
  }

  #count(): void {
    if (++this.#tags > MAX_TAGS) throw new NotConvertibleError('too-big')
  }

  #add(node: Node): void {
    const { children } = this.#top
    const last = children[children.length - 1]
    // Each entity comes alone: one text is kept one.
    if (typeof node === 'string' && typeof last === 'string') children[children.length - 1] = last + node
    else children.push(node)
  }

  get #top(): Element {
    return this.#stack[this.#stack.length - 1] ?? this.#root
  }

  #addVoid(tag: string, attributes: ReadonlyMap<string, string>): void {
    const isReplaced = tag === 'img' || tag === 'image' || tag === 'input'
    const node = isReplaced ? this.#replace(tag === 'image' ? 'img' : tag, attributes) : tag === 'br' || tag === 'hr' ? element(tag) : null
    if (node !== null) this.#add(node)
  }

  #push(one: Element, reopened: readonly string[]): void {
    for (const next of [one, ...reopened.map((tag) => element(tag))]) {
      if (this.#stack.length >= MAX_DEPTH) {
        this.#tooDeep++
        continue
      }
      this.#add(next)
      this.#stack.push(next)
      this.#open.set(next.tag, (this.#open.get(next.tag) ?? 0) + 1)
    }
  }

  #pop(to: number): void {
    if (to <= 0) return
    for (const { tag } of this.#stack.splice(to)) this.#open.set(tag, (this.#open.get(tag) ?? 1) - 1)
  }

  /** Ends what the start tag ends by itself; the formatting that must go on inside it. */
  #endImplied(tag: string): string[] {
    const rule = implied.get(tag)
    if (rule) this.#pop(this.#search(rule.ends, rule.within, TABLE_PARTS.has(tag)))
    if (HEADINGS.has(tag) && HEADINGS.has(this.#top.tag)) this.#pop(this.#stack.length - 1)
    if (!isBlock(tag)) return []
    const paragraph = this.#search(PARAGRAPH, LIST, false)
    if (paragraph < 0) return []
    const above = this.#stack.slice(paragraph + 1)
    this.#pop(paragraph)
    const goesOn = tag !== 'table' && tag !== 'dl' && !LIST.has(tag) && !VOID.has(tag)
    return goesOn ? [...new Set(above.map((open) => open.tag))].filter((open) => FORMATTING.has(open)) : []
  }

  /** The innermost open element of a name; -1 for none: nothing but a part of the table ends anything outside its cell. */
  #find(tag: string): number {
    if (!this.#open.get(tag)) return -1
    const ofTable = TABLE_PARTS.has(tag)
    for (let at = this.#stack.length - 1; at > 0; at--) {
      const open = this.#stack[at]?.tag ?? ''
      if (open === tag) return at
      if ((open === 'table' && tag !== 'table') || (!ofTable && tag !== 'table' && TABLE_PARTS.has(open))) return -1
    }
    return -1
  }

  /** The outermost open element of these, before any of the limits; -1 for none. */
  #search(tags: ReadonlySet<string>, within: ReadonlySet<string>, ofTable: boolean): number {
    let found = -1
    let left = 0
    for (const tag of tags) left += this.#open.get(tag) ?? 0
    for (let at = this.#stack.length - 1; at > 0 && left > 0; at--) {
      const tag = this.#stack[at]?.tag ?? ''
      if (tags.has(tag)) {
        found = at
        left--
      } else if (within.has(tag) || tag === 'table' || (!ofTable && TABLE_PARTS.has(tag))) return found
    }
    return found
  }
}

const SEEN = new Set(['hr', 'img'])

/** From the leaves up; the tree is never deeper than MAX_DEPTH. */
function annotate(parent: Element): void {
  for (const child of parent.children) {
    if (typeof child === 'string') {
      parent.content ||= /[^\s\u200b-\u200d\ufeff]/.test(child)
      continue
    }
    annotate(child)
    parent.block ||= child.block
    parent.content ||= child.content
    parent.table ||= child.table
  }
  // A cell that stands in no table becomes a division.
  if (isBlock(parent.tag) || TABLE_PARTS.has(parent.tag)) parent.block = true
  if (SEEN.has(parent.tag)) parent.content = true
  if (parent.tag === 'table') parent.table = true
}
