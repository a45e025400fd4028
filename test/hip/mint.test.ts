import t from 'tap'
import { codeSecret, codeVerifier, stretchCode } from '../../src/hip/keys.js'
import { Mint, type Minted } from '../../src/hip/mint.js'
import { BusyError, Semaphore } from '../../src/semaphore.js'

const pepper = { id: 'p1', key: Buffer.alloc(32, 5) }

/** Resolves when the mint has refilled its pool: its one slow hash at a time leaves the semaphore for good. */
async function settled(semaphore: CountingSemaphore, count: number): Promise<void> {
  while (semaphore.done < count) await new Promise((resolve) => setImmediate(resolve))
  await new Promise((resolve) => setImmediate(resolve))
}

class CountingSemaphore extends Semaphore {
  done = 0
  override async run<T>(work: () => Promise<T>): Promise<T> {
    const result = await super.run(work)
    this.done++
    return result
  }
}

t.test('what is minted fits together', async (t) => {
  const mint = new Mint({ pepper, semaphore: new Semaphore(1), size: 0 })
  const minted = await mint.take()
  t.match(minted, { number: /^[0-9A-Z]{12}$/, code: /^[0-9]{16}$/, pepperId: 'p1' })
  t.equal(minted.salt.length, 16)
  const k = await stretchCode(minted.code, minted.salt)
  t.same(minted.verifier, codeVerifier(k, pepper.key))
  t.same(minted.codeSecret, codeSecret(k))
})

t.test('no entry is ever given twice, however many take at once', async (t) => {
  const mint = new Mint({ pepper, semaphore: new Semaphore(2), size: 3 })
  const taken: Minted[] = []
  for (let round = 0; round < 3; round++) taken.push(...(await Promise.all([mint.take(), mint.take(), mint.take(), mint.take()])))
  mint.close()
  for (const field of ['code', 'number'] as const) t.equal(new Set(taken.map((minted) => minted[field])).size, taken.length)
  t.equal(new Set(taken.map(({ salt }) => salt.toString('hex'))).size, taken.length)
})

t.test('an entry whose taker fails is gone', async (t) => {
  const mint = new Mint({ pepper, semaphore: new Semaphore(1), size: 1 })
  const codes: string[] = []
  const failing = async () => {
    codes.push((await mint.take()).code)
    throw new Error('no disk')
  }
  for (let attempt = 0; attempt < 4; attempt++) await t.rejects(failing())
  mint.close()
  t.equal(new Set(codes).size, 4)
})

t.test('a filled pool serves without hashing, and fills again', async (t) => {
  const semaphore = new CountingSemaphore(1)
  const mint = new Mint({ pepper, semaphore, size: 2 })
  await mint.take()
  await settled(semaphore, 3)
  const before = semaphore.done
  await mint.take()
  t.equal(semaphore.done, before, 'from the pool')
  await settled(semaphore, before + 1)
  mint.close()
})

t.test('with the line full and the pool empty the taker is told so', async (t) => {
  const semaphore = new Semaphore(1, 0)
  let open = () => {}
  const held = semaphore.run(() => new Promise<void>((resolve) => (open = resolve)))
  const mint = new Mint({ pepper, semaphore })
  await t.rejects(mint.take(), BusyError)
  open()
  await held
  await t.resolves(mint.take())
  mint.close()
})

t.test('a closed mint gives nothing and keeps nothing', async (t) => {
  const semaphore = new CountingSemaphore(1)
  const mint = new Mint({ pepper, semaphore, size: 1 })
  await mint.take()
  mint.close()
  await settled(semaphore, 2)
  await t.rejects(mint.take(), { message: 'minting: the mint is closed' })
})
