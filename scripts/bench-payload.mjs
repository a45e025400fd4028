// Measures sealing and opening of payloads against the `age` command, on this machine, in this run: MB per CPU second, each file in a
// process of its own, less the CPU of the same process with a tiny file (start, header, key derivation). Peak memory must not grow with
// the file. The present sources are compiled for it, as the service runs compiled: a loader for TypeScript in the process costs more CPU
// than the encryption. Run by `npm run bench`, or alone: node scripts/bench-payload.mjs

import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

const MB = 1e6
const PIECE = 1 << 20
const PASSPHRASE = 'hepoex1-only-for-measuring'
const TINY = 1000 // bytes
const SIZES = [1, 100, 500] // MB
const RUNS = 5 // the best counts: other processes can only add to it
const MAX_GROWTH = 40 * 1024 * 1024
// What must hold, as the ratio of our MB per CPU second to those of `age`.
const BARS = [
  { size: 100, way: 'seal', ratio: 0.3 },
  { size: 100, way: 'open', ratio: 0.5 },
  { size: 500, way: 'seal', ratio: 0.5 },
  { size: 500, way: 'open', ratio: 0.5 },
]

/**
 * Measures, and logs a table line by line. `failed` says in words which bars were missed; a machine without `age` fails.
 * @param {{ log: (line: string) => void }} options
 * @returns {Promise<{ rows: Array<{ size: number, way: string, ours: number, age: number, ratio: number, rss: number }>, failed: string[] }>}
 */
export async function benchPayload({ log }) {
  if (spawnSync('age', ['--version']).error) {
    const missing = 'payload: the age command is not installed, so there is nothing to compare with (Debian: apt-get install age)'
    log(missing)
    return { rows: [], failed: [missing] }
  }
  const folder = mkdtempSync(join(tmpdir(), 'hepoex-bench-'))
  const code = await compile()
  try {
    return await measureAll({ folder, code }, log)
  } finally {
    rmSync(folder, { recursive: true, force: true })
    rmSync(code, { recursive: true, force: true })
  }
}

/** src/hip as JavaScript, in a folder from which the libraries are found. */
async function compile() {
  const { default: ts } = await import('typescript') // not in the children: they are measured
  const cache = join(ROOT, 'node_modules', '.cache')
  mkdirSync(cache, { recursive: true })
  const code = mkdtempSync(join(cache, 'hepoex-bench-'))
  const options = { compilerOptions: { module: 'esnext', target: 'es2023' } }
  for (const file of readdirSync(join(ROOT, 'src', 'hip')).filter((name) => name.endsWith('.ts'))) {
    const { outputText } = ts.transpileModule(readFileSync(join(ROOT, 'src', 'hip', file), 'utf8'), options)
    writeFileSync(join(code, file.replace(/ts$/, 'js')), outputText)
  }
  writeFileSync(join(code, 'package.json'), '{"type":"module"}')
  return code
}

async function measureAll({ folder, code }, log) {
  const { generateX25519Identity, identityToRecipient } = await import('age-encryption')
  const identity = await generateX25519Identity()
  const keys = { code, file: join(folder, 'identity'), recipient: await identityToRecipient(identity) }
  writeFileSync(keys.file, `${identity}\n`, { mode: 0o600 })
  log('payload, MB per CPU second (best of several runs, start and key derivation taken off):')
  log('    MB  way      ours     age  ratio  peak RSS MB')
  const tiny = await measureSize(folder, keys, TINY)
  const rows = []
  for (const size of SIZES) {
    const sized = await measureSize(folder, keys, size * MB)
    for (const way of ['seal', 'open']) {
      const row = compare(size, way, sized[way], tiny[way])
      rows.push(row)
      const figures = [
        String(size).padStart(6),
        ` ${way} `,
        String(Math.round(row.ours)).padStart(6),
        String(Math.round(row.age)).padStart(7),
      ]
      log([...figures, row.ratio.toFixed(2).padStart(6), (row.rss / MB).toFixed(0).padStart(12)].join(' '))
    }
  }
  return { rows, failed: judge(rows) }
}

function compare(size, way, sized, tiny) {
  // Below the clock's resolution a difference means nothing; a millisecond keeps the division defined.
  const speed = (who) => size / Math.max(0.001, sized[who].cpu - tiny[who].cpu)
  return { size, way, ours: speed('ours'), age: speed('age'), ratio: speed('ours') / speed('age'), rss: sized.ours.rss }
}

function judge(rows) {
  const failed = []
  for (const { size, way, ratio } of BARS) {
    const row = rows.find((each) => each.size === size && each.way === way)
    if (row.ratio < ratio) failed.push(`payload: ${way} ${size} MB at ${row.ratio.toFixed(2)} of age, below ${ratio}`)
  }
  for (const way of ['seal', 'open']) {
    const peaks = rows.filter((row) => row.way === way).map(({ rss }) => rss)
    const growth = Math.max(...peaks) - peaks[0]
    if (growth > MAX_GROWTH) failed.push(`payload: ${way} takes ${Math.round(growth / MB)} MB more for 500 MB than for 1 MB`)
  }
  return failed
}

/** Both ways, ours and age's, on one file of `bytes`. */
async function measureSize(folder, keys, bytes) {
  const plain = join(folder, 'plain')
  const ours = join(folder, 'ours.age')
  const theirs = join(folder, 'theirs.age')
  writeRandom(plain, bytes)
  await ourRun(keys.code, 'seal', plain, ours)
  ageRun(['-r', keys.recipient, '-o', theirs, plain])
  const result = {
    seal: await best(
      () => ourRun(keys.code, 'seal', plain, '/dev/null'),
      () => ageRun(['-r', keys.recipient, '-o', '/dev/null', plain]),
    ),
    open: await best(
      () => ourRun(keys.code, 'open', ours, '/dev/null'),
      () => ageRun(['-d', '-i', keys.file, '-o', '/dev/null', theirs]),
    ),
  }
  for (const file of [plain, ours, theirs]) rmSync(file, { force: true })
  return result
}

/** Alternating, so that a busy moment of the machine meets both. */
async function best(ourOne, ageOne) {
  const runs = { ours: [], age: [] }
  for (let run = 0; run < RUNS; run++) {
    runs.ours.push(await ourOne())
    runs.age.push(ageOne())
  }
  return {
    ours: { cpu: Math.min(...runs.ours.map(({ cpu }) => cpu)), rss: Math.min(...runs.ours.map(({ rss }) => rss)) },
    age: { cpu: Math.min(...runs.age) },
  }
}

/** One run of this file as a child: CPU seconds and peak RSS in bytes. */
function ourRun(code, way, from, to) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), code, way, from, to], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    child.stdout.on('data', (piece) => {
      text += piece
    })
    child.on('error', reject)
    child.on('close', (exit) => (exit === 0 ? resolve(JSON.parse(text)) : reject(new Error(`bench: ${way} exited with ${exit}`))))
  })
}

/** CPU seconds of one run of age: of all it did, as the shell that waited for it knows. */
function ageRun(args) {
  const run = spawnSync('bash', ['-c', 'TIMEFORMAT="%3U %3S"; time age "$@"', 'bash', ...args], { encoding: 'utf8' })
  const times = run.stderr.trim().split('\n').pop().split(' ').map(Number)
  if (run.status !== 0 || times.some(Number.isNaN)) throw new Error('bench: age failed')
  return times[0] + times[1]
}

function writeRandom(file, bytes) {
  const piece = randomBytes(PIECE)
  const descriptor = openSync(file, 'w')
  for (let left = bytes; left > 0; left -= PIECE) writeSync(descriptor, piece, 0, Math.min(PIECE, left))
  closeSync(descriptor)
}

async function child(code, way, from, to) {
  await import('./engine.cjs')
  const { encrypt, openPayload, passphraseReader } = await import(pathToFileURL(join(code, 'age.js')).href)
  const output = openSync(to, 'w')
  if (way === 'seal') for await (const piece of encrypt(readPieces(from), PASSPHRASE)) writeSync(output, piece)
  else {
    const handle = await open(from)
    // As the store reads: into the buffer it is offered.
    const read = async (offset, length, target = Buffer.alloc(length)) => {
      await handle.read(target, 0, length, offset)
      return target.subarray(0, length)
    }
    const payload = await openPayload({ size: statSync(from).size, read }, passphraseReader(PASSPHRASE))
    for await (const piece of payload.range(0, payload.size)) writeSync(output, piece)
    await handle.close()
  }
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  process.stdout.write(JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1e6, rss: maxRSS * 1024 }))
}

/** Documents lie in memory when they are sealed; 500 MB can't here, so one buffer stands for them all, filled without waiting. */
function* readPieces(file) {
  const input = openSync(file, 'r')
  const buffer = Buffer.allocUnsafeSlow(PIECE)
  for (let bytes = readSync(input, buffer); bytes > 0; bytes = readSync(input, buffer)) yield buffer.subarray(0, bytes)
  closeSync(input)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , code, way, from, to] = process.argv
  if (way) await child(code, way, from, to)
  else {
    const { failed } = await benchPayload({ log: (line) => process.stdout.write(`${line}\n`) })
    for (const line of failed) process.stdout.write(`FAILED ${line}\n`)
    process.exitCode = failed.length > 0 ? 1 : 0
  }
}
