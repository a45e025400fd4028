// XML as a small tree, for the formats of health records that are XML. Nothing is fetched or expanded: a document type is refused
// (XXE, "billion laughs"), and only the five entities of XML 1.0 4.6 exist. Depth and size are limited, so that readers may recurse.

import { SaxesParser } from 'saxes'
import { NotConvertibleError } from './copy.js'
import { decodeXml } from './xml-encoding.js'

export interface XmlElement {
  /** Without prefix. */
  readonly name: string
  /** The prefix's or the default namespace; null where none is declared, as in fragments. */
  readonly namespace: string | null
  /** By name without prefix (`xsi:type` is `type`), unless the element has the same one without prefix, too. No declarations of namespaces. */
  readonly attributes: ReadonlyMap<string, string>
  /** Elements, and text as it stands, CDATA included, never two texts in a row. */
  readonly children: ReadonlyArray<XmlElement | string>
}

export interface XmlLimits {
  readonly maxBytes: number
  readonly maxDepth: number
  /** Elements, attributes and texts. */
  readonly maxNodes: number
}

/** A C-CDA of a whole life has some 100,000 nodes, thirty deep; most of 64 MB is one picture in base64. */
export const XML_LIMITS: XmlLimits = { maxBytes: 64_000_000, maxDepth: 200, maxNodes: 1_000_000 }

interface Scope {
  readonly declared: ReadonlyMap<string, string>
  readonly outer: Scope | null
}

interface Building {
  readonly element: XmlElement
  readonly children: Array<XmlElement | string>
  readonly scope: Scope | null
}

const NOTHING: ReadonlyMap<string, string> = new Map()

/**
 * The root element. Prefixes that nobody declared are no error: they are cut off all the same.
 * Throws NotConvertibleError: `too-big` past a limit, `damaged` for what is not well-formed, or has a document type.
 */
export function parseXml(bytes: Buffer, limits: XmlLimits = XML_LIMITS): XmlElement {
  if (bytes.length > limits.maxBytes) throw new NotConvertibleError('too-big')
  return parseXmlText(decodeXml(bytes), limits)
}

/** The same for text that is decoded already, such as the narrative of a FHIR resource. */
export function parseXmlText(text: string, limits: XmlLimits = XML_LIMITS): XmlElement {
  const builder = new Builder(limits)
  try {
    builder.read(text)
  } catch (error) {
    // The parser's own messages quote the document.
    throw error instanceof NotConvertibleError ? error : new NotConvertibleError('damaged')
  }
  if (builder.root === null) throw new NotConvertibleError('damaged')
  return builder.root
}

class Builder {
  root: XmlElement | null = null
  readonly #limits: XmlLimits
  readonly #open: Building[] = []
  #nodes = 0

  constructor(limits: XmlLimits) {
    this.#limits = limits
  }

  read(text: string): void {
    const parser = new SaxesParser({ xmlns: false, position: false })
    parser.on('doctype', () => {
      throw new NotConvertibleError('damaged')
    })
    // Before its attributes are read: an element too deep costs nothing more.
    parser.on('opentagstart', () => {
      if (this.#open.length >= this.#limits.maxDepth) throw new NotConvertibleError('too-big')
    })
    parser.on('attribute', () => this.#count())
    parser.on('opentag', ({ name, attributes }) => this.#begin(name, attributes))
    parser.on('closetag', () => this.#open.pop())
    parser.on('text', (piece) => this.#text(piece))
    parser.on('cdata', (piece) => this.#text(piece))
    parser.write(text).close()
  }

  #begin(name: string, raw: Readonly<Record<string, string>>): void {
    this.#count()
    const above = this.#open.at(-1)
    const { declared, attributes } = sortAttributes(raw)
    const scope = declared === null ? (above?.scope ?? null) : { declared, outer: above?.scope ?? null }
    const [prefix, local] = splitName(name)
    const children: Array<XmlElement | string> = []
    const element = { name: local, namespace: resolve(scope, prefix), attributes, children }
    if (above) above.children.push(element)
    else this.root = element
    this.#open.push({ element, children, scope })
  }

  #text(piece: string): void {
    const children = this.#open.at(-1)?.children
    if (!children || piece === '') return
    const last = children.at(-1)
    if (typeof last === 'string') children[children.length - 1] = last + piece
    else {
      this.#count()
      children.push(piece)
    }
  }

  #count(): void {
    if (++this.#nodes > this.#limits.maxNodes) throw new NotConvertibleError('too-big')
  }
}

function sortAttributes(raw: Readonly<Record<string, string>>): {
  readonly declared: ReadonlyMap<string, string> | null
  readonly attributes: ReadonlyMap<string, string>
} {
  let declared: Map<string, string> | null = null
  let attributes: Map<string, string> | null = null
  for (const name in raw) {
    const value = raw[name] ?? ''
    if (name === 'xmlns' || name.startsWith('xmlns:')) {
      declared ??= new Map()
      declared.set(name.slice(6), value)
      continue
    }
    const [prefix, local] = splitName(name)
    attributes ??= new Map()
    if (prefix === '' || raw[local] === undefined) attributes.set(local, value)
  }
  return { declared, attributes: attributes ?? NOTHING }
}

function splitName(name: string): [prefix: string, local: string] {
  const colon = name.indexOf(':')
  return colon < 0 ? ['', name] : [name.slice(0, colon), name.slice(colon + 1)]
}

/** Namespaces in XML 1.0, 6: the innermost declaration counts; '' takes one back. As many steps as the tree is deep, at most. */
function resolve(scope: Scope | null, prefix: string): string | null {
  for (let at = scope; at !== null; at = at.outer) {
    const uri = at.declared.get(prefix)
    if (uri !== undefined) return uri === '' ? null : uri
  }
  return null
}

/** The children that are elements, of one name if it is given. */
export function elements(parent: XmlElement | undefined, name?: string): XmlElement[] {
  const found: XmlElement[] = []
  for (const child of parent?.children ?? [])
    if (typeof child !== 'string' && (name === undefined || child.name === name)) found.push(child)
  return found
}

/** The first element along a path of names below `parent`: `find(role, 'patient', 'name')`. */
export function find(parent: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  let at = parent
  for (const name of path) at = at?.children.find((child): child is XmlElement => typeof child !== 'string' && child.name === name)
  return at
}

/** All text in it, as it stands; soon after `limit` characters it stops, for those who need a beginning only. '' for nothing. */
export function textOf(element: XmlElement | undefined, limit = Number.POSITIVE_INFINITY): string {
  const pieces: string[] = []
  let length = 0
  const waiting: Array<XmlElement | string> = element ? [element] : []
  for (let next = waiting.pop(); next !== undefined && length < limit; next = waiting.pop()) {
    if (typeof next === 'string') {
      pieces.push(next.length > limit ? next.slice(0, limit) : next)
      length += next.length
    } else for (let index = next.children.length - 1; index >= 0; index--) waiting.push(next.children[index] ?? '')
  }
  return pieces.join('')
}

/** The element and all below it, in the order of the document. */
export function* walk(element: XmlElement): Generator<XmlElement> {
  const waiting = [element]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    yield next
    for (let index = next.children.length - 1; index >= 0; index--) {
      const child = next.children[index]
      if (child !== undefined && typeof child !== 'string') waiting.push(child)
    }
  }
}
