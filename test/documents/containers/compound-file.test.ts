import t from 'tap'
import { readCompound, type Storage } from '../../../src/documents/containers/compound-file.js'
import { writeCompound } from '../../../src/documents/containers/compound-writer.js'

const classId = Buffer.alloc(16)
const folder = (name: string, streams: Readonly<Record<string, Buffer>>, storages: readonly Storage[] = []): Storage => {
  return { name, classId, storages, streams: new Map(Object.entries(streams)) }
}
const sample = () =>
  folder('', { short: Buffer.alloc(100, 1), long: Buffer.alloc(20_000, 2), lang: Buffer.alloc(20_000, 4) }, [
    folder('Inner', { other: Buffer.alloc(5000, 3) }),
  ])

/** The directory's entry called `name`. */
const entryOf = (bytes: Buffer, name: string) => bytes.subarray(bytes.indexOf(`${name}\0`, 512, 'utf16le'))
/** Where the table of sectors stands, its first sector. */
const fatOf = (bytes: Buffer) => bytes.subarray((bytes.readUInt32LE(76) + 1) * 512)

function changed(change: (bytes: Buffer) => void): Buffer {
  const bytes = writeCompound(sample())
  change(bytes)
  return bytes
}

t.test('what is written is read: sizes around each limit, many members, levels, names in any case', async (t) => {
  const sizes = [0, 1, 63, 64, 65, 511, 512, 513, 4095, 4096, 4097, 65_536]
  const streams = Object.fromEntries(sizes.map((size) => [`s${size}`, Buffer.alloc(size, size % 251)]))
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`member ${index}`, Buffer.from(`${index}`)]))
  const root = folder('', streams, [folder('many', many), folder('a', {}, [folder('b', {}, [folder('C', { ÄÖ: Buffer.from('x') })])])])
  const read = readCompound(writeCompound(root))
  t.same(new Map([...read.streams].sort()), new Map([...root.streams].sort()))
  const inner = new Map(read.storages.map((storage) => [storage.name, storage]))
  t.same(Object.fromEntries(inner.get('many')?.streams ?? []), many)
  t.same(inner.get('a')?.storages[0]?.storages[0]?.streams.get('ÄÖ'), Buffer.from('x'))
})

t.test('a file so long that the table of its tables overflows the header', async (t) => {
  const big = Buffer.alloc(17_000_000)
  for (let at = 0; at < big.length; at += 1000) big.writeUInt32LE(at, at)
  const bytes = writeCompound(folder('', { big }))
  t.ok(bytes.readUInt32LE(72) > 1, 'more than one sector of them')
  t.ok(readCompound(bytes).streams.get('big')?.equals(big))
})

t.test('the last sector may be cut to what is used of it', async (t) => {
  const bytes = writeCompound(folder('', { one: Buffer.alloc(100, 1) }))
  t.ok(readCompound(bytes.subarray(0, -4)).streams.has('one'))
})

t.test('loops, crossings and lies end as damage, at once', async (t) => {
  const cases: Readonly<Record<string, (bytes: Buffer) => void>> = {
    'a stream whose chain loops ends within its length, but not the directory’s': (bytes) => {
      const start = bytes.readUInt32LE(48)
      fatOf(bytes).writeUInt32LE(start, start * 4)
    },
    'the short streams’ table loops': (bytes) => {
      const start = bytes.readUInt32LE(60)
      fatOf(bytes).writeUInt32LE(start, start * 4)
    },
    'the table of tables loops': (bytes) => {
      // The sector it names is full of ones, but for its end, which names itself.
      bytes.writeUInt32LE(0, 68)
      bytes.fill(0xff, 512, 1024).writeUInt32LE(0, 1020)
    },
    'a member is its own neighbour': (bytes) => {
      const entry = entryOf(bytes, 'long')
      entry.writeUInt32LE(4, 68)
      entry.writeUInt32LE(4, 72)
    },
    'a storage is inside itself': (bytes) => entryOf(bytes, 'Inner').writeUInt32LE(1, 76),
    'a member that isn’t there': (bytes) => entryOf(bytes, 'Inner').writeUInt32LE(9999, 76),
    'a stream longer than the file': (bytes) => entryOf(bytes, 'long').writeUInt32LE(0x7fffffff, 120),
    'a stream that ends before its length': (bytes) => entryOf(bytes, 'long').writeUInt32LE(60_000, 120),
    'a short stream that ends before its length': (bytes) => entryOf(bytes, 'short').writeUInt32LE(4000, 120),
    'a short stream behind the end of what holds it': (bytes) => entryOf(bytes, 'Root Entry').writeUInt32LE(64, 120),
    'a stream behind the end': (bytes) => entryOf(bytes, 'long').writeUInt32LE(9999, 116),
    'a name of a kilobyte': (bytes) => entryOf(bytes, 'long').writeUInt16LE(1024, 64),
    'sectors of another size': (bytes) => bytes.writeUInt16LE(20, 30),
    'a root that is a stream': (bytes) => entryOf(bytes, 'Root Entry').writeUInt8(2, 66),
    'a member of no type': (bytes) => entryOf(bytes, 'long').writeUInt8(7, 66),
    'the same name twice': (bytes) => entryOf(bytes, 'lang').write('long', 'utf16le'),
  }
  t.doesNotThrow(() => readCompound(changed(() => {})))
  for (const [name, change] of Object.entries(cases)) {
    const start = process.cpuUsage()
    t.throws(() => readCompound(changed(change)), { name: 'StopUnpacking', reason: 'damaged' }, name)
    t.ok(process.cpuUsage(start).user < 500_000, `${name}: at once`)
  }
})

t.test('streams that share sectors are no bomb', async (t) => {
  // Two hundred names for the same megabyte.
  const names = Array.from({ length: 200 }, (_, index) => `name${index}`)
  const bytes = writeCompound(
    folder('', { big: Buffer.alloc(1_000_000), ...Object.fromEntries(names.map((name) => [name, Buffer.alloc(1)])) }),
  )
  const big = entryOf(bytes, 'big')
  for (const name of names) big.copy(entryOf(bytes, name), 116, 116, 124)
  t.throws(() => readCompound(bytes), { name: 'StopUnpacking' })
  // And of a kilobyte, in short sectors.
  const small = writeCompound(folder('', { big: Buffer.alloc(4000), ...Object.fromEntries(names.map((name) => [name, Buffer.alloc(1)])) }))
  for (const name of names) entryOf(small, 'big').copy(entryOf(small, name), 116, 116, 124)
  t.throws(() => readCompound(small), { name: 'StopUnpacking' })
})

t.test('levels without an end', async (t) => {
  const deep = (levels: number): Storage => folder('x', {}, levels === 0 ? [] : [deep(levels - 1)])
  t.ok(readCompound(writeCompound(deep(60))))
  t.throws(() => readCompound(writeCompound(deep(100))), { name: 'StopUnpacking' })
})
