// Reads OLE compound files ([MS-CFB]): a small file system in a file. Own code, because what there is follows the chains of sectors
// wherever they lead. Here no chain is longer than the file, no entry is visited twice, and all streams together are no longer than
// the file itself: sectors have one owner each.

import { StopUnpacking } from './inner-file.js'

export const COMPOUND_MAGIC = Buffer.from('d0cf11e0a1b11ae1', 'hex')
/** Streams below this live in sectors of 64 bytes ([MS-CFB] 2.2). */
export const MINI_CUTOFF = 4096
export const MINI_SECTOR = 64
export const ENTRY_BYTES = 128
export const END_OF_CHAIN = 0xfffffffe
const LAST_SECTOR = 0xfffffffa
const HEADER_BYTES = 512
const DIFAT_IN_HEADER = 109
const MAX_DEPTH = 64
const NONE = 0xffffffff
const STORAGE = 1
const STREAM = 2
const ROOT = 5

/** A folder of a compound file. Names are as stored: they have no path. */
export interface Storage {
  readonly name: string
  readonly classId: Buffer
  readonly storages: readonly Storage[]
  /** Content by name. */
  readonly streams: ReadonlyMap<string, Buffer>
}

/** The root. Throws StopUnpacking for what is no compound file, or a broken one. */
export function readCompound(bytes: Buffer): Storage {
  return new CompoundReader(bytes).root()
}

class CompoundReader {
  readonly #bytes: Buffer
  readonly #sectorSize: number
  readonly #sectorCount: number
  readonly #fat: Buffer
  readonly #miniFat: Buffer
  readonly #directory: Buffer
  readonly #mini: Buffer
  readonly #visited = new Set<number>()
  #bytesRead = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 8).equals(COMPOUND_MAGIC)) throw new StopUnpacking('damaged')
    const shift = bytes.readUInt16LE(30)
    if (shift !== 9 && shift !== 12) throw new StopUnpacking('damaged')
    this.#sectorSize = 1 << shift
    // The last sector may be cut to what is used of it.
    this.#sectorCount = Math.max(0, Math.ceil(bytes.length / this.#sectorSize) - 1)
    this.#fat = Buffer.concat(this.#fatSectors().map((sector) => this.#sector(sector)))
    this.#directory = this.#chain(bytes.readUInt32LE(48))
    this.#miniFat = this.#chain(bytes.readUInt32LE(60))
    const root = this.#entry(0)
    this.#mini = root.size === 0 ? Buffer.alloc(0) : this.#stream(root.start, root.size)
  }

  root(): Storage {
    return this.#storage(0, 0)
  }

  /** [MS-CFB] 2.5: the first 109 stand in the header, the others in a chain of sectors of their own, each with its successor at the end. */
  #fatSectors(): number[] {
    const found: number[] = []
    const collect = (table: Buffer) => {
      for (let at = 0; at + 4 <= table.length; at += 4) {
        const sector = table.readUInt32LE(at)
        if (sector < LAST_SECTOR) found.push(sector)
      }
      if (found.length > this.#sectorCount) throw new StopUnpacking('damaged')
    }
    collect(this.#bytes.subarray(HEADER_BYTES - 4 * DIFAT_IN_HEADER, HEADER_BYTES))
    let next = this.#bytes.readUInt32LE(68)
    for (let steps = 0; next < LAST_SECTOR; steps++) {
      const table = this.#sector(next)
      if (steps > this.#sectorCount || table.length < this.#sectorSize) throw new StopUnpacking('damaged')
      collect(table.subarray(0, -4))
      next = table.readUInt32LE(table.length - 4)
    }
    return found
  }

  #sector(sector: number): Buffer {
    if (sector >= this.#sectorCount) throw new StopUnpacking('damaged')
    const start = (sector + 1) * this.#sectorSize
    return this.#bytes.subarray(start, start + this.#sectorSize)
  }

  /** All sectors from `start` on. */
  #chain(start: number): Buffer {
    const sectors: Buffer[] = []
    for (let sector = start; sector < LAST_SECTOR; sector = this.#next(this.#fat, sector)) {
      sectors.push(this.#sector(sector))
      if (sectors.length > this.#sectorCount) throw new StopUnpacking('damaged')
    }
    return Buffer.concat(sectors)
  }

  #next(table: Buffer, sector: number): number {
    if (sector * 4 + 4 > table.length) throw new StopUnpacking('damaged')
    return table.readUInt32LE(sector * 4)
  }

  #stream(start: number, size: number): Buffer {
    return this.#collect(start, size, this.#sectorSize, this.#fat, (sector) => this.#sector(sector))
  }

  #miniStream(start: number, size: number): Buffer {
    return this.#collect(start, size, MINI_SECTOR, this.#miniFat, (sector) => {
      return this.#mini.subarray(sector * MINI_SECTOR, (sector + 1) * MINI_SECTOR)
    })
  }

  /** Exactly `size` bytes, or damage. */
  #collect(start: number, size: number, sectorSize: number, table: Buffer, read: (sector: number) => Buffer): Buffer {
    // Short streams count twice, since all of them lie in one long one.
    this.#bytesRead += size
    if (this.#bytesRead > this.#bytes.length * 2) throw new StopUnpacking('damaged')
    const pieces: Buffer[] = []
    let sector = start
    for (let left = size; left > 0; left -= sectorSize) {
      const piece = read(sector).subarray(0, left)
      if (piece.length < Math.min(left, sectorSize)) throw new StopUnpacking('damaged')
      pieces.push(piece)
      if (left > sectorSize) sector = this.#next(table, sector)
    }
    return Buffer.concat(pieces)
  }

  /** [MS-CFB] 2.6.1. */
  #entry(index: number) {
    const entry = this.#directory.subarray(index * ENTRY_BYTES, (index + 1) * ENTRY_BYTES)
    if (entry.length < ENTRY_BYTES) throw new StopUnpacking('damaged')
    const nameBytes = entry.readUInt16LE(64)
    if (nameBytes > 64) throw new StopUnpacking('damaged')
    return {
      name: entry.toString('utf16le', 0, Math.max(0, nameBytes - 2)),
      type: entry.readUInt8(66),
      left: entry.readUInt32LE(68),
      right: entry.readUInt32LE(72),
      child: entry.readUInt32LE(76),
      classId: entry.subarray(80, 96),
      start: entry.readUInt32LE(116),
      // With sectors of 512 bytes the upper half may hold anything.
      size: this.#sectorSize === 512 ? entry.readUInt32LE(120) : Number(entry.readBigUInt64LE(120)),
    }
  }

  #storage(index: number, depth: number): Storage {
    if (depth > MAX_DEPTH) throw new StopUnpacking('damaged')
    const { name, type, classId, child } = this.#entry(index)
    if (type !== (depth === 0 ? ROOT : STORAGE)) throw new StopUnpacking('damaged')
    const storages: Storage[] = []
    const streams = new Map<string, Buffer>()
    for (const member of this.#members(child)) {
      const entry = this.#entry(member)
      if (entry.type === STORAGE) storages.push(this.#storage(member, depth + 1))
      else if (entry.type !== STREAM || streams.has(entry.name)) throw new StopUnpacking('damaged')
      else
        streams.set(
          entry.name,
          entry.size < MINI_CUTOFF ? this.#miniStream(entry.start, entry.size) : this.#stream(entry.start, entry.size),
        )
    }
    return { name, classId, storages, streams }
  }

  /** [MS-CFB] 2.6.4: the members of a storage are a binary tree, in order from left to right. */
  #members(top: number): number[] {
    const members: number[] = []
    const pending: number[] = []
    let at = top
    while (at !== NONE || pending.length > 0) {
      if (at !== NONE) {
        if (this.#visited.has(at)) throw new StopUnpacking('damaged')
        this.#visited.add(at)
        pending.push(at)
        at = this.#entry(at).left
      } else {
        const index = pending.pop() ?? NONE
        members.push(index)
        at = this.#entry(index).right
      }
    }
    return members
  }
}
