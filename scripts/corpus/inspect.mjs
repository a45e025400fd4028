// Whether `hepoex inspect` gives one line of the agreed shape for each message, and accepts nothing of which something would be lost.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from '../house.mjs'

const CLI = join(ROOT, 'scripts', 'hepoex.cjs')
const AT_ONCE = 50

/** What is wrong, a line for each message. */
export function checkLines(files) {
  const faults = []
  for (let at = 0; at < files.length; at += AT_ONCE) {
    const batch = files.slice(at, at + AT_ONCE)
    const out = execFileSync(process.execPath, [CLI, 'inspect', '--json', ...batch], { encoding: 'utf8', maxBuffer: 1 << 28 })
    const lines = out.trimEnd().split('\n')
    if (lines.length !== batch.length) faults.push(`${lines.length} lines for ${batch.length} messages`)
    for (const [index, line] of lines.entries()) {
      const wrong = fault(JSON.parse(line))
      if (wrong) faults.push(`${batch[index]}: ${wrong}`)
    }
  }
  return faults
}

/** What is wrong with one line of `inspect --json`; null: nothing. */
function fault({ from, subject, documents, disposition, notes }) {
  if (from !== null && typeof from !== 'string') return 'from'
  if (!Array.isArray(subject?.ids)) return 'subject'
  const isWhole = (each) => each.name && /^[0-9a-f]{64}$/.test(each.sha256) && each.mediaType && each.origin && each.part && each.bytes >= 0
  if (!documents?.every(isWhole)) return 'documents'
  if (new Set(documents.map(({ name }) => name.normalize('NFC').toLowerCase())).size !== documents.length)
    return 'two documents of one name'
  if (!['accepted', 'rejected'].includes(disposition?.outcome) || !/^\d{3} \d\.\d\.\d+ /.test(disposition.reply)) return 'disposition'
  const lost = notes?.filter(({ reason }) => reason === 'malformed-message' || reason === 'truncated-part')
  return disposition.outcome === 'accepted' && lost.length > 0 ? 'accepted although something would be lost' : null
}
