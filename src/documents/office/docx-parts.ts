// The ZIP inside a DOCX (ECMA-376 part 2), read before any other library sees it: it is counted while it inflates, and only the parts
// that a copy is made of are kept.

import yauzl from 'yauzl'
import { NotConvertibleError } from '../copy.js'

export interface Parts {
  /** XML and relationships, as text. */
  readonly xml: ReadonlyMap<string, string>
  /** Everything else that is wanted: pictures, and chunks of other formats. */
  readonly binary: ReadonlyMap<string, Buffer>
  /** Names of all entries, also of those that were not read. */
  readonly names: readonly string[]
}

const MAX_ENTRIES = 2000
const MAX_INFLATED = 100 * 1024 * 1024
const MAX_XML = 30 * 1024 * 1024

/**
 * Throws NotConvertibleError: `too-big` past 2000 entries, 100 MB in all or 30 MB of XML in one part; `protected` for entries with a
 * password; `damaged` for a broken ZIP, and for a document type in any XML (which no office program writes, and every bomb needs).
 */
export async function readParts(bytes: Buffer): Promise<Parts> {
  try {
    return await read(bytes)
  } catch (error) {
    throw error instanceof NotConvertibleError ? error : new NotConvertibleError('damaged')
  }
}

async function read(bytes: Buffer): Promise<Parts> {
  const zip = await yauzl.fromBufferPromise(bytes, { lazyEntries: true, validateEntrySizes: true })
  const xml = new Map<string, string>()
  const binary = new Map<string, Buffer>()
  const names: string[] = []
  let left = MAX_INFLATED
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileName.replace(/^\/+/, '')
    if (names.push(name) > MAX_ENTRIES) throw new NotConvertibleError('too-big')
    const isXml = /\.(?:xml|rels)$/i.test(name)
    if (!isXml && !/^word\/(?:media\/|[^/]+\.(?:html?|xhtml)$)/i.test(name)) continue
    if (entry.isEncrypted()) throw new NotConvertibleError('protected')
    const content = await inflate(zip, entry, isXml ? Math.min(left, MAX_XML) : left)
    left -= content.length
    if (isXml) xml.set(name, xmlText(content))
    else binary.set(name, content)
  }
  return { xml, binary, names }
}

/** Stops as soon as there is more than `most`, whatever size the entry claims. */
async function inflate(zip: yauzl.ZipFile, entry: yauzl.Entry, most: number): Promise<Buffer> {
  const stream = await zip.openReadStreamPromise(entry)
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
