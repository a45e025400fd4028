// A JPEG (ITU-T T.81) as the picture of a PDF, its coded bytes untouched. Metadata stays out: where a photograph was taken is not for a
// copy to tell. Only what every reader of PDF decodes alike is copied.

import { NotConvertibleError } from '../copy.js'
import { type Component, type Frame, followScan } from './image-jpeg-scan.js'
import type { PdfImage } from './image-writer.js'
import { readFirstDirectory, TAG } from './tiff-directory.js'

export interface Jpeg {
  /** Pixels, as stored. */
  readonly width: number
  readonly height: number
  /** 1 to 8, of EXIF. */
  readonly orientation: number
  /** How much higher than wide its pixels are. */
  readonly stretch: number
  /** null: colours or a coding that readers of PDF take differently; it has to be decoded. */
  readonly image: PdfImage | null
}

/** T.81 table B.1, second bytes of markers. */
const [SOF0, SOF1, SOF2, DHT, JPG, DAC, SOI, EOI, SOS, DRI] = [0xc0, 0xc1, 0xc2, 0xc4, 0xc8, 0xcc, 0xd8, 0xd9, 0xda, 0xdd]
const [APP0, APP1, APP14, APP15, COM] = [0xe0, 0xe1, 0xee, 0xef, 0xfe]
const NO_FRAMES = new Set([DHT, JPG, DAC])
/** A progressive picture has a dozen scans and their tables. */
const MAX_SEGMENTS = 2000

/**
 * Reads the first picture in `bytes`; what follows its end (another picture, junk) is left out. Throws NotConvertibleError: `damaged` where
 * a part of it is missing, `too-big` by its declared size before any of it is followed.
 */
export function readJpeg(bytes: Buffer, maxPixels: number): Jpeg {
  const reader = new JpegReader(maxPixels)
  reader.read(bytes)
  return reader.result()
}

class JpegReader {
  readonly #maxPixels: number
  readonly #kept: Buffer[] = [Buffer.from([0xff, SOI])]
  readonly #tables = new Map<number, Buffer>()
  readonly #scanned = new Set<Component>()
  #frame: (Frame & { readonly kind: number; readonly precision: number }) | null = null
  #interval = 0
  #orientation = 1
  #stretch = 1
  /** Adobe's colour transform; null: the file doesn't say. */
  #transform: number | null = null
  #isEnded = false

  constructor(maxPixels: number) {
    this.#maxPixels = maxPixels
  }

  /** T.81 B.1.1: segments, each behind its marker; after a scan's header the coded data up to the next marker. */
  read(bytes: Buffer): void {
    if (bytes[0] !== 0xff || bytes[1] !== SOI) throw new NotConvertibleError('damaged')
    let at = 2
    for (let count = 0; at + 4 <= bytes.length && !this.#isWholeSequence; count++) {
      at = nextMarker(bytes, at) // past fill bytes, and what some cameras leave between segments
      const marker = bytes[at + 1] ?? 0
      if (marker < SOF0 || count > MAX_SEGMENTS) throw new NotConvertibleError('damaged')
      if (marker === EOI) break
      const length = at + 4 <= bytes.length ? bytes.readUInt16BE(at + 2) : 0
      const bodyEnd = at + 2 + length
      if (length < 2 || bodyEnd > bytes.length) throw new NotConvertibleError('damaged')
      const end = marker === SOS ? endOfScan(bytes, bodyEnd) : bodyEnd
      this.#take(marker, bytes.subarray(at + 4, bodyEnd), bytes.subarray(bodyEnd, end))
      if ((marker < APP0 || marker > APP15) && marker !== COM) this.#kept.push(bytes.subarray(at, end))
      at = end
    }
    this.#isEnded = bytes[at] === 0xff && bytes[at + 1] === EOI
  }

  /** Throws `damaged` unless all of the picture is there. */
  result(): Jpeg {
    const frame = this.#frame
    // What isn't followed block by block must at least end properly.
    if (!frame || !(this.#isWholeSequence || (this.#isEnded && frame.kind > SOF1))) throw new NotConvertibleError('damaged')
    const { width, height } = frame
    return { width, height, orientation: this.#orientation, stretch: this.#stretch, image: this.#image(frame) }
  }

  get #isWholeSequence(): boolean {
    return this.#frame !== null && this.#frame.kind <= SOF1 && this.#scanned.size === this.#frame.components.length
  }

  #take(marker: number, body: Buffer, data: Buffer): void {
    if (marker === APP0) this.#stretch = stretchOf(body) ?? this.#stretch
    else if (marker === APP1) this.#orientation = orientationOf(body) ?? this.#orientation
    else if (marker === APP14 && body.toString('latin1', 0, 5) === 'Adobe') this.#transform = body[11] ?? null
    else if (marker === DHT) this.#takeTables(body)
    else if (marker === DRI) this.#interval = body.length >= 2 ? body.readUInt16BE(0) : 0
    else if (marker === SOS) this.#takeScan(body, data)
    else if (marker <= 0xcf && !NO_FRAMES.has(marker)) this.#takeFrame(marker, body)
  }

  /** T.81 B.2.2. A height of 0, told later by a DNL marker, is not read by those who come after us either. */
  #takeFrame(kind: number, body: Buffer): void {
    const count = body[5] ?? 0
    if (this.#frame || body.length < 6 + count * 3 || count === 0 || count > 4) throw new NotConvertibleError('damaged')
    const [precision, height, width] = [body[0] ?? 0, body.readUInt16BE(1), body.readUInt16BE(3)]
    const components = Array.from({ length: count }, (_, index) => {
      const [id = 0, sampling = 0] = body.subarray(6 + index * 3)
      return { id, across: sampling >>> 4, down: sampling & 15 }
    })
    const isSampled = components.every(({ across, down }) => across >= 1 && across <= 4 && down >= 1 && down <= 4)
    if (width === 0 || height === 0 || !isSampled) throw new NotConvertibleError('damaged')
    if (width * height > this.#maxPixels) throw new NotConvertibleError('too-big')
    this.#frame = { kind, precision, width, height, components }
  }

  #takeTables(body: Buffer): void {
    for (let at = 0; at < body.length; ) {
      const size = body.subarray(at + 1, at + 17).reduce((sum, count) => sum + count, 16)
      this.#tables.set(body[at] ?? 0, body.subarray(at + 1, at + 1 + size))
      at += 1 + size
    }
  }

  #takeScan(header: Buffer, data: Buffer): void {
    if (!this.#frame) throw new NotConvertibleError('damaged')
    if (this.#frame.kind > SOF1) return
    const members = followScan(this.#frame, this.#tables, this.#interval, header, data)
    if (!members || members.some((member) => this.#scanned.has(member))) throw new NotConvertibleError('damaged')
    for (const member of members) this.#scanned.add(member)
  }

  /** Baseline and progressive, grey or YCbCr: what ISO 32000-1 7.4.8 takes for granted. */
  #image({ kind, precision, width, height, components }: Frame & { kind: number; precision: number }): PdfImage | null {
    const isRgb = this.#transform === 0 || components.map(({ id }) => String.fromCharCode(id)).join('') === 'RGB'
    const isCopied = kind <= SOF2 && precision === 8 && (components.length === 1 || (components.length === 3 && !isRgb))
    if (!isCopied) return null
    const data = Buffer.concat([...this.#kept, Buffer.from([0xff, EOI])])
    const colours = components.length === 1 ? 'DeviceGray' : 'DeviceRGB'
    return { width, height, bits: 8, colours, filter: 'DCTDecode', parameters: '', isInverted: false, data }
  }
}

function nextMarker(bytes: Buffer, start: number): number {
  let at = bytes.indexOf(0xff, start)
  while (at >= 0 && bytes[at + 1] === 0xff) at++
  return at < 0 ? bytes.length : at
}

/** Where the next marker is that is neither a restart nor a stuffed FF. */
function endOfScan(bytes: Buffer, start: number): number {
  for (let at = bytes.indexOf(0xff, start); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1] ?? 0
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at
  }
  return bytes.length
}

/** EXIF 2.3 4.6.4: a TIFF file within the segment. null: it says nothing that can be read. */
function orientationOf(body: Buffer): number | null {
  if (body.toString('latin1', 0, 6) !== 'Exif\0\0') return null
  try {
    const orientation = readFirstDirectory(body.subarray(6)).number(TAG.orientation, 1)
    return Number.isInteger(orientation) && orientation >= 1 && orientation <= 8 ? orientation : null
  } catch {
    return null
  }
}

/** JFIF 1.02: densities across and down. Only what can be a fax's rows is believed: slightly uneven numbers are mistakes. */
function stretchOf(body: Buffer): number | null {
  if (body.toString('latin1', 0, 5) !== 'JFIF\0' || body.length < 12) return null
  return believedStretch(body.readUInt16BE(8), body.readUInt16BE(10))
}

/** How much higher than wide pixels are, of so many to the inch or metre across and down; null where that is no fax's. */
export function believedStretch(across: number, down: number): number | null {
  const stretch = across / down
  return stretch > 1.5 && stretch < 2.5 ? stretch : null
}
