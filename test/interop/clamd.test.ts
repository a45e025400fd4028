// Against the real clamd, with a signature of our own and no others. Fails where clamd is missing (Debian: apt-get install
// clamav-daemon): run by .ci/run, not by npm test.

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { clamdScanner } from '../../src/documents/clamd.js'
import { Breaker } from '../../src/intake/admission.js'
import { VirusScan } from '../../src/intake/virus-scan.js'
import { silentLog } from '../../src/log.js'
import { openShell } from '../cli/support.js'
import { makeBench } from '../support/desk.js'
import { rawMessage } from '../support/raw.js'

const VIRUS = 'no virus at all, but our own signature says so'
const LIMIT = 5_000_000

/** Starts clamd on a socket in a folder of its own; resolves with the socket's path once it answers. */
async function realClamd(t: Test): Promise<string> {
  // A socket's path has room for a hundred letters only.
  const folder = await mkdtemp(join(tmpdir(), 'clamd-'))
  const path = join(folder, 'clamd.ctl')
  await mkdir(join(folder, 'db'))
  await writeFile(join(folder, 'db', 'own.ndb'), `Sample.Virus:0:*:${Buffer.from(VIRUS).toString('hex')}\n`)
  const settings = [`LocalSocket ${path}`, `DatabaseDirectory ${folder}/db`, `TemporaryDirectory ${folder}`, `StreamMaxLength ${LIMIT}`]
  await writeFile(join(folder, 'clamd.conf'), `${settings.join('\n')}\nForeground yes\n`)
  const clamd = spawn('clamd', ['--config-file', join(folder, 'clamd.conf')], { stdio: 'ignore' })
  const ended = new Promise<string>((resolve) => {
    clamd.once('error', (error) => resolve(`clamd could not be started: ${error.message}`))
    clamd.once('exit', (code, signal) => resolve(`clamd ended: ${code ?? signal}`))
  })
  t.teardown(async () => {
    clamd.kill('SIGKILL')
    await ended
    await rm(folder, { recursive: true, force: true })
  })
  const scanner = clamdScanner({ path })
  for (let tries = 0; tries < 600; tries++) {
    if (await scanner.probe()) return path
    const early = await Promise.race([ended, new Promise<null>((resolve) => setTimeout(() => resolve(null), 100))])
    if (early !== null) throw new Error(early)
  }
  throw new Error('clamd does not answer')
}

t.test('clamd', async (t) => {
  const path = await realClamd(t)
  const scanner = clamdScanner({ path })

  t.test('calls clean what is clean, up to its limit', async (t) => {
    for (const bytes of [[], [Buffer.from('x')], [randomBytes(200_000), randomBytes(200_001)], [randomBytes(LIMIT - 100_000)]])
      t.same(await scanner.scan(bytes), { kind: 'clean' })
  })

  t.test('finds the signature, also where one piece ends and the next begins', async (t) => {
    const infected = { kind: 'infected', signature: 'Sample.Virus.UNOFFICIAL' }
    t.same(await scanner.scan([Buffer.from(VIRUS)]), infected)
    t.same(await scanner.scan([Buffer.from(`some text ${VIRUS.slice(0, 10)}`), Buffer.from(`${VIRUS.slice(10)} and more`)]), infected)
    t.same(await scanner.scan([Buffer.concat([Buffer.alloc(131_060, 32), Buffer.from(VIRUS)])]), infected)
  })

  t.test('calls nothing clean that is longer than its limit', async (t) => {
    for (const length of [LIMIT + 1, 20_000_000])
      t.match(await scanner.scan([randomBytes(length)]), { kind: 'failed', detail: /^(too-big|cut-off)$/ }, `${length}`)
  })

  t.test('keeps a message with a virus in a file out of the house, and lets the others in', async (t) => {
    const breaker = new Breaker({ now: () => 0, probe: () => scanner.probe() })
    const bench = await makeBench(t, { virusScan: new VirusScan({ scanner, breaker, log: silentLog }) })
    const parts = [{ type: 'application/octet-stream', name: 'a.bin', content: Buffer.from(`\0${VIRUS}`) }]
    t.match(await bench.send(rawMessage({ parts })), { replyCode: 554, enhancedCode: '5.7.1' })
    t.equal((await bench.send(rawMessage({ messageId: '<2@clinic.example>' }))).replyCode, 250)
  })

  t.test('doctor says when its limit is below ours', async (t) => {
    const shell = await openShell(t)
    const settings = { HEPOEX_CLAMD: `unix:${path}` }
    const short = await shell.withSettings(settings, 'doctor')
    t.match(short.out, /^FAIL {2}clamd +clamd does not take messages as big as we do: set its StreamMaxLength/m)
    t.equal(short.code, 1)
    t.match(await shell.withSettings({ ...settings, HEPOEX_MAX_MESSAGE_BYTES: '4000000' }, 'doctor'), {
      code: 0,
      out: /^ok {4}clamd +answers, and takes messages up to 4000000 bytes$/m,
    })
  })
})
