// One file as if it had been sent: what is collected, unpacked and copied, and whether other programs agree that nothing is missing.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { collect } from '../../dist/intake/collect.js'
import { makeCopies } from '../../dist/intake/copies.js'
import { parseMessage, UnparsableError } from '../../dist/mail/message.js'
import { makeWorkshop } from '../../dist/service/parts.js'
import { compareFax } from './pixels.mjs'

const ABOUT = {
  ...{ language: 'en', providerName: 'Sample Clinic', receivedAt: Date.UTC(2026, 10, 22), intakeNumber: '20261122-ABCDEFGH' },
  ...{ packageNumber: 'ABCDEFGHJKMN', authenticated: { method: 'network', domain: null } },
}

const READ_WORD = `import sys, xml.dom.minidom, zipfile
with zipfile.ZipFile(sys.argv[1]) as file:
    assert xml.dom.minidom.parseString(file.read("word/document.xml")).getElementsByTagName("w:t")`

export class Taker {
  /** Kind -> counts by column. */
  kinds = new Map()
  faults = []
  /** Compared with libtiff's decoding, pixel for pixel. */
  faxPages = 0
  slowestMs = 0
  #reasons = new Map()
  #refusals = new Map()
  #workshop = newWorkshop()
  #scratch = mkdtempSync(join(tmpdir(), 'hepoex-corpus-'))

  async take(kind, file) {
    const started = performance.now()
    const counts = this.#countsOf(kind)
    counts.files++
    try {
      const message = await messageOf(file)
      if ('reason' in message) this.#refuse(counts, message.reason)
      else await this.#collect(kind, file, message, counts)
    } catch (error) {
      counts.crashed++
      this.faults.push(`${file}: ${error.name}`)
    }
    this.slowestMs = Math.max(this.slowestMs, performance.now() - started)
  }

  async #collect(kind, file, message, counts) {
    counts.recovered += message.notes?.length ?? 0
    const [defect] = message.defects
    if (defect) return this.#refuse(counts, `${defect.reason} ${defect.detail}`)
    const taken = await take(message, this.#workshop)
    if ('reason' in taken) return this.#refuse(counts, taken.reason)
    const { documents, copies } = taken
    counts.documents += documents.filter(({ within }) => within === null).length
    counts.unpacked += documents.filter(({ within }) => within !== null).length
    for (const [index, made] of copies.made.entries()) if (made) this.#countCopy(kind, file, documents[index], made, counts)
    if (copies.records) this.#checkRecords(file, documents, copies, counts)
  }

  #countCopy(kind, file, { mediaType, bytes }, made, counts) {
    if (made.kind !== 'as-sent') {
      counts[made.kind]++
      return
    }
    counts['as sent']++
    const said = `${kind}: ${mediaType}: ${made.reason}`
    this.#reasons.set(said, (this.#reasons.get(said) ?? 0) + 1)
    if (made.reason === 'damaged' && this.#isWholeElsewhere(mediaType, bytes))
      this.faults.push(`${file}: ${mediaType}: called damaged, and another program reads it`)
    if (made.reason === 'crashed') counts.crashed++
    if (made.reason === 'time' || made.reason === 'memory') counts.time++
    if (['crashed', 'time', 'memory'].includes(made.reason)) this.faults.push(`${file}: ${mediaType}: ${made.reason}`)
  }

  /** Other programs open it, and find as many pages in each original as it has in here. */
  #checkRecords(file, documents, { records, made }, counts) {
    const path = join(this.#scratch, 'records.pdf')
    writeFileSync(path, records.pdf)
    for (const [tool, ...args] of [['qpdf', '--check'], ['pdfinfo'], ['mutool', 'info']]) {
      const { failed, said } = run(tool, [...args, path])
      // What draws a page is copied as it was sent: where that is damaged, the copy is, too.
      if (failed && !(tool === 'qpdf' && this.#isDamagedAsSent(documents))) this.faults.push(`${file}: ${tool} complains of records.pdf`)
      const pages = tool === 'pdfinfo' ? Number(/^Pages:\s+(\d+)/m.exec(said)?.[1]) : records.pages
      if (pages !== records.pages) this.faults.push(`${file}: records.pdf has ${pages} pages, not ${records.pages}`)
    }
    for (const [index, copy] of made.entries()) {
      const document = documents[index]
      if (copy?.kind === 'pages' && document.mediaType === 'image/tiff') this.#comparePixels(file, document, copy, path)
      const pages = copy?.kind === 'pages' ? this.#pagesOf(document) : null
      if (pages === null || pages === copy.count) continue
      counts.short += pages > copy.count ? 1 : 0
      this.faults.push(`${file}: ${document.mediaType}: ${copy.count} pages copied, ${pages} by another reader`)
    }
  }

  /** Whether another program has nothing against it; of other types nobody is asked. */
  #isWholeElsewhere(mediaType, bytes) {
    const path = join(this.#scratch, 'original')
    writeFileSync(path, bytes)
    if (mediaType === 'application/pdf') return !run('qpdf', ['--check', path]).failed
    return mediaType.includes('wordprocessingml') && !run('python3', ['-c', READ_WORD, path]).failed
  }

  #isDamagedAsSent(documents) {
    const path = join(this.#scratch, 'original')
    return documents.some(({ mediaType, bytes }) => {
      if (mediaType !== 'application/pdf') return false
      writeFileSync(path, bytes)
      return run('qpdf', ['--check', path]).failed
    })
  }

  #comparePixels(file, { bytes }, { first, count }, pdf) {
    const { compared, different } = compareFax({ tiff: bytes, pdf, first, count, folder: this.#scratch })
    this.faxPages += compared
    if (different.length > 0) this.faults.push(`${file}: not libtiff's pixels on page ${different.join(', ')}`)
  }

  /** By another program; null where it can't say. */
  #pagesOf({ mediaType, bytes }) {
    const path = join(this.#scratch, 'original')
    writeFileSync(path, bytes)
    if (mediaType === 'application/pdf') return Number(/^Pages:\s+(\d+)/m.exec(run('pdfinfo', [path]).said)?.[1]) || null
    if (mediaType !== 'image/tiff') return null
    const { failed, said } = run('tiffinfo', [path])
    const directories = said.match(/^=== TIFF directory/gm)?.length ?? 0
    const reduced = said.match(/Subfile Type: (?:.*)reduced-resolution/g)?.length ?? 0
    return failed || directories === 0 ? null : directories - reduced
  }

  #refuse(counts, reason) {
    counts.refused++
    this.#refusals.set(reason, (this.#refusals.get(reason) ?? 0) + 1)
  }

  #countsOf(kind) {
    const none = {
      files: 0,
      documents: 0,
      unpacked: 0,
      recovered: 0,
      refused: 0,
      pages: 0,
      html: 0,
      'as sent': 0,
      crashed: 0,
      time: 0,
      short: 0,
    }
    const counts = this.kinds.get(kind) ?? none
    this.kinds.set(kind, counts)
    return counts
  }

  reasons() {
    return [...this.#reasons].sort(([one], [other]) => one.localeCompare(other))
  }

  refusals() {
    return [...this.#refusals].sort(([, one], [, other]) => other - one)
  }

  close() {
    this.#workshop.close()
    rmSync(this.#scratch, { recursive: true })
  }
}

export function newWorkshop() {
  return makeWorkshop()
}

/** The documents of a file and their copies; or why it would be refused. */
export async function documentsOf(file, workshop) {
  const message = await messageOf(file)
  if ('reason' in message) return message
  const [defect] = message.defects
  return defect ? { reason: `${defect.reason} ${defect.detail}` } : take(message, workshop)
}

async function take(message, workshop) {
  const documents = await collect(message, workshop)
  if ('reason' in documents) return documents
  return { documents, copies: await makeCopies(workshop, documents, ABOUT) }
}

/** A message as it came; any other file as the one attachment of a message. */
async function messageOf(file) {
  const bytes = readFileSync(file)
  if (!file.endsWith('.eml')) return { defects: [], notes: [], parts: [partOf(file, bytes)] }
  try {
    return await parseMessage([bytes])
  } catch (error) {
    if (error instanceof UnparsableError) return { reason: `malformed-message ${error.detail}` }
    throw error
  }
}

function partOf(file, bytes) {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const sentName = file.split(/[/\\]/).at(-1)
  const mediaType = 'application/octet-stream'
  return { part: '1', mediaType, charset: null, sentName, role: 'attachment', contentId: null, bytes, sha256 }
}

function run(tool, args) {
  try {
    return { failed: false, said: execFileSync(tool, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 20_000 }) }
  } catch (error) {
    // qpdf: 3 is "warnings", which a damaged original that it repaired would leave; our own file must have none.
    return { failed: true, said: String(error.stdout ?? '') }
  }
}
