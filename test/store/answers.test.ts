import t, { type Test } from 'tap'
import { type Answer, type Answers, answersTable, type TryRules } from '../../src/store/answers.js'
import { consumersTable } from '../../src/store/consumers.js'
import { temporaryDatabase } from './support.js'

const RULES: TryRules = { slowFrom: 2, delays: [10, 100], lockAt: 5, freezeAt: 8 }

function answer(changes: Partial<Answer> = {}): Answer {
  return {
    ...{ consumerId: 'consumer-1', version: 1, normalisation: 1, salt: Buffer.alloc(16, 1), pepperId: '00000000' },
    ...{ questionSealed: Buffer.from('question'), answerKeySealed: Buffer.from('key'), createdAt: 1000, retiredAt: null },
    ...{ wrongInRow: 0, wrongTotal: 0, nextTryAt: 0, lockedAt: null, frozenAt: null },
    ...changes,
  }
}

async function answersOf(t: Test, ...rows: Answer[]) {
  const database = await temporaryDatabase(t)
  const write = <T>(work: (answers: Answers) => Promise<T>) => database.write((trx) => work(answersTable(trx)))
  await database.write(async (trx) => {
    const consumer = { id: 'consumer-1', address: 'maria@example.org', language: 'en', createdAt: 1000, answerVersion: null }
    await consumersTable(trx).register(consumer)
    for (const row of rows) await answersTable(trx).add(row)
  })
  const reserve = (now: number) => write((answers) => answers.reserveTry('consumer-1', 1, now, RULES))
  return { read: answersTable(database.read), write, reserve }
}

t.test('an answer comes back as it was put in, each version by itself', async (t) => {
  const { read, write } = await answersOf(t, answer(), answer({ version: 2, retiredAt: 5000 }))
  t.strictSame(await read.get('consumer-1', 1), answer())
  t.strictSame(await read.get('consumer-1', 2), answer({ version: 2, retiredAt: 5000 }))
  t.equal(await read.get('consumer-1', 3), null)
  t.equal(await read.latestVersion('consumer-1'), 2)
  t.equal(await read.latestVersion('nobody'), 0)
  await t.rejects(
    write((answers) => answers.add(answer())),
    { name: 'StoreError', failure: 'duplicate' },
  )
})

t.test('a try is taken in advance, and too early there is none', async (t) => {
  const { read, reserve } = await answersOf(t, answer())
  t.strictSame(await reserve(1000), { wrongInRow: 1, wrongTotal: 1, nextTryAt: 0, locks: false, freezes: false })
  t.match(await reserve(1000), { wrongInRow: 2, nextTryAt: 1010 })
  t.equal(await reserve(1009), null)
  t.match(await reserve(1010), { wrongInRow: 3, nextTryAt: 1110 })
  t.match(await reserve(1110), { wrongInRow: 4, nextTryAt: 1210 }, 'the last delay stays')
  t.match(await reserve(1210), { wrongInRow: 5, locks: true })
  t.equal(await reserve(9999), null)
  t.match(await read.get('consumer-1', 1), { wrongInRow: 5, wrongTotal: 5, lockedAt: 1210, frozenAt: null })
})

t.test('many at once get no more tries than one after the other', async (t) => {
  const { reserve } = await answersOf(t, answer())
  const taken = await Promise.all(Array.from({ length: 50 }, () => reserve(1000)))
  t.equal(taken.filter(Boolean).length, 2)
})

t.test('the total freezes, whatever the run', async (t) => {
  const { read, write, reserve } = await answersOf(t, answer({ wrongTotal: 7 }))
  t.match(await reserve(1000), { wrongInRow: 1, wrongTotal: 8, freezes: true })
  t.match(await read.get('consumer-1', 1), { frozenAt: 1000 })
  t.equal(await reserve(2000), null)
  t.equal(await write((answers) => answers.unlockAll('consumer-1')), 0)
})

t.test('a right answer takes its own try back, and the lock that this try made', async (t) => {
  const { read, write, reserve } = await answersOf(t, answer({ wrongInRow: 4, wrongTotal: 4 }))
  const taken = await reserve(1000)
  if (!taken) return t.fail('no try')
  await write((answers) => answers.succeed('consumer-1', 1, taken))
  t.match(await read.get('consumer-1', 1), { wrongInRow: 0, wrongTotal: 4, nextTryAt: 0, lockedAt: null })
})

t.test('a right answer does not take back a lock that another try made meanwhile', async (t) => {
  const { read, write, reserve } = await answersOf(t, answer({ wrongInRow: 3, wrongTotal: 3 }))
  const right = await reserve(1000)
  t.match(await reserve(2000), { locks: true })
  if (!right) return t.fail('no try')
  await write((answers) => answers.succeed('consumer-1', 1, right))
  t.match(await read.get('consumer-1', 1), { lockedAt: 2000 })
})

t.test('a try given back leaves no delay, but a later try’s delay stays', async (t) => {
  const { read, write, reserve } = await answersOf(t, answer({ wrongInRow: 2, wrongTotal: 2 }))
  const first = await reserve(1000)
  if (!first) return t.fail('no try')
  await write((answers) => answers.giveBack('consumer-1', 1, first, RULES))
  t.match(await read.get('consumer-1', 1), { wrongInRow: 2, wrongTotal: 2, nextTryAt: 0 })
  const second = await reserve(1000)
  const third = await reserve(2000)
  if (!second || !third) return t.fail('no try')
  await write((answers) => answers.giveBack('consumer-1', 1, second, RULES))
  t.match(await read.get('consumer-1', 1), { wrongInRow: 3, nextTryAt: 2100 })
})

t.test('unlocking starts the run anew, and the total goes on', async (t) => {
  const locked = { wrongInRow: 5, wrongTotal: 6, lockedAt: 900, nextTryAt: 5000 }
  const { read, write } = await answersOf(t, answer(locked), answer({ version: 2 }), answer({ version: 3, ...locked, frozenAt: 900 }))
  t.equal(await write((answers) => answers.unlockAll('consumer-1')), 1)
  t.match(await read.get('consumer-1', 1), { wrongInRow: 0, wrongTotal: 6, lockedAt: null, nextTryAt: 0 })
  t.match(await read.get('consumer-1', 3), { lockedAt: 900, frozenAt: 900 })
})

t.test('an answer is retired once', async (t) => {
  const { read, write } = await answersOf(t, answer())
  await write((answers) => answers.retire('consumer-1', 1, 2000))
  await write((answers) => answers.retire('consumer-1', 1, 3000))
  t.match(await read.get('consumer-1', 1), { retiredAt: 2000 })
})
