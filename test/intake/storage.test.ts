import { EventEmitter, once } from 'node:events'
import t from 'tap'
import { DAY } from '../../src/clock.js'
import { StorageHealth } from '../../src/intake/storage.js'
import type { Log } from '../../src/log.js'
import { BlobError } from '../../src/store/blobs.js'
import { StoreError } from '../../src/store/errors.js'
import { makeBench } from '../support/desk.js'
import { rawMessage } from '../support/raw.js'

const EIO = new BlobError('syncing blob', 'EIO')

/** A health whose probes and mails are scripted: each takes the next answer, the last one for ever. */
function newHealth(script: { probes?: boolean[]; tells?: boolean[] } = {}) {
  const { probes = [true], tells = [true] } = script
  const world = { at: 0, probes: 0, tells: 0 }
  const happened = new EventEmitter()
  const lines: Array<Record<string, unknown>> = []
  const log: Log = {
    event: (event, fields) => {
      lines.push({ event, ...fields })
      happened.emit(event)
    },
    failure: () => {},
  }
  const next = (answers: boolean[]) => (answers.length > 1 ? answers.shift() : answers[0]) ?? false
  const health = new StorageHealth({
    log,
    now: () => world.at,
    waitMs: 5,
    probe: async () => {
      world.probes++
      if (!next(probes)) throw EIO
    },
    tell: async () => {
      world.tells++
      return next(tells)
    },
  })
  return { health, world, lines, recovered: () => once(happened, 'recovered') }
}

t.test('a write that failed for the disk’s sake makes it unsound, is told once, and a probe that works makes it sound again', async (t) => {
  const { health, world, lines, recovered } = newHealth({ probes: [false, false, true] })
  t.equal(health.isSound, true)
  const well = recovered()
  health.noteFailure(EIO)
  health.noteFailure(new StoreError('io', 'SQLITE_IOERR'))
  t.equal(health.isSound, false)
  await well
  t.equal(health.isSound, true)
  await health.stop()
  t.match(world, { probes: 3, tells: 1 })
  t.strictSame(lines, [
    { event: 'alert', reason: 'storage-failing', detail: 'EIO' },
    { event: 'recovered', reason: 'storage-failing' },
  ])
})

t.test('a full disk, a busy database and a bug change nothing', async (t) => {
  const { health, world, lines } = newHealth()
  for (const error of [
    new BlobError('writing blob', 'ENOSPC'),
    new StoreError('full', 'SQLITE_FULL'),
    new StoreError('busy', 'SQLITE_BUSY'),
    new TypeError('x'),
  ])
    health.noteFailure(error)
  t.equal(health.isSound, true)
  await health.stop()
  t.match(world, { probes: 0, tells: 0 })
  t.same(lines, [])
})

t.test('who could not be told while nothing could be written is told afterwards', async (t) => {
  const { health, world, recovered } = newHealth({ tells: [false, true] })
  const well = recovered()
  health.noteFailure(EIO)
  await well
  await health.stop()
  t.equal(world.tells, 2)
})

t.test('a disk that comes and goes is told once a day', async (t) => {
  const { health, world, recovered } = newHealth()
  for (const at of [0, DAY - 1, DAY]) {
    world.at = at
    const well = recovered()
    health.noteFailure(EIO)
    await well
  }
  await health.stop()
  t.equal(world.tells, 2)
})

t.test('once stopped it probes no more', async (t) => {
  const { health, world } = newHealth()
  health.noteFailure(EIO)
  await health.stop()
  await new Promise((resolve) => setTimeout(resolve, 20))
  t.equal(world.probes, 0)
})

t.test('while the disk fails MAIL is put off without a row, and a message admitted before is not worked on', async (t) => {
  const storage = { isSound: true }
  const bench = await makeBench(t, { storage })
  const peer = { address: '198.51.100.7', ehlo: '', tls: 'TLSv1.3 X', signedInAs: 'provider-1' }
  const before = await bench.door.mail(peer, 'records@clinic.example', null)
  if ('replyCode' in before) return t.fail('not admitted')
  await bench.door.rcpt(before, 'clinic@intake.localhost')
  storage.isSound = false
  t.match(await bench.door.mail(peer, 'records@clinic.example', null), { replyCode: 451, enhancedCode: '4.3.0' })
  t.match(await bench.door.data(before, [rawMessage()]), { replyCode: 451, enhancedCode: '4.3.0' })
  bench.door.release(before)
  t.same(await bench.store.database.read('intakes'), [])
  t.equal(bench.courier.handed.length, 0)
  storage.isSound = true
  t.equal((await bench.send(rawMessage())).replyCode, 250)
})

const BROKEN: Array<[string, number, string, Error]> = [
  ['a disk that is full', 452, 'short-of-disk', new BlobError('writing blob', 'ENOSPC')],
  ['a disk that fails', 451, 'storage-failing', EIO],
  ['a database that fails', 451, 'storage-failing', new StoreError('io', 'SQLITE_IOERR')],
  ['a bug', 451, 'internal', new TypeError('x')],
]

for (const [what, replyCode, reason, error] of BROKEN) {
  t.test(`${what} when sealing is ${replyCode} ${reason}, and no code goes out`, async (t) => {
    const bench = await makeBench(t)
    Object.assign(bench.store.blobs, { put: () => Promise.reject(error) })
    t.equal((await bench.send(rawMessage())).replyCode, replyCode)
    t.match(await bench.store.database.read('intakes'), [{ reason }])
    t.equal(bench.courier.handed.length, 0)
  })
}
