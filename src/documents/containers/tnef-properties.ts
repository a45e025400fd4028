// MAPI properties as TNEF writes them ([MS-OXTNEF]): one after another, each as long as its type says.

import { ByteCursor } from './byte-cursor.js'
import { StopUnpacking } from './inner-file.js'
import type { Property } from './mapi.js'

const MULTIPLE = 0x1000
const FIRST_NAMED = 0x8000
/** More identifiers than there are. */
const MAX_PROPERTIES = 0x10000
/** Of recipients: they are only shown, and nobody reads more. */
const MAX_ROWS = 1000

/** Bytes of a value by its type, padded to four. Text, binary and objects say their own length. */
const sizes: ReadonlyMap<number, number> = new Map([
  [0x02, 4],
  [0x03, 4],
  [0x04, 4],
  [0x05, 8],
  [0x06, 8],
  [0x07, 8],
  [0x0a, 4],
  [0x0b, 4],
  [0x14, 8],
  [0x40, 8],
  [0x48, 16],
])
const counted = new Set([0x0d, 0x1e, 0x1f, 0x102])

/** By identifier; of one that comes twice the first, of several values the first. Named ones are skipped: nothing here asks for one. */
export function readProperties(bytes: Buffer | undefined): Map<number, Property> {
  return bytes === undefined ? new Map() : readRow(new ByteCursor(bytes))
}

/** The recipients, the first thousand. */
export function readRows(bytes: Buffer | undefined): Map<number, Property>[] {
  if (bytes === undefined) return []
  const cursor = new ByteCursor(bytes)
  return Array.from({ length: Math.min(cursor.u32(), MAX_ROWS) }, () => readRow(cursor))
}

function readRow(cursor: ByteCursor): Map<number, Property> {
  const found = new Map<number, Property>()
  const count = cursor.u32()
  if (count > MAX_PROPERTIES) throw new StopUnpacking('damaged')
  for (let left = count; left > 0; left--) {
    const type = cursor.u16()
    const id = cursor.u16()
    if (id >= FIRST_NAMED) skipName(cursor)
    const value = readValue(cursor, type)
    if (id < FIRST_NAMED && value !== null && !found.has(id)) found.set(id, { type: type & ~MULTIPLE, value })
  }
  return found
}

/** A GUID, then a number or a string. */
function skipName(cursor: ByteCursor): void {
  cursor.take(16)
  if (cursor.u32() === 0) cursor.take(4)
  else takePadded(cursor, cursor.u32())
}

function readValue(cursor: ByteCursor, type: number): Buffer | null {
  const single = type & ~MULTIPLE
  const size = sizes.get(single)
  if (size === undefined && !counted.has(single)) throw new StopUnpacking('damaged')
  let first: Buffer | null = null
  for (let left = size === undefined || single !== type ? cursor.u32() : 1; left > 0; left--) {
    const value = size === undefined ? takePadded(cursor, cursor.u32()) : cursor.take(size)
    first ??= value
  }
  return first
}

function takePadded(cursor: ByteCursor, length: number): Buffer {
  const value = cursor.take(length)
  cursor.take(Math.min(cursor.left, (4 - (length % 4)) % 4))
  return value
}
