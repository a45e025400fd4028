// Opens a ZIP (APPNOTE.TXT): stored and deflated entries, ZIP64, names in any of the spellings in use. No size is believed: what comes
// out is counted while it comes. Entries that share bytes are refused (a few kilobytes can hold petabytes that way), and so is whatever
// doesn't match its checksum: a file is never short or changed without a word. Links and paths are only names here.

import { isUtf8 } from 'node:buffer'
import { promisify } from 'node:util'
import { crc32, inflateRaw } from 'node:zlib'
import yauzl from 'yauzl'
import { Budget, type InnerFile, StopUnpacking, type UnpackLimits, wayOf } from './inner-file.js'
import { withTitles } from './xdm.js'
import { readZipDirectory } from './zip-directory.js'

const inflate = promisify(inflateRaw)

const STORED = 0
const DEFLATED = 8
const UTF8_FLAG = 0x800
/** Folders have entries, too: a ZIP may have more entries than files, within reason. */
const ENTRIES_PER_FILE = 10

/** An entry and where its data lies. */
interface Place {
  readonly entry: yauzl.Entry
  readonly name: string
  readonly headerStart: number
  readonly start: number
  readonly end: number
}

/** All files of a ZIP, in the order of its directory; [] when it holds none. Throws StopUnpacking, or whatever yauzl and zlib throw. */
export async function unzip(bytes: Buffer, limits: UnpackLimits): Promise<InnerFile[]> {
  const directory = readZipDirectory(bytes)
  if (directory.isProtected) throw new StopUnpacking('protected')
  if (directory.entries > limits.maxFiles * ENTRIES_PER_FILE) throw new StopUnpacking('too-many')
  const archive = bytes.subarray(0, directory.archiveEnd)
  const places = await locateEntries(archive, directory.entries)
  refuseOverlaps(places, directory.start)
  const budget = new Budget(limits)
  const files: InnerFile[] = []
  for (const place of places) {
    if (isFolder(place)) continue
    const content = await inflateEntry(archive, place, budget)
    if (isLeftBySystem(place.name, content)) continue
    const way = wayOf('zip', place.name)
    files.push({ name: place.name, mediaType: 'application/octet-stream', bytes: content, way, role: 'attachment', title: null })
  }
  return withTitles(files)
}

async function locateEntries(archive: Buffer, count: number): Promise<Place[]> {
  // decodeStrings: yauzl would refuse a whole ZIP for one name with `..` in it; names are no paths here.
  const file = await yauzl.fromBufferPromise(archive, { lazyEntries: true, decodeStrings: false, validateEntrySizes: false })
  if (file.entryCount !== count) throw new StopUnpacking('damaged')
  const places: Place[] = []
  for await (const entry of file.eachEntry()) {
    if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) throw new StopUnpacking('damaged')
    const { fileDataStart: start } = await file.readLocalFileHeaderPromise(entry, { minimal: true })
    places.push({ entry, name: nameOf(entry), headerStart: entry.relativeOffsetOfLocalHeader, start, end: start + entry.compressedSize })
  }
  return places
}

/** By the Unicode path field, the flag, or else code page 437, which ZIP began with (APPNOTE.TXT appendix D). */
function nameOf(entry: yauzl.Entry): string {
  const raw = entry.fileNameRaw
  // The archiver of macOS writes UTF-8 and doesn't flag it. Text of code page 437 is next to never valid UTF-8.
  const flags = isUtf8(raw) ? entry.generalPurposeBitFlag | UTF8_FLAG : entry.generalPurposeBitFlag
  return yauzl.getFileNameLowLevel(flags, raw, entry.extraFields, false)
}

/** Every entry has bytes of its own, before the directory. */
function refuseOverlaps(places: readonly Place[], directoryStart: number): void {
  let free = 0
  for (const { headerStart, end } of [...places].sort((one, other) => one.headerStart - other.headerStart)) {
    if (headerStart < free || end > directoryStart) throw new StopUnpacking('damaged')
    free = end
  }
}

function isFolder({ entry, name }: Place): boolean {
  return name.endsWith('/') && entry.uncompressedSize === 0
}

/** As many bytes as were declared, with their checksum, or nothing. */
async function inflateEntry(archive: Buffer, { entry, start, end }: Place, budget: Budget): Promise<Buffer> {
  budget.take(entry.uncompressedSize)
  const packed = archive.subarray(start, end)
  // Deflate may hold more than was declared: zlib stops there, and throws.
  const content =
    entry.compressionMethod === STORED ? packed : await inflate(packed, { maxOutputLength: Math.max(1, entry.uncompressedSize) })
  if (content.length !== entry.uncompressedSize || crc32(content) !== entry.crc32) throw new StopUnpacking('damaged')
  return content
}

/** What the sender's system put in unasked and no person ever sees. Told by name and content: a document isn't lost by its name. */
function isLeftBySystem(name: string, content: Buffer): boolean {
  const own = name.slice(name.lastIndexOf('/') + 1)
  const begins = (hex: string) => content.subarray(0, hex.length / 2).equals(Buffer.from(hex, 'hex'))
  if (own.startsWith('._') && /(^|\/)__MACOSX\//.test(name)) return begins('00051607') // AppleDouble (RFC 1740): icons and colours
  if (own === '.DS_Store') return begins('0000000142756431')
  return own.toLowerCase() === 'thumbs.db' && begins('d0cf11e0a1b11ae1')
}
