// How long readable copies take: a fax of 99 pages beside what libtiff's tiff2pdf needs for it, and a message of about 20 pages from its
// last byte to "ready to be sealed", worker processes and all.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import { tsImport } from 'tsx/esm/api'
import { COPY_LIMITS } from '../dist/documents/copy.js'
import { tiffPdf } from '../dist/documents/paged/tiff-pdf.js'
import { collect } from '../dist/intake/collect.js'
import { makeCopies } from '../dist/intake/copies.js'
import { makeWorkshop } from '../dist/service/parts.js'
import { sampleDocuments } from './samples.mjs'

const ABOUT = {
  ...{ language: 'en', providerName: 'Sample Clinic', receivedAt: Date.UTC(2026, 10, 22), intakeNumber: '20261122-ABCDEFGH' },
  ...{ packageNumber: 'ABCDEFGHJKMN', authenticated: { method: 'network', domain: null } },
}

/** @param check (isWithin, text) tells a figure and whether it is within its bound. */
export async function benchCopies(check) {
  const { drawPage, tiffOf } = await tsImport('../test/documents/paged/tiff-files.ts', import.meta.url)
  const fax = (pages) => {
    const all = Array.from({ length: pages }, (_, seed) => ({ bitmap: drawPage(1728, 2200, seed + 1), coding: 'g4', dpi: [204, 196] }))
    return tiffOf(all)
  }
  await benchFax(fax(99), check)
  await benchMessage(fax(10), check)
}

async function benchFax(tiff, check) {
  console.log(`\nA fax of 99 pages (G4, ${(tiff.length / 1e6).toFixed(1)} MB) to PDF`)
  for (let times = 0; times < 2; times++) await tiffPdf(tiff, COPY_LIMITS)
  const before = process.cpuUsage()
  const { pdf, pages } = await tiffPdf(tiff, COPY_LIMITS)
  const { user, system } = process.cpuUsage(before)
  const seconds = (user + system) / 1e6
  const reference = tiff2pdf(tiff)
  console.log(`  this service (every row checked)  ${seconds.toFixed(2)} s of CPU, ${(pdf.length / 1e6).toFixed(2)} MB`)
  console.log(`  tiff2pdf (libtiff), start included ${reference.seconds.toFixed(2)} s of CPU, ${(reference.bytes / 1e6).toFixed(2)} MB`)
  check(pages === 99 && seconds < 0.5, `fax: ${seconds.toFixed(2)} s of CPU for ${pages} pages, under 0.5`)
  check(pdf.length <= tiff.length * 1.05, `fax: ${(pdf.length / tiff.length).toFixed(3)} of the TIFF's size, at most 1.05`)
}

function tiff2pdf(tiff) {
  const folder = mkdtempSync(join(tmpdir(), 'hepoex-bench-'))
  try {
    writeFileSync(join(folder, 'fax.tif'), tiff)
    const script = 'tiff2pdf -o "$0/fax.pdf" "$0/fax.tif" 2>/dev/null; times'
    const said = execFileSync('bash', ['-c', script, folder], { encoding: 'utf8' })
    const [user, system] = [...(said.trim().split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)].map(
      ([, m, s]) => Number(m) * 60 + Number(s),
    )
    return { seconds: user + system, bytes: readFileSync(join(folder, 'fax.pdf')).length }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function benchMessage(fax, check) {
  const files = [...(await sampleDocuments()), ...(await letters(3)), { name: 'fax.tif', mediaType: 'image/tiff', bytes: fax }, photo()]
  const text = { name: null, mediaType: 'text/plain', bytes: Buffer.from('Dear Pat,\r\n\r\nhere are your records.\r\n'.repeat(30)) }
  const parts = [text, ...files].map(({ name, mediaType, bytes }, index) => ({
    ...{ part: String(index + 1), mediaType, charset: 'utf-8', sentName: name, contentId: null, bytes },
    ...{ role: index === 0 ? 'body' : 'attachment', sha256: createHash('sha256').update(bytes).digest('hex') },
  }))
  const workshop = makeWorkshop()
  const take = async () => {
    const started = performance.now()
    const documents = await collect({ parts, defects: [] }, workshop)
    const copies = await makeCopies(workshop, documents, ABOUT)
    return { seconds: (performance.now() - started) / 1000, copies }
  }
  const cold = await take()
  const warm = await take()
  workshop.close()
  const { records, made } = cold.copies
  console.log(
    `\nA message of ${parts.length} documents, ${records.pages} pages (${(records.pdf.length / 1e6).toFixed(1)} MB): ready to be sealed`,
  )
  console.log(`  with the first worker's start ${cold.seconds.toFixed(2)} s, after that ${warm.seconds.toFixed(2)} s`)
  check(
    made.every((one) => one && one.kind !== 'as-sent'),
    'copies: one of every document',
  )
  check(cold.seconds < 3, `copies: ${cold.seconds.toFixed(2)} s, under 3`)
}

async function letters(count) {
  const { PDFDocument, StandardFonts } = await import('../dist/documents/pdf-library.js')
  const all = []
  for (let number = 1; number <= count; number++) {
    const document = await PDFDocument.create()
    const font = await document.embedFont(StandardFonts.Helvetica)
    for (let page = 0; page < 2; page++)
      document.addPage([612, 792]).drawText(`Letter ${number}, page ${page + 1}`, { x: 72, y: 700, font })
    all.push({ name: `letter ${number}.pdf`, mediaType: 'application/pdf', bytes: Buffer.from(await document.save()) })
  }
  return all
}

/** A photo's worth of pixels: 3000 x 2000 in colour. */
function photo() {
  const [width, height] = [3000, 2000]
  const rows = Buffer.alloc((width * 3 + 1) * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width * 3; x++) rows[y * (width * 3 + 1) + 1 + x] = (x * 7 + y * 3 + ((x * y) >> 9)) & 255
  return { name: 'photo.png', mediaType: 'image/png', bytes: png(width, height, deflateSync(rows, { level: 1 })) }
}

function png(width, height, data) {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))])
}

function chunk(name, content) {
  const body = Buffer.concat([Buffer.from(name), content])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(content.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}
