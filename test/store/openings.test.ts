import t, { type Test } from 'tap'
import { type Opening, type Openings, openingsTable } from '../../src/store/openings.js'
import { temporaryDatabase } from './support.js'

const OPENING: Opening = {
  ...{ id: 'o1', packageId: 'p1', passphraseSealed: Buffer.from('sealed'), openedBefore: null },
  ...{ createdAt: 0, idleUntil: 100, endsAt: 150 },
}

async function openingsOf(t: Test) {
  const database = await temporaryDatabase(t)
  const write = <T>(work: (openings: Openings) => Promise<T>) => database.write((trx) => work(openingsTable(trx)))
  await write((openings) => openings.add(OPENING))
  return { read: openingsTable(database.read), write }
}

t.test('an opening lives while it is used, until its end', async (t) => {
  const { read, write } = await openingsOf(t)
  t.strictSame(await read.live('o1', 99), OPENING)
  t.equal(await read.live('o1', 100), null)
  t.equal(await write((openings) => openings.touch('o1', 100, 100)), null, 'what is over stays over')
  t.strictSame(await write((openings) => openings.touch('o1', 99, 30)), { ...OPENING, idleUntil: 129 })
  t.strictSame(await write((openings) => openings.touch('o1', 128, 30)), { ...OPENING, idleUntil: 150 })
  t.equal(await read.live('o1', 150), null)
})

t.test('openings go one by one, with their packages, and when they are over', async (t) => {
  const { write } = await openingsOf(t)
  t.ok(await write((openings) => openings.remove('o1')))
  t.notOk(await write((openings) => openings.remove('o1')))
  await write((openings) => openings.add(OPENING))
  await write((openings) => openings.add({ ...OPENING, id: 'o2', packageId: 'p2' }))
  t.equal(await write((openings) => openings.removeOf([])), 0)
  t.equal(await write((openings) => openings.removeOf(['p1', 'p3'])), 1)
  t.equal(await write((openings) => openings.forget(99)), 0)
  t.equal(await write((openings) => openings.forget(100)), 1)
})
