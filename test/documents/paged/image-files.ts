// Pictures made byte by byte, for what no library writes.

import { crc32 } from 'node:zlib'

/** A PNG with this header and data, whatever they are. */
export function pngFile(
  { width, height, bits, kind }: { width: number; height: number; bits: number; kind: number },
  data: Buffer,
): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.writeUInt8(bits, 8)
  header.writeUInt8(kind, 9)
  const chunk = (type: string, content: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), content])
    const frame = Buffer.alloc(8)
    frame.writeUInt32BE(content.length, 0)
    frame.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
  }
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))])
}

export type BmpForm = '1' | '4' | '8' | '16' | '24' | '32' | 'rle4' | 'rle8' | 'top-down' | 'core' | 'fields'

const [W, H] = [9, 5]
/** Red at the top, white elsewhere: where the first row is shows. */
const isRed = (y: number) => y === 0

/** A picture of 9 x 5 pixels, its top row red and the rest white; `width` and `height` only change what the header says. */
export function bmpFile(form: BmpForm, width = W, height = H): Buffer {
  const isCore = form === 'core'
  const bits = { rle4: 4, rle8: 8, 'top-down': 24, core: 24, fields: 32 }[form as string] ?? Number(form)
  const compression = { rle8: 1, rle4: 2, fields: 3 }[form as string] ?? 0
  const info = Buffer.alloc(isCore ? 12 : 40)
  info.writeUInt32LE(info.length, 0)
  if (isCore) {
    info.writeUInt16LE(width, 4)
    info.writeUInt16LE(height, 6)
    info.writeUInt16LE(1, 8)
    info.writeUInt16LE(bits, 10)
  } else {
    info.writeInt32LE(width, 4)
    info.writeInt32LE(form === 'top-down' ? -height : height, 8)
    info.writeUInt16LE(1, 12)
    info.writeUInt16LE(bits, 14)
    info.writeUInt32LE(compression, 16)
  }
  const palette = bits <= 8 ? Buffer.from('ffffff000000ff00', 'hex') : Buffer.alloc(0)
  const masks = form === 'fields' ? Buffer.from('000000ff0000ff0000ff0000', 'hex') : Buffer.alloc(0)
  const rows = Array.from({ length: H }, (_, row) => (form === 'top-down' ? row : H - 1 - row))
  const pixels =
    compression === 1 || compression === 2 ? runs(rows, compression === 2) : Buffer.concat(rows.map((y) => plainRow(y, bits, form)))
  const head = Buffer.alloc(14)
  head.write('BM')
  const start = 14 + info.length + masks.length + palette.length
  head.writeUInt32LE(start + pixels.length, 2)
  head.writeUInt32LE(start, 10)
  return Buffer.concat([head, info, masks, palette, pixels])
}

function plainRow(y: number, bits: number, form: BmpForm): Buffer {
  const row = Buffer.alloc(Math.ceil((W * bits) / 32) * 4)
  for (let x = 0; x < W; x++) {
    if (bits === 16) row.writeUInt16LE(isRed(y) ? 0x7c00 : 0x7fff, x * 2)
    else if (form === 'fields') row.writeUInt32LE(isRed(y) ? 0xff000000 : 0xffffff00, x * 4)
    else if (bits >= 24) row.write(isRed(y) ? '0000ff' : 'ffffff', (x * bits) / 8, 'hex')
    else if (isRed(y)) {
      const at = (x * bits) >> 3
      row[at] = (row[at] ?? 0) | (1 << (8 - bits - ((x * bits) & 7)))
    }
  }
  return row
}

/** A run, a literal stretch of five, an end of line; and the end of all. */
function runs(rows: readonly number[], isNibbles: boolean): Buffer {
  const lines = rows.map((y) => {
    const index = isRed(y) ? (isNibbles ? 0x11 : 1) : 0
    const literal = isNibbles ? [0, 5, index, index, index, 0] : [0, 5, index, index, index, index, index, 0]
    return Buffer.from([4, index, ...literal, 0, 0])
  })
  return Buffer.concat([...lines, Buffer.from([0, 1])])
}
