// Writes an OLE compound file ([MS-CFB], version 3): a message attached to an Outlook message is a folder inside the other's file, and is
// taken out as a file of its own.

import { COMPOUND_MAGIC, END_OF_CHAIN, ENTRY_BYTES, MINI_CUTOFF, MINI_SECTOR, type Storage } from './compound-file.js'

const SECTOR = 512
const PER_SECTOR = SECTOR / 4
const FAT_SECTOR = 0xfffffffd
const DIFAT_SECTOR = 0xfffffffc
const FREE = 0xffffffff
const DIFAT_IN_HEADER = 109

interface Node {
  readonly name: string
  readonly type: 1 | 2 | 5
  readonly classId: Buffer
  readonly content: Buffer
  child: number
  left: number
  right: number
  start: number
  size: number
}

/** The file with `root` at its root; its own name doesn't count. */
export function writeCompound(root: Storage): Buffer {
  const nodes: Node[] = []
  addStorage(root, 5, nodes)
  const mini = new Sectors(MINI_SECTOR)
  const sectors = new Sectors(SECTOR)
  for (const node of nodes.filter(({ type }) => type === 2)) {
    node.start = (node.size < MINI_CUTOFF ? mini : sectors).add(node.content)
  }
  const [top] = nodes
  if (top) {
    top.size = mini.bytes().length
    top.start = sectors.add(mini.bytes())
  }
  const miniFat = sectors.add(mini.table())
  const directory = sectors.add(Buffer.concat(nodes.map(directoryEntry)), emptyEntry())
  const header = fileHeader({ directory, miniFat, miniFatCount: Math.ceil(mini.count / PER_SECTOR) })
  return Buffer.concat([header, sectors.finish(header)])
}

/** Depth first, so that a storage comes before its members. Gives its index. */
function addStorage(storage: Storage, type: 1 | 5, nodes: Node[]): number {
  const index = nodes.length
  const node = newNode(type === 5 ? 'Root Entry' : storage.name, type, storage.classId, Buffer.alloc(0))
  nodes.push(node)
  const members = storage.storages.map((inner) => addStorage(inner, 1, nodes))
  for (const [name, content] of storage.streams) members.push(nodes.push(newNode(name, 2, Buffer.alloc(16), content)) - 1)
  members.sort((one, other) => compareNames(nodes[one]?.name ?? '', nodes[other]?.name ?? ''))
  node.child = link(members, nodes)
  return index
}

function newNode(name: string, type: 1 | 2 | 5, classId: Buffer, content: Buffer): Node {
  return { name, type, classId, content, child: FREE, left: FREE, right: FREE, start: type === 1 ? 0 : END_OF_CHAIN, size: content.length }
}

/** [MS-CFB] 2.6.4: the shorter first, then by upper case. */
function compareNames(one: string, other: string): number {
  if (one.length !== other.length) return one.length - other.length
  const [first, second] = [one.toUpperCase(), other.toUpperCase()]
  return first < second ? -1 : first > second ? 1 : 0
}

/** A tree of the sorted members, split in the middle: as shallow as can be, all of it black. Gives its top. */
function link(members: readonly number[], nodes: readonly Node[]): number {
  const middle = members.length >> 1
  const top = members[middle]
  const node = top === undefined ? undefined : nodes[top]
  if (top === undefined || !node) return FREE
  node.left = link(members.slice(0, middle), nodes)
  node.right = link(members.slice(middle + 1), nodes)
  return top
}

/** [MS-CFB] 2.6.1. */
function directoryEntry(node: Node): Buffer {
  const entry = emptyEntry()
  const name = node.name.slice(0, 31)
  entry.write(name, 'utf16le')
  entry.writeUInt16LE(name.length * 2 + 2, 64)
  entry.writeUInt8(node.type, 66)
  entry.writeUInt8(1, 67) // black
  entry.writeUInt32LE(node.left, 68)
  entry.writeUInt32LE(node.right, 72)
  entry.writeUInt32LE(node.child, 76)
  node.classId.copy(entry, 80)
  entry.writeUInt32LE(node.start, 116)
  entry.writeUInt32LE(node.size, 120)
  return entry
}

function emptyEntry(): Buffer {
  return Buffer.alloc(ENTRY_BYTES).fill(0xff, 68, 80)
}

function fileHeader({ directory, miniFat, miniFatCount }: { directory: number; miniFat: number; miniFatCount: number }): Buffer {
  const header = Buffer.alloc(SECTOR)
  COMPOUND_MAGIC.copy(header)
  header.writeUInt16LE(0x3e, 24)
  header.writeUInt16LE(3, 26)
  header.writeUInt16LE(0xfffe, 28) // little-endian
  header.writeUInt16LE(9, 30)
  header.writeUInt16LE(6, 32)
  header.writeUInt32LE(directory, 48)
  header.writeUInt32LE(MINI_CUTOFF, 56)
  header.writeUInt32LE(miniFat, 60)
  header.writeUInt32LE(miniFatCount, 64)
  header.writeUInt32LE(END_OF_CHAIN, 68)
  return header.fill(0xff, SECTOR - 4 * DIFAT_IN_HEADER)
}

/** Contents laid down one after another, and the table that chains them. */
class Sectors {
  readonly #size: number
  readonly #pieces: Buffer[] = []
  readonly #next: number[] = []

  constructor(size: number) {
    this.#size = size
  }

  get count(): number {
    return this.#next.length
  }

  /** Gives where it starts. The last sector is filled with `filling`, over and over. */
  add(content: Buffer, filling: Uint8Array = Buffer.alloc(1)): number {
    if (content.length === 0) return END_OF_CHAIN
    const start = this.count
    const sectors = Math.ceil(content.length / this.#size)
    const padding = Buffer.alloc(sectors * this.#size - content.length, filling)
    this.#pieces.push(content, padding)
    for (let step = 1; step <= sectors; step++) this.#next.push(step === sectors ? END_OF_CHAIN : start + step)
    return start
  }

  bytes(): Buffer {
    return Buffer.concat(this.#pieces)
  }

  table(): Buffer {
    const table = Buffer.alloc(Math.ceil(this.count / PER_SECTOR) * SECTOR, 0xff)
    for (const [at, next] of this.#next.entries()) table.writeUInt32LE(next, at * 4)
    return table
  }

  /** Everything after the header, with the table behind it and entered in the header ([MS-CFB] 2.3, 2.5). */
  finish(header: Buffer): Buffer {
    let [fat, difat] = [0, 0]
    for (;;) {
      const needed = Math.ceil((this.count + fat + difat) / PER_SECTOR)
      const more = Math.ceil(Math.max(0, needed - DIFAT_IN_HEADER) / (PER_SECTOR - 1))
      if (needed === fat && more === difat) break
      ;[fat, difat] = [needed, more]
    }
    const first = this.count
    for (let index = 0; index < fat; index++) this.#next.push(FAT_SECTOR)
    for (let index = 0; index < difat; index++) this.#next.push(DIFAT_SECTOR)
    header.writeUInt32LE(fat, 44)
    header.writeUInt32LE(difat === 0 ? END_OF_CHAIN : first + fat, 68)
    header.writeUInt32LE(difat, 72)
    const places = Buffer.alloc(SECTOR * difat, 0xff)
    for (let index = 0; index < fat; index++) {
      const beyond = index - DIFAT_IN_HEADER
      if (beyond < 0) header.writeUInt32LE(first + index, SECTOR - 4 * DIFAT_IN_HEADER + index * 4)
      else places.writeUInt32LE(first + index, (beyond + Math.floor(beyond / (PER_SECTOR - 1))) * 4)
    }
    for (let index = 0; index < difat; index++) {
      places.writeUInt32LE(index === difat - 1 ? END_OF_CHAIN : first + fat + index + 1, (index + 1) * SECTOR - 4)
    }
    return Buffer.concat([this.bytes(), this.table(), places])
  }
}
