// What `hepoex inspect` lists of each message below a folder, against what another reader of mail finds in it (oracle.py): the same parts
// with the same bytes, or a difference that is explained in differences.json, by the digest of the message and the part.

import { execFile, spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const CLI = join(HERE, '..', 'hepoex.cjs')
const AT_ONCE = 50
/** Why the two may differ, and ours is right. */
const REASONS = new Set([
  // RFC 5322 2.2: a line that is neither field nor fold; other programs pass over it.
  'python-ends-a-header-at-an-odd-line',
  // RFC 5322 2.2.3, in the middle of a parameter.
  'python-does-not-unfold-a-boundary',
  // RFC 2045 6.7 rule 3.
  'python-keeps-blanks-at-the-end-of-quoted-printable-lines',
])

/**
 * Compares all messages (.eml) below the folder. `parts` are those of messages that lost nothing and have records; `refused` are the
 * messages that say they lost something, `recovered` those that nearly did. `unexplained` names file and part of each difference that
 * nobody has explained. Needs python3 and a built service.
 * @param {string} folder
 */
export async function compareMime(folder) {
  const files = (await readdir(folder, { recursive: true }))
    .filter((name) => name.endsWith('.eml'))
    .map((name) => join(folder, name))
    .sort()
  const differences = await explained()
  const [ours, theirs] = files.length > 0 ? [await inspectAll(files), await askOther(files)] : [[], []]
  const result = { messages: files.length, refused: 0, recovered: 0, withoutRecords: 0, parts: 0, same: 0, explained: 0, unexplained: [] }
  for (const [index, file] of files.entries()) {
    const { documents, notes, recovered } = ours[index]
    if (notes.length > 0) {
      result.refused++
      continue
    }
    if (recovered) result.recovered++
    const { sha256, leaves } = theirs[index]
    if (documents.length === 0) {
      // A message without records is listed as having none: then there may be none for the other reader either.
      result.withoutRecords++
      result.unexplained.push(...leaves.filter(({ isFile }) => isFile).map(({ part }) => `${relative(folder, file)} ${part}`))
      continue
    }
    for (const [part, isSame] of compare(documents, leaves)) {
      result.parts++
      if (isSame) result.same++
      else if (differences[sha256]?.[part]) result.explained++
      else result.unexplained.push(`${relative(folder, file)} ${part}`)
    }
  }
  return result
}

async function explained() {
  const differences = JSON.parse(await readFile(join(HERE, 'differences.json'), 'utf8'))
  for (const reason of Object.values(differences).flatMap((parts) => Object.values(parts)))
    if (!REASONS.has(reason)) throw new Error(`differences.json: there is no reason ${reason}`)
  return differences
}

/** Each part either of them has, and whether both have it alike. */
function compare(documents, leaves) {
  const held = new Map(documents.filter(({ origin }) => /^(mime$|uuencode\/)/.test(origin)).map(({ part, sha256 }) => [part, sha256]))
  const seen = new Map(leaves.map(({ part, sha256 }) => [part, sha256]))
  return [...new Set([...held.keys(), ...seen.keys()])].map((part) => [part, held.get(part) === seen.get(part)])
}

async function inspectAll(files) {
  const lines = []
  for (let at = 0; at < files.length; at += AT_ONCE) {
    const batch = files.slice(at, at + AT_ONCE)
    const { stdout } = await promisify(execFile)(process.execPath, [CLI, 'inspect', '--json', ...batch], { maxBuffer: 1 << 28 })
    lines.push(...linesOf(stdout, batch.length))
  }
  return lines
}

async function askOther(files) {
  const python = spawn('python3', [join(HERE, 'oracle.py')], { stdio: ['pipe', 'pipe', 'inherit'] })
  python.stdin.end(`${files.join('\n')}\n`)
  return linesOf(await text(python.stdout), files.length)
}

function linesOf(printed, count) {
  const lines = printed.trimEnd().split('\n')
  if (lines.length !== count) throw new Error(`${lines.length} lines for ${count} messages`)
  return lines.map((line) => JSON.parse(line))
}
