// The directory of a ZIP as it stands in the bytes (APPNOTE.TXT 4.3): where it is, how many entries it really has, and whether one of
// them needs a password. yauzl reads the entries; it believes their declared number, stops at bytes behind the end, and tells an
// encrypted entry like a broken one.

import { StopUnpacking } from './inner-file.js'

const END = 0x06054b50
const END_BYTES = 22
const LOCATOR64 = 0x07064b50
const LOCATOR64_BYTES = 20
const END64 = 0x06064b50
const ENTRY = 0x02014b50
const ENTRY_BYTES = 46
/** What gateways add behind a file is a line break, rarely more. */
const MAX_TAIL = 1024
/** 4.4.4: encrypted, strongly encrypted, directory encrypted. */
const ENCRYPTED_FLAGS = 0x2041
/** WinZip's AE-1 and AE-2 stand as method 99. */
const AES_METHOD = 99

export interface ZipDirectory {
  /** Where it begins. */
  readonly start: number
  readonly entries: number
  readonly isProtected: boolean
  /** Where the archive ends: bytes behind it belong to none. */
  readonly archiveEnd: number
}

/** Throws StopUnpacking when there is none, or when it is not followed by its end. */
export function readZipDirectory(bytes: Buffer): ZipDirectory {
  const end = findEnd(bytes)
  if (end === null) throw new StopUnpacking('damaged')
  const { start, directoryEnd } = locate(bytes, end)
  let [at, entries, isProtected] = [start, 0, false]
  while (at + ENTRY_BYTES <= directoryEnd && bytes.readUInt32LE(at) === ENTRY) {
    if ((bytes.readUInt16LE(at + 8) & ENCRYPTED_FLAGS) !== 0 || bytes.readUInt16LE(at + 10) === AES_METHOD) isProtected = true
    at += ENTRY_BYTES + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
    entries++
  }
  // 4.3.13: a signature of the directory may follow; anything else between it and its end is a sign that entries are missing.
  if (at !== directoryEnd && !isSignature(bytes, at, directoryEnd)) throw new StopUnpacking('damaged')
  return { start, entries, isProtected, archiveEnd: end + END_BYTES + bytes.readUInt16LE(end + 20) }
}

/** The last end-of-directory record whose comment fits. */
function findEnd(bytes: Buffer): number | null {
  const stop = Math.max(0, bytes.length - END_BYTES - 0xffff - MAX_TAIL)
  for (let at = bytes.length - END_BYTES; at >= stop; at--) {
    if (bytes[at] !== 0x50 || bytes.readUInt32LE(at) !== END) continue
    const tail = bytes.length - at - END_BYTES - bytes.readUInt16LE(at + 20)
    if (tail >= 0 && tail <= MAX_TAIL) return at
  }
  return null
}

function locate(bytes: Buffer, end: number): { readonly start: number; readonly directoryEnd: number } {
  const locator = end - LOCATOR64_BYTES
  const [start, directoryEnd] =
    locator >= 0 && bytes.readUInt32LE(locator) === LOCATOR64 ? locate64(bytes, locator) : [bytes.readUInt32LE(end + 16), end]
  if (start > directoryEnd) throw new StopUnpacking('damaged')
  return { start, directoryEnd }
}

/** 4.3.14, 4.3.15: with ZIP64 both are said in a longer record before. */
function locate64(bytes: Buffer, locator: number): [start: number, directoryEnd: number] {
  const record = Number(bytes.readBigUInt64LE(locator + 8))
  if (record + 56 > locator || bytes.readUInt32LE(record) !== END64) throw new StopUnpacking('damaged')
  return [Number(bytes.readBigUInt64LE(record + 48)), record]
}

function isSignature(bytes: Buffer, at: number, directoryEnd: number): boolean {
  return at + 6 <= directoryEnd && bytes.readUInt32LE(at) === 0x05054b50 && at + 6 + bytes.readUInt16LE(at + 4) === directoryEnd
}
