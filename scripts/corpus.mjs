// Takes every file below a folder as if it had been sent, through the same steps as a service: parse, collect, unpack, copy, bind. Prints a
// line for each kind of file. For sample sets of real messages and files, which are not part of this project.
//   npm run corpus -- FOLDER
// What it finds wrong is a line "fault: …" and exit code 1: a crash, a time-out, a file that is silently shorter than another reader finds
// it, a records.pdf that other programs complain about. Wants Python 3, qpdf, poppler-utils, mupdf-tools and libtiff-tools.

import { execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { checkLines } from './corpus/inspect.mjs'
import { compareMime } from './corpus/mime.mjs'
import { Taker } from './corpus/take.mjs'

const folder = process.argv[2]
if (!folder || !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
  console.error('Usage: npm run corpus -- FOLDER (with messages as .eml files and other files somewhere below it)')
  process.exit(2)
}
for (const tool of ['python3', 'qpdf', 'pdfimages', 'pdfinfo', 'mutool', 'tiffcp', 'tiffinfo']) {
  try {
    execFileSync('sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' })
  } catch {
    console.error(`npm run corpus: ${tool} is missing`)
    process.exit(1)
  }
}

const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  .filter((file) => file !== join(folder, 'manifest.tsv'))
  .sort()
/** The first folder below the given one; where there is none, what the name ends with. */
const kindOf = (file) => {
  const parts = relative(folder, file).split(sep)
  return parts.length > 1 ? parts[0] : (/\.(\w+)$/.exec(file)?.[1] ?? 'other')
}

const started = performance.now()
const messages = files.filter((file) => file.endsWith('.eml'))
const faults = [...checkLines(messages)]
const taker = new Taker()
for (const file of files) await taker.take(kindOf(file), file)
taker.close()
faults.push(...taker.faults)

const columns = ['files', 'documents', 'unpacked', 'recovered', 'refused', 'pages', 'html', 'as sent', 'crashed', 'time', 'short']
const rows = [...taker.kinds].map(([kind, counts]) => [kind, ...columns.map((name) => String(counts[name] ?? 0))])
const table = [['kind', ...columns], ...rows]
const widths = table[0].map((_, at) => Math.max(...table.map((row) => row[at].length)))
for (const row of table) console.log(row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join('  '))
console.log('\nrefused, and why:')
for (const [said, count] of taker.refusals()) console.log(`${String(count).padStart(6)}  ${said}`)
console.log('\nincluded as sent, and why:')
for (const [said, count] of taker.reasons()) console.log(`${String(count).padStart(6)}  ${said}`)

console.log(`\nfax pages compared with libtiff, pixel for pixel: ${taker.faxPages}`)
const mime = await compareMime(folder)
console.log(
  `against another MIME reader: ${mime.messages} messages, ${mime.parts} parts: ${mime.same} the same, ${mime.explained} explained, ${mime.unexplained.length} not`,
)
faults.push(...mime.unexplained)
for (const each of faults) console.log(`fault: ${each}`)
console.log(`${((performance.now() - started) / 1000).toFixed(1)} s; the slowest file took ${(taker.slowestMs / 1000).toFixed(1)} s`)
console.log(`corpus: ${Math.max(0, files.length - faults.length)} passed, ${faults.length} failed`)
process.exitCode = faults.length === 0 && files.length > 0 ? 0 : 1
