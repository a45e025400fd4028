// Faults of a real disk under the real service: one that is full (a small tmpfs, which wants root), and syncs that fail (libfiu). Every
// message is sent again until it is answered 250 or 5xx, as a mail server does; then each 250 must have a code that opens it.
//   node --import tsx scripts/faults.mjs
// Fails where mount or fiu-run are missing.

import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { check, letLeasesPass } from './sweep/check.mjs'
import { Host, newMessage, send } from './sweep/town.mjs'
import { openWorker, place } from './sweep/worker.mjs'

const MESSAGES = 40
const DISK_BYTES = 4 << 20
const results = []

function run(command, ...words) {
  const { status, error } = spawnSync(command, words, { stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) throw new Error(`${command} ${error?.code ?? `ended with ${status}`}: it is needed here`)
}

/**
 * Sends messages to a service that may fail, starts it anew when it is gone, and mends the disk half way. `announced`: so little is asked
 * for before a message is admitted that the disk itself has to refuse it.
 */
async function send40(worker, host, here, { diskFloor, mend, announced }) {
  const marker = `marker${randomBytes(8).toString('hex')}`
  const base = worker.bases.enrolled
  const account = { ...base.account, keys: join(here.folder, 'keys') }
  const record = { marker, notices: [], sent: [], acts: new Set() }
  const about = { ...here, relay: worker.relay.url, fault: '', at: 0, aheadMs: 0, arm: false, diskFloor }
  const replies = new Map()
  worker.relay.begin(null, 0)
  let town = null
  for (let index = 0; index < MESSAGES; index++) {
    if (index === MESSAGES / 2) await mend?.()
    const message = { ...newMessage(`${marker}-${index}`), isNew: true, announced }
    record.sent.push(message)
    for (let tries = 0; tries < 4 && !message.isTaken; tries++) {
      town ??= await host.order('start', about).catch(() => null)
      const code = town === null ? 0 : await send(town, account, message)
      replies.set(code, (replies.get(code) ?? 0) + 1)
      message.isTaken = code === 250
      if (code >= 500) break
      if (!host.isAlive) town = null
    }
  }
  await host.order('stop').catch(() => {})
  await host.kill()
  return { record, replies, account }
}

/** The disk behaves again: what was not taken is sent once more, and all of it is looked up. */
async function settleUp(name, worker, here, { record, replies, account }) {
  await letLeasesPass(here)
  const about = { ...here, relay: worker.relay.url, fault: '', at: 0, aheadMs: 7 * 3_600_000, arm: false, diskFloor: 0 }
  const town = await worker.sound.order('start', about)
  let late = 0
  for (const message of record.sent.filter(({ isTaken }) => !isTaken)) {
    late++
    message.isTaken = (await send(town, account, message)) === 250
  }
  await worker.sound.order('stop')
  // The janitor leaves alone what a live claim may still be about: it comes once more, when there is none.
  await letLeasesPass(here)
  await worker.sound.order('start', about)
  await setTimeout(3000)
  await worker.sound.order('stop')
  const findings = await check(here, worker.relay, record)
  const stuck = record.sent.filter(({ isTaken }) => !isTaken).length
  const said = [...replies].sort().map(([code, count]) => `${count} x ${code || 'no reply'}`)
  const troubles = Object.entries({ ...findings, stuck: Array(stuck).fill('not taken even on a sound disk') }).flatMap(([kind, all]) =>
    all.map((text) => `${kind}: ${text}`),
  )
  const faults = [...replies].reduce((sum, [code, count]) => sum + (code === 250 ? 0 : count), 0)
  if (faults === 0) troubles.push('nothing failed, so nothing was shown')
  console.log(`${troubles.length === 0 ? 'ok  ' : 'FAIL'} ${name}: ${said.join(', ')}; ${late} taken afterwards`)
  for (const trouble of troubles) console.log(`    ${trouble}`)
  results.push(troubles.length === 0)
}

async function fullDisk(worker) {
  const here = { ...place(worker, join(worker.root, 'full')), logFile: join(worker.root, 'log') }
  await mkdir(here.folder)
  run('mount', '-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', here.folder)
  try {
    await cp(worker.bases.enrolled.folder, here.folder, { recursive: true })
    const filler = join(here.folder, 'filler')
    // Whatever is left after it is too little for the twenty messages before the disk is mended.
    for (let bytes = DISK_BYTES; bytes > 4096; bytes = Math.floor(bytes * 0.9)) {
      const isThere = await writeFile(filler, Buffer.alloc(bytes)).then(
        () => true,
        () => false,
      )
      if (isThere) break
    }
    const sent = await send40(worker, new Host(), here, { diskFloor: 0, mend: () => rm(filler), announced: 1000 })
    await settleUp('a full disk', worker, here, sent)
  } finally {
    run('umount', here.folder)
  }
}

async function failingSyncs(worker) {
  const here = place(worker, join(worker.root, 'syncs'))
  await cp(worker.bases.enrolled.folder, here.folder, { recursive: true })
  const host = new Host(['fiu-run', '-x', '-c', 'enable_random name=posix/io/sync/*,probability=0.04'])
  await settleUp('syncs that fail', worker, here, await send40(worker, host, here, { diskFloor: 0 }))
}

run('fiu-run', '-x', 'true')
const root = await mkdtemp(join(tmpdir(), 'hepoex-faults-'))
const worker = await openWorker(root)
try {
  await fullDisk(worker)
  await failingSyncs(worker)
} finally {
  await worker.sound.kill()
  await worker.relay.close()
  await rm(root, { recursive: true, force: true })
}
const passed = results.filter(Boolean).length
console.log(`faults: ${passed} passed, ${results.length - passed} failed`)
process.exitCode = passed === 2 ? 0 : 1
