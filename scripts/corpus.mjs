// Runs `hepoex inspect` over every message below a folder: each must give one line of the agreed shape, and what is accepted must hold
// every part. For sample sets of real messages, which are not part of this project.
//   npm run corpus -- FOLDER

import { execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './house.mjs'

const CLI = join(ROOT, 'scripts', 'hepoex.cjs')
const AT_ONCE = 50

const folder = process.argv[2]
if (!folder || !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
  console.error('Usage: npm run corpus -- FOLDER (with messages as .eml files somewhere below it)')
  process.exit(2)
}

const files = readdirSync(folder, { recursive: true })
  .filter((name) => name.endsWith('.eml'))
  .map((name) => join(folder, name))
  .sort()

/** What is wrong with one line of `inspect --json`; null: nothing. */
function fault({ from, subject, documents, disposition, notes }) {
  if (from !== null && typeof from !== 'string') return 'from'
  if (!Array.isArray(subject?.ids)) return 'subject'
  if (
    !documents?.every(
      (each) => each.name && /^[0-9a-f]{64}$/.test(each.sha256) && each.mediaType && each.origin && each.part && each.bytes >= 0,
    )
  )
    return 'documents'
  if (new Set(documents.map(({ name }) => name.normalize('NFC').toLowerCase())).size !== documents.length)
    return 'two documents of one name'
  if (!['accepted', 'rejected'].includes(disposition?.outcome) || !/^\d{3} \d\.\d\.\d+ /.test(disposition.reply)) return 'disposition'
  if (!notes?.every(({ reason }) => reason === 'malformed-message' || reason === 'truncated-part')) return 'notes'
  return disposition.outcome === 'accepted' && notes.length > 0 ? 'accepted although something would be lost' : null
}

const counts = new Map()
const faults = []
let documents = 0
const started = performance.now()
for (let at = 0; at < files.length; at += AT_ONCE) {
  const batch = files.slice(at, at + AT_ONCE)
  const out = execFileSync(process.execPath, [CLI, 'inspect', '--json', ...batch], { encoding: 'utf8', maxBuffer: 1 << 28 })
  const lines = out.trimEnd().split('\n')
  if (lines.length !== batch.length) faults.push(`${lines.length} lines for ${batch.length} messages`)
  for (const [index, line] of lines.entries()) {
    const inspection = JSON.parse(line)
    const wrong = fault(inspection)
    if (wrong) faults.push(`${batch[index]}: ${wrong}`)
    documents += inspection.documents.length
    const said = `${inspection.disposition.outcome} ${inspection.disposition.reason}`
    counts.set(said, (counts.get(said) ?? 0) + 1)
  }
}
console.log(`${files.length} messages, ${documents} documents, ${((performance.now() - started) / 1000).toFixed(1)} s`)
for (const [said, count] of [...counts].sort(([, one], [, other]) => other - one)) console.log(`${String(count).padStart(6)}  ${said}`)
for (const each of faults) console.log(`fault: ${each}`)
const isGood = faults.length === 0 && files.length > 0
console.log(`corpus: ${files.length - faults.length} passed, ${faults.length} failed`)
process.exitCode = isGood ? 0 : 1
