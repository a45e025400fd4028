// Whether the coded data of a sequential JPEG holds every block of the picture (ITU-T T.81 F.2.2): the words are followed, no pixel is
// made. Viewers fill what is missing with grey and say nothing, and a file that was cut off can end properly all the same.

/** A component of the frame header (T.81 B.2.2), with the sampling factors that tell how many blocks it has. */
export interface Component {
  readonly id: number
  readonly across: number
  readonly down: number
}

export interface Frame {
  /** Pixels. */
  readonly width: number
  readonly height: number
  readonly components: readonly Component[]
}

/** Huffman tables as they came (T.81 B.2.4.2): class << 4 | destination -> the 16 counts, and then the symbols. */
export type HuffmanTables = ReadonlyMap<number, Buffer>

const WINDOW = 16
const PADDING = 4
const [END_OF_BLOCK, COEFFICIENTS] = [64, 64]
/** Bits to pass over in the low five of an entry, then how many coefficients on; 0: no word begins so. */
const ADVANCE_BITS = 5
const ADVANCE = 31

interface Coder {
  readonly dc: Uint16Array
  readonly ac: Uint16Array
}

/**
 * `header` and `data`: a scan's header without its length, and what follows it up to the next marker that is no restart. Gives the
 * components it holds; null where blocks are missing or wrong. `interval`: blocks between restarts, 0 without.
 */
export function followScan(frame: Frame, tables: HuffmanTables, interval: number, header: Buffer, data: Buffer): Component[] | null {
  const members = membersOf(frame, header)
  const coders = members?.map(({ selectors }) => coderOf(tables, selectors)) ?? []
  if (!members || !coders.every((coder) => coder !== null)) return null
  const components = members.map(({ component }) => component)
  const units = unitsOf(frame, components)
  // T.81 A.2: alone in its scan a component has one block a unit, else as many as it is sampled.
  const blocks = coders.flatMap((coder, index) => {
    const { across = 1, down = 1 } = components.length > 1 ? (components[index] ?? {}) : {}
    return Array.from({ length: across * down }, () => coder)
  })
  let left = units
  for (const piece of restarts(data)) {
    const wanted = interval > 0 ? Math.min(interval, left) : left
    if (!followBlocks(piece, blocks, wanted)) return null
    left -= wanted
    if (left === 0) return components
  }
  return null
}

/** T.81 B.2.3. */
function membersOf(frame: Frame, header: Buffer): Array<{ component: Component; selectors: number }> | null {
  const count = header[0] ?? 0
  const members: Array<{ component: Component; selectors: number }> = []
  for (let index = 0; index < count; index++) {
    const component = frame.components.find(({ id }) => id === header[1 + index * 2])
    const selectors = header[2 + index * 2]
    if (!component || selectors === undefined) return null
    members.push({ component, selectors })
  }
  return count > 0 && count <= 4 ? members : null
}

/** T.81 A.1.1 and A.2: how many times the scan's pattern of blocks is repeated. */
function unitsOf({ width, height, components }: Frame, members: readonly Component[]): number {
  const [most, tallest] = [Math.max(...components.map(({ across }) => across)), Math.max(...components.map(({ down }) => down))]
  const [first] = members
  if (members.length > 1 || !first) return Math.ceil(width / (8 * most)) * Math.ceil(height / (8 * tallest))
  const columns = Math.ceil((width * first.across) / most)
  const rows = Math.ceil((height * first.down) / tallest)
  return Math.ceil(columns / 8) * Math.ceil(rows / 8)
}

function coderOf(tables: HuffmanTables, selectors: number): Coder | null {
  const [dc, ac] = [tables.get(selectors >>> 4), tables.get(0x10 | (selectors & 15))]
  const [dcTable, acTable] = [dc && lookup(dc, (size) => (size <= 16 ? 1 : 0), 15), ac && lookup(ac, stepOf, 15)]
  return dcTable && acTable ? { dc: dcTable, ac: acTable } : null
}

/** T.81 F.2.2.2: the run of zeros in the high half, the size of the next coefficient in the low one; without a size 16 zeros, or the end. */
function stepOf(symbol: number): number {
  if ((symbol & 15) !== 0) return (symbol >>> 4) + 1
  return symbol === 0xf0 ? 16 : END_OF_BLOCK
}

/** T.81 C.2. null where there are more words than bits allow. */
function lookup(table: Buffer, meaning: (symbol: number) => number, sizeMask: number): Uint16Array | null {
  const entries = new Uint16Array(1 << WINDOW)
  let [code, symbol] = [0, 16]
  for (let length = 1; length <= 16; length++) {
    for (let count = table[length - 1] ?? 0; count > 0; count--) {
      const value = table[symbol++]
      const first = code << (WINDOW - length)
      if (value === undefined || first >= 1 << WINDOW) return null
      entries.fill((meaning(value) << ADVANCE_BITS) | (length + (value & sizeMask)), first, first + (1 << (WINDOW - length)))
      code++
    }
    code <<= 1
  }
  return entries
}

/** The data between restarts, without the zeros stuffed behind each FF (T.81 B.1.1.5); each piece is gone when the next is asked for. */
function* restarts(data: Buffer): Generator<{ readonly bytes: Uint8Array; readonly length: number }> {
  const bytes = new Uint8Array(data.length + PADDING)
  let length = 0
  for (let at = 0; at < data.length; at++) {
    const byte = data[at] as number
    if (byte !== 0xff) bytes[length++] = byte
    else if (data[at + 1] === 0) {
      bytes[length++] = byte
      at++
    } else if (data[at + 1] !== 0xff) {
      bytes.fill(0, length, length + PADDING)
      yield { bytes, length }
      length = 0
      at++
    }
  }
  bytes.fill(0, length, length + PADDING)
  yield { bytes, length }
}

function followBlocks({ bytes, length }: { bytes: Uint8Array; length: number }, blocks: readonly Coder[], units: number): boolean {
  const end = length * 8
  let at = 0
  for (let unit = 0; unit < units; unit++) {
    for (const { dc, ac } of blocks) {
      let table = dc
      for (let index = 0; index < COEFFICIENTS; ) {
        const byte = at >>> 3
        const window = ((bytes[byte] as number) << 16) | ((bytes[byte + 1] as number) << 8) | (bytes[byte + 2] as number)
        const entry = table[(window >>> (8 - (at & 7))) & 0xffff] as number
        at += entry & ADVANCE
        if (entry === 0 || at > end) return false
        const step = entry >>> ADVANCE_BITS
        if (step === END_OF_BLOCK) break
        index += step
        if (index > COEFFICIENTS) return false
        table = ac
      }
    }
  }
  return true
}
