// FHIR as plain values: one resource, a bundle, or one resource a line (NDJSON), in JSON or XML. Nothing of it is believed: what should
// be a list may be one thing, a number may be text (as in XML), and everything may be missing. The getters below take all of that.

import { NotConvertibleError } from '../copy.js'
import { parseXml, type XmlElement } from '../xml.js'
import { decodeXml } from '../xml-encoding.js'

export type Json = unknown

export interface FhirInput {
  /** Bundle.type; null for anything but a bundle. */
  readonly bundleType: string | null
  readonly resources: readonly FhirResource[]
}

export interface FhirResource {
  /** '' for one of which not even that is known. */
  readonly type: string
  readonly fullUrl: string
  readonly json: Json
}

const MAX_BYTES = 64_000_000
const XHTML = 'http://www.w3.org/1999/xhtml'

/** Throws NotConvertibleError: `damaged` when it is no FHIR, `too-big` past the limits. */
export function readFhir(bytes: Buffer): FhirInput {
  if (bytes.length > MAX_BYTES) throw new NotConvertibleError('too-big')
  const start = bytes
    .subarray(0, 400)
    .toString('latin1')
    .replace(/[\0\xef\xbb\xbf\xff\xfe]/g, '')
    .trimStart()
  const roots = start.startsWith('<') ? [fromXml(parseXml(bytes))] : readJson(decodeXml(bytes))
  const [first] = roots
  if (roots.length === 0 || roots.some((root) => !/^[A-Z][A-Za-z]{1,60}$/.test(str(root, 'resourceType'))))
    throw new NotConvertibleError('damaged')
  const isBundle = roots.length === 1 && str(first, 'resourceType') === 'Bundle'
  return {
    bundleType: isBundle ? str(first, 'type') : null,
    resources: roots.flatMap((root) => (str(root, 'resourceType') === 'Bundle' ? entriesOf(root) : [resourceOf(root, '')])),
  }
}

function readJson(text: string): Json[] {
  try {
    return [JSON.parse(text) as Json]
  } catch {
    return readLines(text)
  }
}

function readLines(text: string): Json[] {
  try {
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => JSON.parse(line) as Json)
  } catch {
    throw new NotConvertibleError('damaged')
  }
}

/** Bundles inside bundles are read one level deep: the batches of a response. */
function entriesOf(bundle: Json, depth = 0): FhirResource[] {
  return all(bundle, 'entry').flatMap((entry) => {
    const resource = get(entry, 'resource')
    if (str(resource, 'resourceType') === 'Bundle' && depth === 0) return entriesOf(resource, 1)
    return isObject(resource) ? [resourceOf(resource, str(entry, 'fullUrl'))] : []
  })
}

function resourceOf(json: Json, fullUrl: string): FhirResource {
  return { type: str(json, 'resourceType'), fullUrl, json }
}

/** FHIR R4 2.6.1: an element per property, primitives in `value`; a resource within another is an element of its type's name. */
function fromXml(element: XmlElement): Json {
  return { resourceType: element.name, ...properties(element) }
}

function properties(element: XmlElement): Record<string, Json> {
  const found: Record<string, Json> = Object.create(null)
  for (const name of ['url', 'id']) {
    const value = element.attributes.get(name)
    if (value !== undefined) found[name] = value
  }
  for (const child of element.children) {
    if (typeof child === 'string') continue
    const value = propertyOf(child)
    const before = found[child.name]
    if (before === undefined) found[child.name] = value
    else if (Array.isArray(before)) before.push(value)
    else found[child.name] = [before, value]
  }
  return found
}

function propertyOf(element: XmlElement): Json {
  if (element.namespace === XHTML) return element
  const value = element.attributes.get('value')
  if (value !== undefined) return value
  const inner = element.children.find((child): child is XmlElement => typeof child !== 'string')
  if (inner && /^[A-Z]/.test(inner.name)) return fromXml(inner)
  return properties(element)
}

function isObject(value: Json): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What is at the end of a path, of lists the first; undefined when there is nothing. */
export function get(value: Json, ...path: readonly string[]): Json {
  let at = first(value)
  for (const name of path) at = isObject(at) && Object.hasOwn(at, name) ? first(at[name]) : undefined
  return at
}

function first(value: Json): Json {
  return Array.isArray(value) ? value[0] : value
}

/** All that is at the end of a path, lists on the way laid out one after the other. */
export function all(value: Json, ...path: readonly string[]): Json[] {
  let at = listOf(value)
  for (const name of path) at = at.flatMap((one) => (isObject(one) && Object.hasOwn(one, name) ? listOf(one[name]) : []))
  return at
}

function listOf(value: Json): Json[] {
  if (Array.isArray(value)) return value as Json[]
  return value === undefined || value === null ? [] : [value]
}

/** Text, a number or a truth at the end of a path, as text; '' for anything else. */
export function str(value: Json, ...path: readonly string[]): string {
  const found = get(value, ...path)
  if (typeof found === 'string') return found.trim()
  return typeof found === 'number' || typeof found === 'boolean' ? String(found) : ''
}

/** Every object in a value, outermost first, each once. Goes as deep as it gets, without recursion. */
export function* objectsIn(value: Json): Generator<Readonly<Record<string, Json>>> {
  const waiting: Json[] = [value]
  while (waiting.length > 0) {
    const next = waiting.pop()
    if (Array.isArray(next)) {
      for (let index = next.length - 1; index >= 0; index--) waiting.push(next[index])
    } else if (isObject(next)) {
      yield next
      const inside = Object.values(next)
      for (let index = inside.length - 1; index >= 0; index--) if (typeof inside[index] === 'object') waiting.push(inside[index])
    }
  }
}
