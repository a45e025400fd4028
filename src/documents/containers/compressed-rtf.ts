// The rich text of Outlook's messages ([MS-OXRTFCP]): an LZ77 of its own, whose window begins filled with words that RTF is made of.

import { crc32 } from 'node:zlib'
import { ByteCursor } from './byte-cursor.js'
import { StopUnpacking } from './inner-file.js'

const COMPRESSED = 0x75465a4c // 'LZFu'
const UNCOMPRESSED = 0x414c454d // 'MELA'
const WINDOW = 4096
/** [MS-OXRTFCP] 2.1.2.1. */
const DICTIONARY = Buffer.from(
  '{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx',
  'latin1',
)
/** Two bytes of a reference give at most 17, and a byte of flags stands before eight of them. */
const MAX_RATIO = 8

/** The RTF. Throws StopUnpacking when it is broken or would be longer than `maxBytes`. */
export function decompressRtf(bytes: Buffer, maxBytes: number): Buffer {
  const cursor = new ByteCursor(bytes)
  const packedSize = cursor.u32() - 12
  const rawSize = cursor.u32()
  const kind = cursor.u32()
  const checksum = cursor.u32()
  if (rawSize > maxBytes) throw new StopUnpacking('too-big')
  if (packedSize < 0) throw new StopUnpacking('damaged')
  const packed = cursor.take(packedSize)
  if (kind === UNCOMPRESSED) return new ByteCursor(packed).take(rawSize)
  if (kind !== COMPRESSED || rawSize > packed.length * MAX_RATIO + WINDOW) throw new StopUnpacking('damaged')
  if (rtfChecksum(packed) !== checksum) throw new StopUnpacking('damaged')
  return inflate(packed, rawSize)
}

/** The CRC-32 everybody has, without the inversions at its begin and end. */
export function rtfChecksum(packed: Buffer): number {
  return ~crc32(packed, 0xffffffff) >>> 0
}

function inflate(packed: Buffer, rawSize: number): Buffer {
  const cursor = new ByteCursor(packed)
  const window = Buffer.alloc(WINDOW)
  DICTIONARY.copy(window)
  let writeAt = DICTIONARY.length
  const output = Buffer.alloc(rawSize)
  let length = 0
  const put = (byte: number) => {
    if (length < rawSize) output[length++] = byte
    window[writeAt] = byte
    writeAt = (writeAt + 1) % WINDOW
  }
  for (;;) {
    const flags = cursor.u8()
    for (let bit = 0; bit < 8; bit++) {
      if ((flags & (1 << bit)) === 0) {
        put(cursor.u8())
        continue
      }
      const [high, low] = [cursor.u8(), cursor.u8()]
      const from = (high << 4) | (low >> 4)
      // A reference to where the next byte would go ends the text.
      if (from === writeAt) return complete(output, length)
      for (let step = 0; step < (low & 15) + 2; step++) put(window[(from + step) % WINDOW] ?? 0)
    }
    if (cursor.left === 0) return complete(output, length) // some writers leave the end out when the last byte of flags is used up
  }
}

function complete(output: Buffer, length: number): Buffer {
  if (length < output.length) throw new StopUnpacking('damaged')
  return output
}
