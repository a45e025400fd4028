// How fast, and in how much memory: each figure beside a reference measured in the same run, since machines differ and so do their
// moods. Ratios are what counts. The mail benches run the real service as its own process and read its CPU time from the system.
//   npm run bench              all of it (some minutes)
//   npm run bench -- mail      only the mail door; likewise: payload, copies, log, small, memory, pages (needs Chromium)

import { scryptSync } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTransport } from 'nodemailer'
import { startReference, startSink } from './bench-servers.mjs'
import { openHouse, until } from './house.mjs'
import { scan } from './scan.mjs'
import { Visitor } from './visitor.mjs'

const SENDER = 'records@clinic.example'
const CONSUMER = 'pat@home.example'
const asked = new Set(process.argv.slice(2))
const wanted = (name) => asked.size === 0 || asked.has(name)
const failed = []
const check = (ok, text) => {
  console.log(`${ok ? 'ok  ' : 'MISS'}  ${text}`)
  if (!ok) failed.push(text)
}

/** CPU seconds (user and system) of a process alone. */
function ownCpuOf(pid) {
  return ticksOf(pid, 11, 13) / 100
}

/** Of these fields of /proc/ID/stat; Linux counts in hundredths of a second. */
function ticksOf(pid, from, to) {
  const fields = statOf(pid)
  return fields ? fields.slice(from, to).reduce((sum, ticks) => sum + Number(ticks), 0) : 0
}

/** CPU seconds (user and system) that a process and its children have used, those that are gone included. */
function cpuOf(pid) {
  const used = (id) => ticksOf(id, 11, 15)
  const children = readdirSync('/proc').filter((id) => /^\d+$/.test(id) && Number(statOf(id)?.[1]) === pid)
  return [pid, ...children].reduce((sum, id) => sum + used(id), 0) / 100
}

/** What stands behind the name in /proc/ID/stat; null when it is gone. */
function statOf(id) {
  try {
    return readFileSync(`/proc/${id}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
  } catch {
    return null
  }
}

/** Peak resident memory of a process, in MB. */
function peakOf(pid) {
  return Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmHWM:\s+(\d+)/)?.[1] ?? 0) / 1024
}

async function openBench(settings = {}) {
  const sink = await startSink()
  const house = await openHouse({ relay: sink.url, settings: { OPERATOR_NAME: 'Bench', ...settings } })
  const added = await house.cli('provider', 'add', '--name', 'Bench', '--slug', 'bench', '--sender', SENDER, '--auth', 'password', '--json')
  const signed = await house.cli('provider', 'add', '--name', 'Signed', '--slug', 'signed', '--sender', SENDER, '--auth', 'dmarc', '--json')
  if (added.code !== 0 || signed.code !== 0) throw new Error(added.err + signed.err)
  const visitor = new Visitor(house.webUrl)
  await visitor.submit(await visitor.open('/sign-in'), { address: CONSUMER })
  const mail = await until(() => sink.mails.find(({ to }) => to === CONSUMER), 'the sign-in mail')
  const link = mail.text.match(/\/sign-in\/link\/[\w-]+/)?.[0]
  await visitor.submit(await visitor.open(link))
  const answer = 'the wandering albatross'
  await visitor.submit(await visitor.open('/profile/question'), { question: 'The boat in the story?', answer, again: answer })
  const provider = JSON.parse(added.out)
  return {
    sink,
    house,
    provider,
    pid: house.child.pid,
    close: async () => {
      await house.close()
      await sink.close()
    },
  }
}

function transportTo(port, provider, connections) {
  return createTransport({
    ...{ host: '127.0.0.1', port, requireTLS: true, pool: true, maxConnections: connections, maxMessages: 90 },
    auth: { user: provider.smtpUser, pass: provider.smtpPassword },
    tls: { rejectUnauthorized: false },
  })
}

let serial = 0
const letter = (provider, content) => ({
  from: SENDER,
  to: provider.intakeAddress,
  // Mail servers announce the size (RFC 1870); this client does only when told.
  envelope: { from: SENDER, to: [provider.intakeAddress], size: Math.ceil(content.length * 1.37) + 4096 },
  subject: CONSUMER,
  text: `Message ${++serial}`,
  attachments: [{ filename: 'scan.pdf', contentType: 'application/pdf', content }],
})

/** CPU ms per MB on the wire that `pid` spends on mails sent one after the other. */
async function cpuPerMegabyte(pid, port, provider, { count, content }) {
  const transport = transportTo(port, provider, 1)
  const wireMegabytes = (content.length * 1.37) / 1e6
  await transport.sendMail(letter(provider, content))
  await sleep(500)
  const before = cpuOf(pid)
  for (let index = 0; index < count; index++) {
    content.writeUInt32LE(index, 16)
    await transport.sendMail(letter(provider, content))
  }
  const spent = cpuOf(pid) - before
  transport.close()
  return (spent * 1000) / (count * wireMegabytes)
}

async function benchMail() {
  console.log('\nA 10 MB mail, SMTP to 250, over STARTTLS: CPU ms per MB on the wire')
  const bench = await openBench()
  const reference = await startReference()
  try {
    await compareMail(bench, reference, 'file of 10 MB', scan(10_000_000))
    await compareMail(bench, reference, '10 MB on the wire', scan(7_300_000))
    const dkim = await bench.sink.dkimCost(scan(10_000_000))
    console.log(`  checking DKIM as well would add                                     ${dkim.toFixed(1)}`)
  } finally {
    await reference.close()
    await bench.close()
  }
}

/** In turn, so that a busy moment of the machine meets both. */
async function compareMail(bench, reference, what, content) {
  const [ours, theirs] = [[], []]
  for (let round = 0; round < 3; round++) {
    theirs.push(await cpuPerMegabyte(reference.pid, reference.port, bench.provider, { count: 6, content }))
    ours.push(await cpuPerMegabyte(bench.pid, bench.house.smtpPort, bench.provider, { count: 6, content }))
  }
  const [mine, its] = [Math.min(...ours), Math.min(...theirs)]
  console.log(`  this service (parsed, counted, hashed, sealed, fsynced, announced)  ${mine.toFixed(1)}`)
  console.log(`  smtp-server + mailparser's simpleParser, discarding                 ${its.toFixed(1)}`)
  check(mine <= its * 1.5, `mail, ${what}: ratio ${(mine / its).toFixed(2)}, at most 1.5`)
}

/** CPU ms of the slow hash of a code (src/hip/FORMAT.md), the dearest step of a small mail. */
function slowHashMs() {
  const rounds = 10
  const before = process.cpuUsage()
  for (let round = 0; round < rounds; round++) scryptSync('0000000000000000', `salt ${round}`, 64, { N: 2 ** 14, r: 8, p: 1 })
  return process.cpuUsage(before).user / 1000 / rounds
}

/** What it takes where the bounds for small mails were set: ten a second and core, the event loop blocked for 50 ms at most. */
const USUAL_HASH_MS = 50

async function benchSmall() {
  console.log('\n10 KB mails, the slow hash included')
  const hash = slowHashMs()
  const slower = Math.max(1, hash / USUAL_HASH_MS)
  const bench = await openBench()
  try {
    const transport = transportTo(bench.house.smtpPort, bench.provider, 8)
    const send = (index) => transport.sendMail(letter(bench.provider, scan(10_000, index + 1)))
    await Promise.all(Array.from({ length: 16 }, (_each, index) => send(index)))
    await metric(bench, 'nodejs_eventloop_lag_max_seconds')
    await sleep(1000)
    const [before, ownBefore, started] = [cpuOf(bench.pid), ownCpuOf(bench.pid), performance.now()]
    const count = 200
    await Promise.all(Array.from({ length: count }, (_each, index) => send(index + 100)))
    const [spent, own, seconds] = [cpuOf(bench.pid) - before, ownCpuOf(bench.pid) - ownBefore, (performance.now() - started) / 1000]
    transport.close()
    const longest = (await metric(bench, 'nodejs_eventloop_lag_max_seconds')) * 1000
    const [each, mine] = [(spent / count) * 1000, (own / count) * 1000]
    console.log(`  ${(count / seconds).toFixed(1)} a second on this machine, client and relay beside it`)
    console.log(
      `  ${each.toFixed(0)} ms of CPU each: ${mine.toFixed(0)} in the service, ${(each - mine).toFixed(0)} in the workers that make copies`,
    )
    console.log(`  one slow hash by itself: ${hash.toFixed(0)} ms of CPU`)
    const [least, most] = [10 / slower, 50 * slower]
    check(1000 / mine >= least, `small mails, without copies: ${(1000 / mine).toFixed(1)} a second and core, at least ${least.toFixed(1)}`)
    check(each <= 5 * hash, `small mails, with copies: ${(each / hash).toFixed(1)} slow hashes each, at most 5`)
    check(longest <= most, `event loop: blocked ${longest.toFixed(0)} ms at the longest, at most ${most.toFixed(0)}`)
  } finally {
    await bench.close()
  }
}

async function metric(bench, name) {
  const text = await (await fetch(`${bench.house.webUrl}/metrics`)).text()
  return Number(text.match(new RegExp(`^${name} (\\S+)$`, 'm'))?.[1] ?? Number.NaN)
}

async function benchMemory() {
  console.log('\nTen 25 MB mails at once')
  const bench = await openBench()
  try {
    let putOff = 0
    const send = async (index) => {
      const mail = letter(bench.provider, scan(25_000_000, index + 1))
      for (;;) {
        const transport = transportTo(bench.house.smtpPort, bench.provider, 1)
        try {
          return await transport.sendMail(mail)
        } catch (error) {
          if (error.responseCode !== 452) throw error
          putOff++
          await sleep(300)
        } finally {
          transport.close()
        }
      }
    }
    const answers = await Promise.all(Array.from({ length: 10 }, (_each, index) => send(index)))
    const peak = peakOf(bench.pid)
    const codes = bench.sink.mails.filter(({ to, text }) => to === CONSUMER && /\d{4} \d{4} \d{4} \d{4}/.test(text)).length
    console.log(`  ${putOff} times told 452 and sent again; peak memory ${peak.toFixed(0)} MB`)
    check(answers.every(({ response }) => response.startsWith('250')) && codes === 10, `none lost: ${codes} notices for 10 mails`)
    check(peak < 600, `memory: ${peak.toFixed(0)} MB at the most, under 600`)
  } finally {
    await bench.close()
  }
}

if (wanted('payload')) {
  const { benchPayload } = await import('./bench-payload.mjs')
  failed.push(...(await benchPayload({ log: console.log })).failed)
}
if (wanted('copies')) await (await import('./bench-copies.mjs')).benchCopies(check)
if (wanted('log')) await (await import('./bench-log.mjs')).benchLog(check)
if (wanted('mail')) await benchMail()
if (wanted('small')) await benchSmall()
if (wanted('memory')) await benchMemory()
if (wanted('pages')) {
  const bench = await openBench()
  try {
    await (await import('./bench-pages.mjs')).benchPages(bench.house.webUrl, check)
  } finally {
    await bench.close()
  }
}
console.log(failed.length === 0 ? '\nAll figures are within their bounds.' : `\nOut of bounds:\n  ${failed.join('\n  ')}`)
process.exitCode = failed.length === 0 ? 0 : 1
