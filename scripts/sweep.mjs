// The fault sweep: each way through the service is walked again and again, and at its n-th touch of the outside world (a file, a statement
// of the database, a hand-off to the relay) something happens, n = 1, 2, 3 … until a walk comes through untouched. Then the service is
// started again, the clinic sends again as a mail server does, and what was promised is looked up in the data.
//   npm run sweep                          everything (three hours and more on two slow cores)
//   npm run sweep -- --every 5 --from 2    every fifth touch only, from the second on
//   npm run sweep -- --flow intake --fault SIGKILL
// The relay's own misdeeds (a line dropped after the dot and the like) are swept over its mails instead of touches.

import { randomBytes } from 'node:crypto'
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { check, letLeasesPass } from './sweep/check.mjs'
import { FLOWS } from './sweep/flows.mjs'
import { FAULTS } from './sweep/touches.mjs'
import { ADMIN, mailsTo, noticesOf, SENDER, send, wait } from './sweep/town.mjs'
import { openWorker, place } from './sweep/worker.mjs'

const HOUR = 3_600_000
/** Longer than the janitor's grace for blobs that no row names. */
const LATER = 7 * HOUR
/** What the relay does to its n-th mail. */
const RELAY_FAULTS = {
  'dropped after the dot, not taken': { drop: 'after-dot' },
  'dropped after the dot, taken': { drop: 'after-taking' },
  'dropped in the text': { drop: 'in-text' },
  '451 at the dot': { dot: '451 4.3.0 later' },
  '554 at the dot': { dot: '554 5.7.1 no' },
  '550 to the address': { rcpt: '550 5.1.1 nobody' },
}
/** Touches of one walk after which something must be wrong with the count itself. */
const MOST_TOUCHES = 2000

const { values: options } = parseArgs({
  options: {
    every: { type: 'string', default: '' },
    from: { type: 'string', default: '1' },
    flow: { type: 'string', default: '' },
    fault: { type: 'string', default: '' },
    jobs: { type: 'string', default: '4' },
    verbose: { type: 'boolean', default: false },
  },
})

/** One walk with one fault. Resolves with what was struck (null: nothing was) and what was found afterwards. */
async function walk(worker, flow, { fault, at, relayFault }) {
  const { relay, hurt } = worker
  const base = worker.bases[flow.base]
  const here = place(worker, join(worker.root, `walk-${++worker.serial}`))
  await cp(base.folder, here.folder, { recursive: true })
  const marker = `marker${randomBytes(8).toString('hex')}`
  const record = { marker, notices: base.notices, sent: base.sent.map((each) => ({ ...each })), acts: new Set(flow.acts ?? []) }
  if (base.request) record.request = base.request
  if (flow.answers) record.answer = { ...base.answer }
  const account = { ...base.account, keys: join(here.folder, 'keys') }
  relay.begin(relayFault ?? null, at)
  const aheadMs = flow.aheadMs ?? 0
  let brokenOff = null
  try {
    const about = { ...here, relay: relay.url, fault, at: relayFault ? 0 : at, aheadMs, arm: flow.arm ?? false }
    const doors = await hurt.order('start', about)
    const town = { ...doors, recall: (number) => hurt.order('recall', { number }) }
    await flow.run({ town, relay, account, record, isOver: () => !hurt.isAlive })
    if (flow.arm) await settle(hurt)
  } catch (error) {
    brokenOff = error.message
    if (options.verbose) console.log(`    ${error.message}`)
  }
  const struck = await whatStruck(worker, fault, at, relayFault)
  relay.heal()
  const canBeRefused = /^5/.test(relayFault?.dot ?? relayFault?.rcpt ?? '')
  const troubles = await recover(worker, here, aheadMs + LATER, { account, record, canBeRefused })
  let findings = await check(here, relay, record)
  if (findings.orphans.length > 0) {
    await anHourLater(worker, here, aheadMs + LATER)
    findings = await check(here, relay, record)
  }
  findings.lost.push(...troubles)
  // Else a sweep over a way that nobody can walk would find nothing, for ever.
  if (struck === null && brokenOff !== null) findings.lost.push(`untouched, the way breaks off: ${brokenOff}`)
  await clear(here.folder)
  return { struck, findings }
}

/** What the service of a walk still writes while it ends comes in between, now and then. */
function clear(folder) {
  return rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
}

/** A way with no steps of its own is what the service does by itself: over when it touches nothing any more. */
async function settle(host) {
  let last = -1
  await wait(
    async () => {
      const { count } = await host.order('look')
      const isQuiet = count === last
      last = count
      if (!isQuiet) await new Promise((resolve) => setTimeout(resolve, 300))
      return isQuiet
    },
    5000,
    () => !host.isAlive,
  )
}

async function whatStruck({ hurt, relay }, fault, at, relayFault) {
  if (relayFault) {
    const struck = relay.mails() >= at ? 'mail' : null
    await stopOrKill(hurt)
    return struck
  }
  if (fault === 'SIGKILL' && !hurt.isAlive) return 'the process'
  const { struck } = await hurt.order('look').catch(() => ({ struck: 'the process' }))
  await stopOrKill(hurt)
  return struck
}

/** A service that cannot stop any more is ended. */
async function stopOrKill(host) {
  const stopped = host.order('stop').then(
    () => true,
    () => true,
  )
  if (!(await Promise.race([stopped, new Promise((resolve) => setTimeout(resolve, 8000, false).unref())]))) await host.kill()
}

/**
 * Some hours later the service runs again, and the clinic's mail server, which never saw a 250, sends again, and once more than it need.
 * Resolves with what went wrong.
 */
async function recover({ sound, relay }, here, aheadMs, { account, record, canBeRefused }) {
  const troubles = []
  await letLeasesPass(here)
  const town = await sound.order('start', { ...here, relay: relay.url, fault: '', at: 0, aheadMs, arm: false })
  for (const message of record.sent.filter(({ isNew }) => isNew)) {
    const code = await deliver(town, account, message)
    message.isTaken ||= code === 250
    if (code !== 250) troubles.push(`sent again it is answered ${code}`)
    const before = noticesOf(relay).length
    if ((await send(town, account, message)) !== 250) troubles.push('sent once more it is not answered 250')
    if (noticesOf(relay).length !== before) troubles.push('sent once more it is announced again')
    if (!(await wait(() => isTold(relay, canBeRefused), 6000))) troubles.push('no receipt comes')
  }
  if (record.answer) troubles.push(...(await answerAgain(town, relay, account, record)))
  await settle(sound)
  await sound.order('stop')
  return troubles
}

/** Whatever became of the first one: the clinic's server sends its answer again, and then the person hears of it. */
async function answerAgain(town, relay, account, record) {
  const code = await deliver(town, account, record.answer)
  if (code !== 250) return [`the answer, sent again, is answered ${code}`]
  return (await wait(() => noticesOf(relay)[0], 10_000)) ? [] : ['what was answered is not sent on']
}

/** The clinic has its receipt. Where the relay refused that for good, a person has heard that the clinic has none. */
function isTold(relay, canBeRefused) {
  const receipts = mailsTo(relay, SENDER, /intake number/i)
  return receipts.length > 0 || (canBeRefused && mailsTo(relay, ADMIN, /receipt for intake|asks the provider/i).length > 0)
}

/** The janitor leaves alone what a live claim may be about, and comes every hour: in the next one nobody claims anything. */
async function anHourLater({ sound, relay }, here, aheadMs) {
  await letLeasesPass(here)
  await sound.order('start', { ...here, relay: relay.url, fault: '', at: 0, aheadMs: aheadMs + HOUR, arm: true })
  await settle(sound)
  await sound.order('stop')
}

async function deliver(town, account, message) {
  let code = 0
  for (let tries = 0; tries < 8 && code !== 250 && code < 500; tries++) code = await send(town, account, message)
  return code
}

/** The first one, and how many further the next. Each fault begins at another one. */
function touchesOf({ every = 1 }, fault) {
  if (options.every !== '') return [Number(options.from), Number(options.every)]
  return [Number(options.from) + (FAULTS.indexOf(fault) % every), every]
}

/** All touches of one flow under one fault. Resolves with {points, findings}. */
async function sweepFlow(worker, flow, fault) {
  const relayFault = RELAY_FAULTS[fault] ?? null
  const [first, step] = relayFault ? [1, 1] : touchesOf(flow, fault)
  const sum = { points: 0, touches: 0, lost: [], dead: [], leaks: [], orphans: [] }
  for (let at = first; at < MOST_TOUCHES; at += step) {
    const { struck, findings } = await walk(worker, flow, { fault: relayFault ? '' : fault, at, relayFault })
    for (const kind of ['lost', 'dead', 'leaks', 'orphans'])
      sum[kind].push(...findings[kind].map((text) => `${text} (touch ${at}: ${struck})`))
    if (struck === null) break
    sum.points++
    if (options.verbose) console.log(`  ${flow.name}, ${fault}, ${at}: ${struck}`)
  }
  return sum
}

function tell(flow, fault, { points, ...found }) {
  const problems = ['lost', 'dead', 'leaks', 'orphans'].flatMap((kind) => found[kind].map((text) => `    ${kind}: ${text}`))
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${flow.name}, ${fault}: ${points} points`)
  for (const problem of problems) console.log(problem)
}

const began = performance.now()
const root = await mkdtemp(join(tmpdir(), 'hepoex-sweep-'))
const tasks = FLOWS.filter(({ name }) => name.startsWith(options.flow)).flatMap((flow) =>
  [...FAULTS, ...(flow.arm ? [] : Object.keys(RELAY_FAULTS))]
    .filter((fault) => fault.startsWith(options.fault))
    .map((fault) => ({ flow, fault })),
)
const totals = { points: 0, lost: 0, dead: 0, leaks: 0, orphans: 0 }
const faults = new Set(tasks.map(({ fault }) => fault))

async function work(index) {
  const folder = join(root, String(index))
  await mkdir(folder)
  const worker = await openWorker(folder)
  for (let task = tasks.shift(); task; task = tasks.shift()) {
    const found = await sweepFlow(worker, task.flow, task.fault)
    tell(task.flow, task.fault, found)
    totals.points += found.points
    for (const kind of ['lost', 'dead', 'leaks', 'orphans']) totals[kind] += found[kind].length
  }
  await worker.hurt.kill()
  await worker.sound.kill()
  await worker.relay.close()
}

try {
  await Promise.all(Array.from({ length: Number(options.jobs) }, (_each, index) => work(index)))
} finally {
  await clear(root)
}
const { points, lost, dead, leaks, orphans } = totals
const isSound = points > 0 && lost + dead + leaks + orphans === 0
console.log(`\n${points} points over ${faults.size} faults in ${Math.round((performance.now() - began) / 1000)} s`)
console.log(`${points} points x ${faults.size} faults, ${lost} lost, ${dead} dead codes, ${leaks} leaks, ${orphans} orphans`)
console.log(`sweep: ${isSound ? points : 0} passed, ${isSound ? 0 : Math.max(1, lost + dead + leaks + orphans)} failed`)
process.exitCode = isSound ? 0 : 1
