// The titles in an XDM package (IHE ITI TF-2 3.32): beside the documents of each submission lies METADATA.XML, ebRIM 3.0, which says
// what each document is. That is help for a reader and no more: where it can't be read, the files are given without titles.

import { createHash } from 'node:crypto'
import { type SaxesAttributePlain, SaxesParser, type SaxesTagPlain } from 'saxes'
import { normaliseMediaType } from '../media-type.js'
import type { InnerFile } from './inner-file.js'

const METADATA = /(?:^|\/)IHE_XDM\/.*METADATA\.XML$/i // some archivers lose the separator before it
const MAX_METADATA_BYTES = 10_000_000
const MAX_DEPTH = 64
const MAX_TEXT = 4096
const CHUNK = 1 << 16

/** What METADATA.XML says of one document (a DocumentEntry). */
interface DocumentEntry {
  title: string | null
  mediaType: string
  uri: string
  /** Hex SHA-1; '' when not said. */
  hash: string
}

/** The same files, in the same order; those a METADATA.XML beside them speaks of with its title and media type. */
export function withTitles(files: readonly InnerFile[]): InnerFile[] {
  const found = new Map<InnerFile, DocumentEntry>()
  const byName = new Map(files.map((file) => [key(file.name ?? ''), file]))
  for (const metadata of files.filter(({ name }) => METADATA.test(name ?? ''))) {
    const folder = (metadata.name ?? '').slice(0, -'METADATA.XML'.length)
    const entries = readMetadata(metadata.bytes)
    if (entries.length === 0) continue
    const byHash = new Map(files.filter(({ name }) => name?.startsWith(folder)).map((file) => [sha1(file.bytes), file]))
    for (const entry of entries) {
      const file = byName.get(key(folder + entry.uri)) ?? byName.get(key(folder + unescapeUri(entry.uri))) ?? byHash.get(entry.hash)
      if (file && file !== metadata) found.set(file, entry)
    }
  }
  return files.map((file) => {
    const entry = found.get(file)
    return entry ? { ...file, title: entry.title, mediaType: entry.mediaType } : file
  })
}

/** Names are compared as people write them: METADATA.XML is often made on a system that ignores case. */
function key(name: string): string {
  return name.toLowerCase()
}

function unescapeUri(uri: string): string {
  try {
    return decodeURIComponent(uri)
  } catch {
    return uri
  }
}

function sha1(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('hex')
}

/** [] for what is no METADATA.XML we read: broken, too long, or with a DOCTYPE, which can only be meant to do harm. */
function readMetadata(bytes: Buffer): DocumentEntry[] {
  const reader = new MetadataReader()
  try {
    if (bytes.length > MAX_METADATA_BYTES) return []
    const text = decodeXml(bytes)
    for (let at = 0; at < text.length; at += CHUNK) reader.parser.write(text.slice(at, at + CHUNK))
    reader.parser.close()
    return reader.entries
  } catch {
    return []
  }
}

/** XML 1.0 appendix F: the byte order mark, else what the declaration says, else UTF-8. */
function decodeXml(bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString('hex')
  const said = /^<\?xml[^>]{0,200}\sencoding\s*=\s*["']([\w.-]{1,40})["']/.exec(bytes.toString('latin1', 0, 300))?.[1]
  const label = mark === 'fffe' ? 'utf-16le' : mark === 'feff' ? 'utf-16be' : (said ?? 'utf-8')
  return new TextDecoder(label, { fatal: true }).decode(bytes)
}

/** Collects the DocumentEntries: ExtrinsicObject elements with a Name, and Slots with Values. Prefixes differ, so they don't count. */
class MetadataReader {
  readonly parser = new SaxesParser({ xmlns: false })
  readonly entries: DocumentEntry[] = []
  readonly #path: string[] = []
  #entry: DocumentEntry | null = null
  #slot = ''
  #text = ''

  constructor() {
    const refuse = () => {
      throw new Error('metadata: not readable')
    }
    this.parser.on('doctype', refuse)
    this.parser.on('error', refuse)
    this.parser.on('opentag', (tag) => this.#open(tag, refuse))
    this.parser.on('text', (text) => {
      if (this.#text.length < MAX_TEXT) this.#text += text.slice(0, MAX_TEXT)
    })
    this.parser.on('closetag', () => this.#close())
  }

  #open(tag: SaxesTagPlain, refuse: () => never): void {
    const name = tag.name.slice(tag.name.indexOf(':') + 1)
    this.#path.push(name)
    if (this.#path.length > MAX_DEPTH) refuse()
    this.#text = ''
    if (name === 'ExtrinsicObject') {
      this.#entry = { title: null, mediaType: normaliseMediaType(attribute(tag.attributes, 'mimeType')), uri: '', hash: '' }
      this.entries.push(this.#entry)
    } else if (name === 'Slot') this.#slot = attribute(tag.attributes, 'name')
    else if (name === 'LocalizedString' && this.#entry && this.#path.slice(-3, -1).join('/') === 'ExtrinsicObject/Name') {
      this.#entry.title ??= attribute(tag.attributes, 'value').slice(0, MAX_TEXT).trim() || null
    }
  }

  #close(): void {
    const name = this.#path.pop()
    if (name === 'ExtrinsicObject') this.#entry = null
    else if (name === 'Value' && this.#entry) this.#value(this.#entry, this.#text.trim())
  }

  #value(entry: DocumentEntry, value: string): void {
    // ITI TF-3: a long URI comes in numbered pieces, `1|http`, `2|://…`.
    if (this.#slot === 'URI' && entry.uri.length < MAX_TEXT) entry.uri += value.replace(/^\d+\|/, '')
    else if (this.#slot === 'hash') entry.hash = value.toLowerCase()
  }
}

function attribute(attributes: Readonly<Record<string, string | SaxesAttributePlain>>, name: string): string {
  const value = attributes[name]
  return typeof value === 'string' ? value : ''
}
