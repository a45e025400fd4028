import { Decrypter, Encrypter } from 'age-encryption'
import fc from 'fast-check'
import t from 'tap'
import { encrypt, openPayload, passphraseReader } from '../../src/hip/age.js'
import { PackageDamagedError } from '../../src/hip/damaged.js'
import type { Payload, SealedFile } from '../../src/hip/payload.js'
import { filler, gather, inMemory } from './sealed.js'

const CHUNK = 65536
const PASSPHRASE = 'hepoex1-only-for-tests'
const RUNS = { numRuns: process.env.SLOW ? 200 : 25 }

const edges = fc.constantFrom(0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1, 16 * CHUNK, 33 * CHUNK + 5)
const lengths = fc.oneof(edges, fc.nat({ max: 5 * CHUNK }))

/** The bytes cut into pieces of the given sizes, over and over; every piece lies in the same memory, as a reader may have it. */
function* pieces(bytes: Buffer, sizes: readonly number[]): Generator<Uint8Array> {
  const shared = Buffer.alloc(Math.max(...sizes))
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = Math.min(sizes[turn % sizes.length] ?? 1, bytes.length - at)
    bytes.copy(shared, 0, at, at + size)
    yield shared.subarray(0, size)
    at += size
  }
}

const seal = (bytes: Buffer, workFactor = 1) => gather(encrypt([bytes], PASSPHRASE, workFactor))

async function open(file: Buffer, passphrase = PASSPHRASE): Promise<Buffer | null> {
  const payload = await openPayload(inMemory(file), passphraseReader(passphrase))
  return payload && gather(payload.range(0, payload.size))
}

async function payloadOf(file: SealedFile): Promise<Payload> {
  const payload = await openPayload(file, passphraseReader(PASSPHRASE))
  if (!payload) throw new Error('the passphrase did not match')
  return payload
}

t.test('what was sealed is opened, at every size and in pieces of any size', async () => {
  await fc.assert(
    fc.asyncProperty(lengths, fc.array(fc.integer({ min: 1, max: 3 * CHUNK }), { minLength: 1, maxLength: 4 }), async (length, sizes) => {
      const bytes = filler(length)
      const opened = await open(await gather(encrypt(pieces(bytes, sizes), PASSPHRASE, 1)))
      return opened?.equals(bytes) ?? false
    }),
    RUNS,
  )
})

t.test('the library opens what we seal, and we open what it seals', async (t) => {
  for (const length of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK]) {
    const bytes = filler(length)
    const decrypter = new Decrypter()
    decrypter.addPassphrase(PASSPHRASE)
    t.ok(Buffer.from(await decrypter.decrypt(await seal(bytes))).equals(bytes))
    const encrypter = new Encrypter()
    encrypter.setPassphrase(PASSPHRASE)
    encrypter.setScryptWorkFactor(2)
    t.ok((await open(Buffer.from(await encrypter.encrypt(bytes))))?.equals(bytes))
  }
})

t.test('any part can be read alone', async () => {
  const bytes = filler(4 * CHUNK + 77)
  const file = await seal(bytes)
  const part = fc
    .tuple(fc.nat({ max: bytes.length }), fc.nat({ max: bytes.length }))
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
  await fc.assert(
    fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 5 }), async (parts) => {
      const payload = await payloadOf(inMemory(file))
      for (const [start, end] of parts) {
        const expected = bytes.subarray(start, end)
        if (!(await gather(payload.range(start, end))).equals(expected)) return false
        if (!(await payload.read(start, end - start)).equals(expected)) return false
      }
      return true
    }),
    RUNS,
  )
})

t.test('reading beyond the end is a bug of the caller', async (t) => {
  const payload = await payloadOf(inMemory(await seal(filler(10))))
  await t.rejects(gather(payload.range(0, 11)), RangeError)
  await t.rejects(payload.read(11, 1), RangeError)
})

t.test('a file cut short anywhere is damaged before anything of it is released', async (t) => {
  const file = await seal(filler(3 * CHUNK + 100))
  const start = file.length - (3 * CHUNK + 100 + 4 * 16)
  const cuts = fc.oneof(
    fc.constantFrom(...[0, 1, 2, 3].flatMap((chunk) => [-1, 0, 1, 15, 16, 17].map((by) => start + chunk * (CHUNK + 16) + by))),
    fc.nat({ max: file.length - 1 }),
  )
  await fc.assert(
    fc.asyncProperty(cuts, async (length) => {
      const error = await openPayload(inMemory(file.subarray(0, length)), passphraseReader(PASSPHRASE)).catch((thrown) => thrown)
      return error instanceof PackageDamagedError
    }),
    { numRuns: 60 },
  )
  t.pass()
})

t.test('a file with anything added is damaged', async () => {
  await fc.assert(
    fc.asyncProperty(edges, fc.uint8Array({ minLength: 1, maxLength: 100 }), async (length, added) => {
      const file = Buffer.concat([await seal(filler(length)), added])
      const error = await openPayload(inMemory(file), passphraseReader(PASSPHRASE)).catch((thrown) => thrown)
      return error instanceof PackageDamagedError
    }),
    RUNS,
  )
})

t.test('one bit changed anywhere never gives other bytes', async () => {
  const bytes = filler(2 * CHUNK + 10)
  const file = await seal(bytes)
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.nat({ max: 200 }), fc.nat({ max: file.length - 1 })), fc.nat({ max: 7 }), async (place, bit) => {
      const changed = Buffer.from(file)
      changed.writeUInt8((changed[place] ?? 0) ^ (1 << bit), place)
      const result = await open(changed).catch((thrown) => thrown)
      // In the stanza it looks like another passphrase: only the passphrase could tell. Everywhere else it is damage.
      return result instanceof PackageDamagedError || (result === null && place < 120)
    }),
    { numRuns: 150 },
  )
})

t.test('chunks that change places, or come from another file, are damage', async (t) => {
  const file = await seal(filler(3 * CHUNK))
  const start = file.length - 3 * (CHUNK + 16)
  const chunk = (of: Buffer, index: number) => of.subarray(start + index * (CHUNK + 16), start + (index + 1) * (CHUNK + 16))
  const other = await seal(filler(3 * CHUNK))
  const head = file.subarray(0, start)
  await t.rejects(open(Buffer.concat([head, chunk(file, 1), chunk(file, 0), chunk(file, 2)])), { code: 'HIP_DAMAGED_PAYLOAD' })
  await t.rejects(open(Buffer.concat([head, chunk(file, 0), chunk(other, 1), chunk(file, 2)])), { code: 'HIP_DAMAGED_PAYLOAD' })
  await t.rejects(open(Buffer.concat([head, chunk(file, 0), chunk(file, 2)])), { code: 'HIP_DAMAGED_PAYLOAD' })
})

t.test('a wrong passphrase is no damage', async (t) => {
  t.equal(await open(await seal(filler(5)), 'hepoex1-another'), null)
})

t.test('an empty passphrase is refused when sealing', async (t) => {
  await t.rejects(gather(encrypt([], '')), { message: 'encrypting: empty passphrase' })
})

t.test('a work factor above that of age itself is refused unread', async (t) => {
  const file = (await seal(filler(5))).toString('latin1')
  const dear = Buffer.from(file.replace(/^(-> scrypt \S+) 1$/m, '$1 19'), 'latin1')
  await t.rejects(open(dear), { code: 'HIP_DAMAGED_HEADER' })
})

t.test('no two files share key, salt or nonce', async (t) => {
  const heads = await Promise.all([1, 2, 3].map(async () => (await seal(Buffer.alloc(0))).toString('latin1')))
  t.equal(new Set(heads.map((head) => head.match(/^-> scrypt (\S+)/m)?.[1])).size, 3)
  t.equal(new Set(heads.map((head) => head.slice(-32, -16))).size, 3)
})

t.test('what the store throws passes through as it is', async (t) => {
  const broken = new Error('no such disk')
  await t.rejects(openPayload({ size: 1000, read: () => Promise.reject(broken) }, passphraseReader(PASSPHRASE)), broken)
})

t.test('a file that has become shorter while it was read is damaged', async (t) => {
  const file = await seal(filler(3 * CHUNK))
  for (const left of [0, 10, CHUNK]) {
    let shorter = false
    const read = async (offset: number, length: number) => file.subarray(offset, offset + (shorter ? left : length))
    const payload = await payloadOf({ size: file.length, read })
    shorter = true
    await t.rejects(gather(payload.range(0, 10)), PackageDamagedError)
  }
})

t.test('sealing and reading let the event loop turn', async (t) => {
  const bytes = filler(40 << 20)
  let turns = 0
  let counting = true
  const turn = () => {
    turns++
    if (counting) setImmediate(turn)
  }
  setImmediate(turn)
  const file = await gather(encrypt([bytes], PASSPHRASE, 1))
  t.ok(turns >= 20, 'at least every 2 MiB sealed')
  turns = 0
  t.ok((await open(file))?.equals(bytes))
  t.ok(turns >= 20, 'at least every 2 MiB read')
  counting = false
})
