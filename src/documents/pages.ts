// How many pages a document has, for the receipt. A hint, so it is cheap and doubts itself: whatever is damaged, hidden or over a limit
// gives null. TIFF by its chain of directories, PDF by the page tree's own count.

import { countPdfPages } from './pdf-pages.js'

/** Faxes have a few pages; a file that says more is damaged or hostile. */
const MAX_TIFF_PAGES = 2000

const single = new Set([
  'image/jpeg',
  'image/png',
  'image/gif',
  'image/webp',
  'image/bmp',
  'image/heic',
  'image/heif',
  'image/avif',
  'image/jp2',
])

/** Pages of a document of that type (as sniffed); null when they can't be told cheaply. Never throws, never holds the loop up. */
export async function countPages(bytes: Buffer, mediaType: string): Promise<number | null> {
  try {
    if (single.has(mediaType)) return 1
    if (mediaType === 'image/tiff') return countTiffPages(bytes)
    return mediaType === 'application/pdf' ? await countPdfPages(bytes) : null
  } catch {
    return null // a range or an inflate error: the file points outside itself
  }
}

/** TIFF 6.0 section 2: directories chained by offsets. A chain that loops, leaves the file or has no end gives null. */
function countTiffPages(bytes: Buffer): number | null {
  const little = bytes.toString('latin1', 0, 2) === 'II'
  const short = (at: number) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at))
  const long = (at: number) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at))
  if (short(2) !== 42) return null // BigTIFF
  const seen = new Set<number>()
  let pages = 0
  for (let at = long(4); at !== 0; ) {
    if (seen.has(at) || seen.size >= MAX_TIFF_PAGES) return null
    seen.add(at)
    const entries = short(at)
    if (!isReduced(bytes, at + 2, entries, short, long)) pages++
    at = long(at + 2 + entries * 12)
  }
  return pages === 0 ? null : pages
}

/** NewSubfileType [254] bit 0: a thumbnail of another page, no page itself. Entries are sorted, so it comes first or not at all. */
function isReduced(bytes: Buffer, first: number, entries: number, short: (at: number) => number, long: (at: number) => number): boolean {
  if (entries === 0 || first + 12 > bytes.length || short(first) !== 254) return false
  return (long(first + 8) & 1) === 1
}
