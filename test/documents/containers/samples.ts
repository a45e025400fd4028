// Containers made here, as small as a reader lets them be. Every writer takes lies, too: sizes, flags and checksums that aren't so.

import { crc32, deflateRawSync } from 'node:zlib'
import type { Storage } from '../../../src/documents/containers/compound-file.js'

const u16 = (value: number): Buffer => Buffer.from([value & 255, (value >> 8) & 255])
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}

export interface ZipSample {
  readonly name: string | Buffer
  readonly content?: Buffer | string
  readonly method?: number
  readonly flags?: number
  readonly crc?: number
  /** As claimed. */
  readonly size?: number
  readonly extra?: Buffer
  /** The bytes as they stand in the file, instead of the packed content. */
  readonly packed?: Buffer
  /** Where the directory says that it is, instead of where it is. */
  readonly offset?: number
  /** Listed only: it has no bytes of its own. */
  readonly isListedOnly?: boolean
}

/** @param count as claimed by the end record. */
export function zipOf(samples: readonly ZipSample[], { count = samples.length, comment = '' } = {}): Buffer {
  const locals: Buffer[] = []
  const entries: Buffer[] = []
  let offset = 0
  for (const sample of samples) {
    const name = Buffer.from(sample.name)
    const content = Buffer.from(sample.content ?? '')
    const method = sample.method ?? 8
    const packed = sample.packed ?? (method === 8 ? deflateRawSync(content) : content)
    const extra = sample.extra ?? Buffer.alloc(0)
    const middle = Buffer.concat([
      u16(sample.flags ?? 0x800),
      u16(method),
      u32(0),
      u32(sample.crc ?? crc32(content)),
      u32(packed.length),
      u32(sample.size ?? content.length),
      u16(name.length),
      u16(extra.length),
    ])
    entries.push(u32(0x02014b50), u16(20), u16(20), middle, Buffer.alloc(10), u32(sample.offset ?? offset), name, extra)
    if (sample.isListedOnly) continue
    const local = Buffer.concat([u32(0x04034b50), u16(20), middle, name, extra, packed])
    locals.push(local)
    offset += local.length
  }
  const directory = Buffer.concat(entries)
  const end = [
    u32(0x06054b50),
    u32(0),
    u16(count),
    u16(count),
    u32(directory.length),
    u32(offset),
    u16(comment.length),
    Buffer.from(comment),
  ]
  return Buffer.concat([...locals, directory, ...end])
}

/** The Unicode path field (APPNOTE.TXT 4.6.9). */
export function unicodePath(raw: string, name: string): Buffer {
  const data = Buffer.concat([Buffer.from([1]), u32(crc32(raw)), Buffer.from(name)])
  return Buffer.concat([u16(0x7075), u16(data.length), data])
}

/** One file whose sizes, place and directory are said in the fields of 64 bits. */
export function zip64Of(name: string, content: string): Buffer {
  const [crc, size, all] = [crc32(content), content.length, 0xffffffff]
  const u64 = (value: number) => Buffer.concat([u32(value), u32(0)])
  const middle = (extra: Buffer) =>
    Buffer.concat([u16(0x800), u16(0), u32(0), u32(crc), u32(all), u32(all), u16(name.length), u16(extra.length)])
  const sizes = Buffer.concat([u16(1), u16(16), u64(size), u64(size)])
  const place = Buffer.concat([u16(1), u16(24), u64(size), u64(size), u64(0)])
  const local = Buffer.concat([u32(0x04034b50), u16(45), middle(sizes), Buffer.from(name), sizes, Buffer.from(content)])
  const entry = Buffer.concat([u32(0x02014b50), u16(45), u16(45), middle(place), Buffer.alloc(10), u32(all), Buffer.from(name), place])
  const record = Buffer.concat([u32(0x06064b50), u64(44), u16(45), u16(45), u64(0), u64(1), u64(1), u64(entry.length), u64(local.length)])
  const locator = Buffer.concat([u32(0x07064b50), u32(0), u64(local.length + entry.length), u32(1)])
  const end = Buffer.concat([u32(0x06054b50), u32(0), u16(0xffff), u16(0xffff), u32(all), u32(all), u16(0)])
  return Buffer.concat([local, entry, record, locator, end])
}

/** [level, attribute with its type, bytes]. */
export type TnefAttribute = readonly [level: number, id: number, value: Buffer]

export function tnefOf(attributes: readonly TnefAttribute[]): Buffer {
  const written = attributes.map(([level, id, value]) => {
    const sum = value.reduce((total, byte) => (total + byte) & 0xffff, 0)
    return Buffer.concat([Buffer.from([level]), u32(id), u32(value.length), value, u16(sum)])
  })
  return Buffer.concat([u32(0x223e9f78), u16(1), ...written])
}

/** [identifier, type, bytes of one value]. */
export type MapiSample = readonly [id: number, type: number, value: Buffer]

/** As TNEF writes them: a count, then each padded to four bytes. */
export function tnefProperties(samples: readonly MapiSample[]): Buffer {
  const written = samples.map(([id, type, value]) => {
    const isCounted = [0x0d, 0x1e, 0x1f, 0x102].includes(type)
    const padding = Buffer.alloc((4 - (value.length % 4)) % 4)
    return Buffer.concat([u16(type), u16(id), ...(isCounted ? [u32(1), u32(value.length)] : []), value, padding])
  })
  return Buffer.concat([u32(samples.length), ...written])
}

export const unicode = (text: string) => Buffer.from(`${text}\0`, 'utf16le')
export const long = u32
/** Of a FILETIME. */
export function fileTime(date: Date): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE((BigInt(date.getTime()) + 11_644_473_600_000n) * 10_000n)
  return bytes
}

/** Compressed RTF ([MS-OXRTFCP]) that uses no reference but the one that ends it. */
export function packedRtf(rtf: string, checksum: (packed: Buffer) => number): Buffer {
  const bytes = Buffer.from(rtf, 'latin1')
  const pieces: Buffer[] = []
  for (let at = 0; at <= bytes.length; at += 8) {
    const run = bytes.subarray(at, at + 8)
    const end = (207 + bytes.length) % 4096
    const isLast = run.length < 8
    pieces.push(Buffer.from([isLast ? 1 << run.length : 0]), run)
    if (isLast) pieces.push(Buffer.from([end >> 4, (end & 15) << 4]))
  }
  const packed = Buffer.concat(pieces)
  return Buffer.concat([u32(packed.length + 12), u32(bytes.length), u32(0x75465a4c), u32(checksum(packed)), packed])
}

/** A folder of an Outlook message: its properties, then the folders in it. @param headerBytes 32 for a message, 24 inside another, else 8. */
export function msgStorage(name: string, headerBytes: number, samples: readonly MapiSample[], storages: readonly Storage[] = []): Storage {
  const isFixed = (type: number) => ![0x0d, 0x1e, 0x1f, 0x102].includes(type)
  const fixed = samples.map(([id, type, value]) =>
    Buffer.concat([u16(type), u16(id), u32(6), isFixed(type) ? Buffer.concat([value, Buffer.alloc(8)]).subarray(0, 8) : Buffer.alloc(8)]),
  )
  const hex = (value: number) => value.toString(16).toUpperCase().padStart(4, '0')
  const streams = new Map<string, Buffer>([['__properties_version1.0', Buffer.concat([Buffer.alloc(headerBytes), ...fixed])]])
  for (const [id, type, value] of samples) if (!isFixed(type)) streams.set(`__substg1.0_${hex(id)}${hex(type)}`, value)
  return { name, classId: Buffer.alloc(16), storages, streams }
}
