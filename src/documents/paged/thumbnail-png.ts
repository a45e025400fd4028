// Small pictures as PNG (RFC 2083), without a library: pixels averaged down, grey where they are grey.

import { crc32, deflateSync } from 'node:zlib'

/** Bytes in rows without gaps. */
export interface Pixels {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** A channel that strays no further from another is the smoothing of letters, no colour. */
const GREY_TOLERANCE = 24
const [GREY, RGB] = [0, 2]
/** Each row as the differences to the one above (6.4): text on white shrinks best so. */
const FILTER_UP = 2

/** RGBA to RGB, each pixel the mean of a square of `factor` pixels: what is thin gets grey, and nothing gets lost between samples. */
export function shrink({ width, height, data }: Pixels, factor: number): Pixels {
  const [columns, rows] = [Math.floor(width / factor), Math.floor(height / factor)]
  const out = new Uint8Array(columns * rows * 3)
  const area = factor * factor
  for (let row = 0, to = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let [red, green, blue] = [0, 0, 0]
      for (let line = 0; line < factor; line++) {
        let at = ((row * factor + line) * width + column * factor) * 4
        for (let step = 0; step < factor; step++, at += 4) {
          red += data[at] as number
          green += data[at + 1] as number
          blue += data[at + 2] as number
        }
      }
      out[to++] = red / area
      out[to++] = green / area
      out[to++] = blue / area
    }
  }
  return { width: columns, height: rows, data: out }
}

/** A PNG of RGB pixels. */
export function encodePng(pixels: Pixels): Buffer {
  const grey = greyOf(pixels)
  const { width, height } = pixels
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  header[9] = grey ? GREY : RGB
  const rows = filterRows(grey ?? pixels.data, grey ? width : width * 3, height)
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))])
}

/** A byte a pixel; null: there is colour in it. */
function greyOf({ data }: Pixels): Uint8Array | null {
  const grey = new Uint8Array(data.length / 3)
  for (let pixel = 0, at = 0; pixel < grey.length; pixel++, at += 3) {
    const [red, green, blue] = [data[at] as number, data[at + 1] as number, data[at + 2] as number]
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > GREY_TOLERANCE) return null
    grey[pixel] = (red + green + blue) / 3
  }
  return grey
}

function filterRows(data: Uint8Array, stride: number, rows: number): Uint8Array {
  const out = new Uint8Array((stride + 1) * rows)
  for (let row = 0, to = 0; row < rows; row++) {
    out[to++] = FILTER_UP
    for (let at = row * stride; at < (row + 1) * stride; at++) out[to++] = (data[at] as number) - (data[at - stride] ?? 0)
  }
  return out
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}
