// The ZIP inside a DOCX (ECMA-376 part 2), read before any other library sees it: it is counted while it inflates, and only the parts
// that a copy is made of are kept.

import { type Entry, fromBuffer, type ZipFile } from 'yauzl'
import { NotConvertibleError } from '../copy.js'

export interface Parts {
  /** XML and relationships, as text. */
  readonly xml: ReadonlyMap<string, string>
  /** Everything else that is wanted: pictures, and chunks of other formats. */
  readonly binary: ReadonlyMap<string, Buffer>
  /** Names of all entries, also of those that were not read. */
  readonly names: readonly string[]
}

export interface PartLimits {
  readonly entries: number
  /** Bytes of all parts that are read, and of one part of XML. */
  readonly inflated: number
  readonly xml: number
}

export const PART_LIMITS: PartLimits = { entries: 2000, inflated: 100 * 1024 * 1024, xml: 30 * 1024 * 1024 }

/**
 * Throws NotConvertibleError: `too-big` past the limits, which are counted while it inflates; `protected` for entries with a
 * password; `damaged` for a broken ZIP, and for a document type in any XML (which no office program writes, and every bomb needs).
 */
export async function readParts(bytes: Buffer, limits: PartLimits = PART_LIMITS): Promise<Parts> {
  try {
    return await read(bytes, limits)
  } catch (error) {
    throw error instanceof NotConvertibleError ? error : new NotConvertibleError('damaged')
  }
}

async function read(bytes: Buffer, limits: PartLimits): Promise<Parts> {
  const zip = await open(bytes)
  const xml = new Map<string, string>()
  const binary = new Map<string, Buffer>()
  const names: string[] = []
  let left = limits.inflated
  for await (const entry of entries(zip)) {
    const name = entry.fileName.replace(/^\/+/, '')
    if (names.push(name) > limits.entries) throw new NotConvertibleError('too-big')
    const isXml = /\.(?:xml|rels)$/i.test(name)
    if (!isXml && !/^word\/(?:media\/|[^/]+\.(?:html?|xhtml)$)/i.test(name)) continue
    if (entry.isEncrypted()) throw new NotConvertibleError('protected')
    const content = await inflate(zip, entry, isXml ? Math.min(left, limits.xml) : left)
    left -= content.length
    if (isXml) xml.set(name, xmlText(content))
    else binary.set(name, content)
  }
  return { xml, binary, names }
}

function open(bytes: Buffer): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    fromBuffer(bytes, { lazyEntries: true, validateEntrySizes: true }, (error, zip) => (error ? reject(error) : resolve(zip)))
  })
}

async function* entries(zip: ZipFile): AsyncGenerator<Entry> {
  for (;;) {
    const entry = await new Promise<Entry | null>((resolve, reject) => {
      const settle = (then: () => void) => {
        zip.removeAllListeners()
        then()
      }
      zip.once('entry', (found: Entry) => settle(() => resolve(found)))
      zip.once('end', () => settle(() => resolve(null)))
      zip.once('error', (error: Error) => settle(() => reject(error)))
      zip.readEntry()
    })
    if (entry === null) return
    yield entry
  }
}

/** Stops as soon as there is more than `most`, whatever size the entry claims. */
async function inflate(zip: ZipFile, entry: Entry, most: number): Promise<Buffer> {
  const stream = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
    zip.openReadStream(entry, (error, opened) => (error ? reject(error) : resolve(opened)))
  })
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > most) throw new NotConvertibleError('too-big')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}

/** XML 1.0 4.3.3: UTF-8, or UTF-16 with its mark. */
function xmlText(bytes: Buffer): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8'
  const text = new TextDecoder(encoding).decode(bytes)
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw new NotConvertibleError('damaged')
  return text
}
