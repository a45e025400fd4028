// The real service for a while, under mail, by way of a relay that misbehaves, with restarts and kills, a backup and a rotation of the
// keys in between. At the end every mail that was answered 250 must have a mailed code that opens exactly what was sent, and every code
// that was mailed must open. The seed is printed: it draws the same faults again, though not at the same moments.
//   npm run soak                        ten minutes, as many small mails as one core takes on (npm run bench says how many)
//   npm run soak -- --minutes 3 --rate 5 --seed 42

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createTransport } from 'nodemailer'
import { openHouse, until } from './house.mjs'
import { readNotices, sweep, tryNotices } from './soak/check.mjs'
import { FaultyRelay, randomFrom, STORMS } from './soak/relay.mjs'
import { linksOf, Visitor } from './visitor.mjs'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, rate: { type: 'string', default: '18' }, seed: { type: 'string' } },
})
const MINUTES = Number(values.minutes)
const RATE = Number(values.rate)
const SEED = Number(values.seed ?? Math.floor(Math.random() * 1e9))
if (![MINUTES, RATE].every((each) => each > 0) || !Number.isInteger(SEED)) {
  console.error('usage: npm run soak -- [--minutes N] [--rate MAILS_A_SECOND] [--seed INTEGER]')
  process.exit(2)
}

const SENDER = 'records@clinic.example'
const PEOPLE = ['ada', 'ben', 'cleo'].map((name) => ({
  address: `${name}@home.example`,
  question: `Which boat did ${name} like best?`,
  answer: `the wandering albatross of ${name}`,
}))
/** Mails in the sender's hands at once, and connections it opens for them. */
const [MOST_QUEUED, CONNECTIONS] = [150, 12]
/** As a mail server would, but in seconds: it must be seen to the end. */
const RETRY_MS = 3_000
/** Longer than the lease of a claim whose holder was killed. */
const DRAIN_MS = 6 * 60_000
/** 550 were seen: 300 at work, and 128 for each of two answers being hashed at once. */
const MAX_PEAK_MB = 700
/** Of what is in use when nothing waits to be collected; a leak of a kilobyte a mail would be 10 in ten minutes. */
const MAX_GROWTH_MB = 25

const random = randomFrom(SEED)
const between = (least, most) => least + random() * (most - least)
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')
const counts = { sent: 0, tries: 0, accepted: 0, refused: 0, stopped: 0, opened: 0, deleted: 0, restarts: 0, kills: 0 }
const failures = []
const began = performance.now()
const say = (text) => console.log(`[${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s] ${text}`)

/** Mails as the clinic's server has them: {id, person, content, text, digests, tries, dueAt}. */
const queue = []
/** Documents, by their digests -> how many mails with them were answered 250, and whether she deleted them. */
const groups = new Map()
let serial = 0
/** True while the service is down on purpose. */
let isDown = false
let isOver = false

function newMail() {
  const id = ++serial
  // Now and then the same documents come again in a new message: she lost her code.
  const again = random() < 0.03 ? queue.at(-1) : null
  const person = again?.person ?? PEOPLE[id % PEOPLE.length]
  const content = again?.content ?? scan(2_000 + Math.floor(random() ** 4 * 200_000), id)
  const text = again?.text ?? `Mail ${id} of the soak.\r\n`
  const digests = [sha256(text), sha256(content)]
  queue.push({ id, person, content, text, digests, tries: 0, dueAt: 0, isBusy: false })
  if (!groups.has(digests.join())) groups.set(digests.join(), { accepted: 0, isDeleted: false })
  counts.sent++
}

function scan(bytes, seed) {
  const content = Buffer.alloc(bytes)
  const noise = randomFrom(seed)
  for (let at = 0; at < bytes; at += 4) content.writeUInt32LE(Math.floor(noise() * 2 ** 32), Math.min(at, bytes - 4))
  content.write('%PDF-1.4\n')
  return content
}

/** One of the sender's connections: takes what is due, and keeps it until 250 or 5xx. */
async function deliver(house, provider) {
  while (!isOver) {
    const mail = queue.find(({ dueAt, isBusy }) => !isBusy && dueAt <= performance.now())
    if (!mail || isDown) {
      await sleep(50)
      continue
    }
    mail.isBusy = true
    const reply = await tryOnce(house, provider, mail)
    mail.isBusy = false
    mail.tries++
    counts.tries++
    mail.dueAt = performance.now() + RETRY_MS * Math.min(4, mail.tries)
    mail.reply = reply.text
    if (reply.code < 500 && reply.code !== 250) continue
    queue.splice(queue.indexOf(mail), 1)
    if (reply.code === 250) {
      counts.accepted++
      groups.get(mail.digests.join()).accepted++
    } else if (/mailbox refused/.test(reply.text)) counts.refused++
    else failures.push(`an unexpected refusal: ${reply.text.slice(0, 80)}`)
  }
}

async function tryOnce(house, provider, { id, person, content, text }) {
  const transport = createTransport({
    ...{ host: '127.0.0.1', port: house.smtpPort, requireTLS: true, tls: { rejectUnauthorized: false } },
    ...{ connectionTimeout: 20_000, greetingTimeout: 30_000, socketTimeout: 300_000 },
    auth: { user: provider.smtpUser, pass: provider.smtpPassword },
  })
  try {
    const { response } = await transport.sendMail({
      ...{ from: SENDER, to: provider.intakeAddress, subject: person.address, messageId: `<${id}@clinic.example>`, text },
      attachments: [{ filename: 'scan.pdf', contentType: 'application/pdf', content }],
    })
    return { code: Number(response.slice(0, 3)), text: response }
  } catch (error) {
    // No reply at all is no refusal: a mail server comes again.
    return { code: error.responseCode ?? 0, text: error.response ?? '' }
  } finally {
    transport.close()
  }
}

async function keepSending(end) {
  while (performance.now() < end) {
    if (queue.length < MOST_QUEUED) newMail()
    await sleep(1000 / RATE)
  }
}

async function keepStorming(relay, end) {
  for (;;) {
    await sleep(between(15_000, 45_000))
    if (performance.now() > end) return
    const kind = STORMS[Math.floor(random() * STORMS.length)]
    say(`storm: ${kind}`)
    await relay.storm(kind, kind === 'refusing' ? between(5_000, 15_000) : between(1_000, 3_000))
  }
}

async function keepRestarting(house, end) {
  for (;;) {
    await sleep(between(30_000, 75_000))
    if (performance.now() > end) return
    const signal = random() < 0.45 ? 'SIGKILL' : 'SIGTERM'
    counts[signal === 'SIGKILL' ? 'kills' : 'restarts']++
    say(`the service gets ${signal}`)
    await restart(house, signal)
  }
}

async function restart(house, signal) {
  isDown = true
  const { code } = await house.stop(signal)
  if (signal === 'SIGTERM' && code !== 0) failures.push(`SIGTERM ended the service with ${code}`)
  await house.start()
  isDown = false
}

/** Opens a package now and then as its person does, and sometimes deletes it. */
async function keepOpening(house, relay) {
  for (let next = 0; !isOver; ) {
    await sleep(2_000)
    const mail = relay.mails.slice(next).find(({ to }) => to !== SENDER)
    next = relay.mails.length
    const [notice] = mail ? await readNotices([mail]) : []
    if (!notice || isOver) continue
    // A restart may come in between: then she tries again.
    for (let tries = 1; ; tries++) {
      const pid = house.child.pid
      const outcome = await openOnce(house, notice, random() < 0.1).catch(() => 'broken')
      if (outcome === 'opened') counts.opened++
      // All of them come from one address here: it is told to wait, as it should be.
      if (outcome === 'opened' || outcome === '429' || isOver) break
      if (!isDown && pid === house.child.pid && tries >= 5) {
        failures.push(`a mailed code did not open over the web: ${outcome}`)
        break
      }
      await sleep(3_000)
    }
  }
}

async function openOnce(house, { to, number, code }, isDeleting) {
  const visitor = new Visitor(house.webUrl)
  const person = PEOPLE.find(({ address }) => address === to)
  const question = await visitor.submit(await visitor.open(`/open/${number}`), { code })
  const page = await visitor.submit(question, { answer: person.answer })
  if (!page.url.endsWith('/records') || page.status !== 200) return `${page.status}`
  const digests = []
  for (const { href } of linksOf(page.html).filter((link) => /\/records\/documents\/\d+(\?|$)/.test(link.href)))
    digests.push(sha256((await visitor.open(href)).bytes))
  const group = groups.get(digests.join())
  if (!group) failures.push('a package held something else than what was sent')
  if (!group || !isDeleting) return 'opened'
  group.isDeleted = true
  await visitor.submit(await visitor.open('/records/delete'))
  counts.deleted++
  return 'opened'
}

/** Memory of the service, looked at all the time: {pid, at, used, peak}, in MB. */
const looks = []
async function keepLooking(house) {
  while (!isOver) {
    await sleep(1_000)
    const { pid } = house.child
    try {
      const metrics = await (await fetch(`${house.webUrl}/metrics`)).text()
      const read = (name) => Number(metrics.match(new RegExp(`^${name} (\\S+)$`, 'm'))?.[1]) / 2 ** 20
      const peak = Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmHWM:\s+(\d+)/)?.[1]) / 1024
      const used = read('nodejs_heap_size_used_bytes') + read('nodejs_external_memory_bytes')
      if (used > 0 && peak > 0) looks.push({ pid, at: performance.now(), used, peak })
    } catch {
      // Between two lives there is nothing to look at.
    }
  }
}

/**
 * Of the process that grew most: the least it used (heap and buffers, so right after a collection) in an early minute under mail and in
 * its last one; and the highest peak of resident memory of any.
 */
function memory() {
  const least = (list) => Math.min(...list.map(({ used }) => used))
  let most = { early: 0, late: 0 }
  for (const pid of new Set(looks.map((look) => look.pid))) {
    const life = looks.filter((look) => look.pid === pid)
    const [born, died] = [life[0].at, life.at(-1).at]
    if (died - born < 135_000) continue
    const early = least(life.filter(({ at }) => at > born + 15_000 && at < born + 75_000))
    const late = least(life.filter(({ at }) => at > died - 60_000))
    if (most.early === 0 || late - early > most.late - most.early) most = { early, late }
  }
  return { ...most, growth: most.late - most.early, peak: Math.max(0, ...looks.map(({ peak }) => peak)) }
}

async function register(house, relay, { address, question, answer }) {
  const visitor = new Visitor(house.webUrl)
  await visitor.submit(await visitor.open('/sign-in'), { address })
  const raw = (await until(() => relay.mails.find(({ to }) => to === address), 'the sign-in mail')).raw
  const link = raw.replace(/=\r\n/g, '').match(/\/sign-in\/link\/[\w-]+/)?.[0]
  await visitor.submit(await visitor.open(link))
  const set = await visitor.submit(await visitor.open('/profile/question'), { question, answer, again: answer })
  if (set.status !== 200) throw new Error(`the question was not set (${set.status})`)
}

/** A verb beside the running service: it must do its work whatever happens around it. */
async function verb(house, ...words) {
  const { code, out, err } = await house.cli(...words, '--json')
  say(`hepoex ${words[0]}: ${code === 0 ? out.trim().slice(0, 160) : err.trim()}`)
  if (code !== 0) failures.push(`hepoex ${words[0]} ended with ${code}`)
}

async function run(house, relay, provider) {
  const end = performance.now() + MINUTES * 60_000
  // The last quarter passes without restarts: memory is judged by it.
  const calm = performance.now() + MINUTES * 45_000
  const [delivering, looking, opening] = [
    Array.from({ length: CONNECTIONS }, () => deliver(house, provider)),
    keepLooking(house),
    keepOpening(house, relay),
  ]
  const backup = join(house.folder, 'backup')
  const verbs = (async () => {
    await sleep(MINUTES * 20_000)
    await verb(house, 'keys', 'rotate')
    await sleep(MINUTES * 10_000)
    await verb(house, 'backup', backup)
  })()
  await Promise.all([keepSending(end), keepStorming(relay, end), keepRestarting(house, calm), verbs])
  relay.isFaulty = false
  say(`no more faults; ${queue.length} mails are still with the sender`)
  const isStopped = ({ reply = '' }) => /told our operator/.test(reply)
  for (const stop = performance.now() + DRAIN_MS; performance.now() < stop && queue.some((mail) => !isStopped(mail)); ) await sleep(500)
  counts.stopped = queue.filter(isStopped).length
  if (queue.length > counts.stopped)
    failures.push(`${queue.length - counts.stopped} mails were neither taken nor refused: ${queue.find((mail) => !isStopped(mail)).reply}`)
  isOver = true
  await Promise.all([...delivering, looking, opening])
  return backup
}

/** Every 250 has a code that opens what was sent, and every code opens; of what she deleted herself neither. */
function judge(results) {
  const opens = new Map()
  let dead = 0
  let deleted = 0
  for (const { state, digests } of results) {
    if (state === 'opens') opens.set(digests.join(), (opens.get(digests.join()) ?? 0) + 1)
    else if (state === 'deleted') deleted++
    else dead++
  }
  let lost = 0
  for (const [digests, group] of groups) if (!group.isDeleted) lost += Math.max(0, group.accepted - (opens.get(digests) ?? 0))
  for (const digests of opens.keys()) if (!groups.has(digests)) failures.push('a package holds something else than what was sent')
  if (deleted > 0 && counts.deleted === 0) failures.push('codes say that their package was deleted, and nobody deleted any')
  return { lost, dead, deleted, opening: results.length - dead - deleted }
}

async function checkBackup(house, backup, notices) {
  const mailboxes = join(house.folder, 'restored')
  const environment = { ...house.environment, HEPOEX_MAILBOXES: mailboxes }
  await verb({ ...house, cli: (...words) => cliWith(house, environment, words) }, 'restore', backup)
  const results = await tryNotices({ mailboxes, keyFile: house.environment.HEPOEX_KEY_FILE }, notices)
  const known = results.filter(({ state }) => state !== 'unknown')
  const dead = known.filter(({ state }) => state !== 'opens' && state !== 'deleted').length
  say(`restored from the backup: ${known.length - dead} codes of then open or say deleted, ${dead} dead`)
  if (dead > 0) failures.push(`${dead} codes are dead after a restore`)
}

function cliWith(house, environment, words) {
  const own = { ...house.environment }
  Object.assign(house.environment, environment)
  return house.cli(...words).finally(() => Object.assign(house.environment, own))
}

async function main() {
  say(`soak: ${MINUTES} minutes, about ${RATE} mails a second, seed ${SEED}`)
  const relay = new FaultyRelay(random)
  relay.isFaulty = false
  const house = await openHouse({ relay: await relay.listen(), settings: { OPERATOR_NAME: 'Soak' } })
  try {
    const added = await house.cli('provider', 'add', '--name', 'Soak', '--slug', 'soak', '--sender', SENDER, '--auth', 'password', '--json')
    for (const person of PEOPLE) await register(house, relay, person)
    relay.isFaulty = true
    const backup = await run(house, relay, JSON.parse(added.out))
    const { code } = await house.stop()
    if (code !== 0) failures.push(`the service ended with ${code}`)
    const where = { mailboxes: house.mailboxes, keyFile: house.environment.HEPOEX_KEY_FILE }
    const notices = await readNotices(relay.mails)
    say(`opening every one of ${notices.length} mailed codes …`)
    const { lost, dead, deleted, opening } = judge(await tryNotices(where, notices))
    const swept = await sweep(where)
    if (swept.orphans > 0 || swept.missing > 0)
      failures.push(`${swept.orphans} orphan blobs and ${swept.missing} missing ones after the janitor`)
    await checkBackup(house, backup, notices)
    tell({
      lost,
      dead,
      deleted,
      opening,
      swept,
      faults: relay.faults,
      broken: house.log.filter((line) => line.includes('"event":"failed"')),
    })
  } finally {
    await house.close()
    await relay.close().catch(() => {})
  }
}

function tell({ lost, dead, deleted, opening, swept, faults, broken }) {
  const { early, late, growth, peak } = memory()
  if (early === 0) say('no process lived long enough to judge its memory: run it for longer')
  if (growth > MAX_GROWTH_MB) failures.push(`memory grew by ${growth.toFixed(0)} MB, more than ${MAX_GROWTH_MB}`)
  if (peak > MAX_PEAK_MB) failures.push(`resident memory rose to ${peak.toFixed(0)} MB, more than ${MAX_PEAK_MB}`)
  if (counts.accepted === 0 || counts.opened === 0) failures.push('nothing was taken on, or nothing opened')
  const { sent, tries, accepted, refused, stopped, opened, restarts, kills } = counts
  say(`${sent} mails in ${tries} tries: ${accepted} answered 250, ${refused} refused by her mailbox, ${stopped} given up by the sender`)
  say(`${opening} codes open, ${deleted} of packages she deleted (${counts.deleted} times); ${opened} opened over the web meanwhile`)
  say(`${restarts} restarts, ${kills} kills; faults: ${[...faults].map(([name, count]) => `${name} ${count}`).join(', ')}`)
  say(`janitor: ${swept.removed} blobs and ${swept.halves} half-written files removed, ${swept.blobs} blobs left, ${swept.orphans} orphans`)
  say(
    `memory in use: from ${early.toFixed(0)} to ${late.toFixed(0)} MB; resident at most ${peak.toFixed(0)} MB; ${broken.length} failures logged`,
  )
  for (const line of broken.slice(0, 5)) say(line)
  for (const failure of new Set(failures)) say(`FAILED: ${failure}`)
  console.log(`${lost} lost, ${dead} dead`)
  process.exitCode = lost + dead + failures.length > 0 ? 1 : 0
}

await main()
