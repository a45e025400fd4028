// Contents for the paper package of test/web/copies-world: real PDFs, pictures and pages, so that a browser has something to draw.

import { Readable } from 'node:stream'
import { crc32, deflateSync } from 'node:zlib'
import { htmlPage } from '../../src/documents/html-page.js'
import { PDFDocument, StandardFonts } from '../../src/documents/pdf-library.js'
import type { ManifestDocument } from '../../src/hip/manifest.js'
import { AT, copiesWorld, TEXT } from '../web/copies-world.js'
import type { World } from '../web/fakes.js'

/** Pages with a heading and lines of text, each with its number. */
export async function pdf(title: string, pages: number): Promise<Buffer> {
  const file = await PDFDocument.create()
  const font = await file.embedFont(StandardFonts.Helvetica)
  for (let page = 1; page <= pages; page++) {
    const sheet = file.addPage([612, 792])
    sheet.drawText(title, { x: 60, y: 700, size: 24, font })
    sheet.drawText(`Page ${page} of ${pages}`, { x: 60, y: 660, size: 14, font })
    for (let line = 0; line < 20; line++)
      sheet.drawText('Sample text of a sample page, all made up.', { x: 60, y: 620 - 24 * line, size: 12, font })
  }
  return Buffer.from(await file.save())
}

/** A PNG in grey that looks like a written page. */
export function sheet(width: number, height: number): Buffer {
  const rows = Array.from({ length: height }, (_row, y) => {
    const isLine = y % 18 > 10 && y > 30 && y < height - 30
    const ink = (x: number) => isLine && x > width / 8 && x < (width * 7) / 8 && (x * 7 + y * 3) % 11 > 3
    return Buffer.from([0, ...Array.from({ length: width }, (_column, x) => (ink(x) ? 90 : 250))])
  })
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.writeUInt8(8, 8)
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.concat(rows))), chunk('IEND', Buffer.alloc(0))]
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...chunks])
}

function chunk(type: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), content])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(content.length, 0)
  ends.writeUInt32BE(crc32(named), 4)
  return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)])
}

/** A readable copy of a health record, as converters make them. */
export function visit(): Buffer {
  const rows = ['Penicillin', 'Peanuts', 'Latex'].map(
    (what) => `<tr><td data-label="Substance">${what}</td><td data-label="Reaction">Rash</td><td data-label="Since">2019</td></tr>`,
  )
  const table = `<table class="fold"><thead><tr><th>Substance</th><th>Reaction</th><th>Since</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
  const facts =
    '<dl class="facts"><dt>Patient</dt><dd>Maria Sample</dd><dt>Born</dt><dd>May 4, 1951</dd><dt>Clinic</dt><dd>Sample Clinic</dd></dl>'
  const text = '<p>Came for a check-up. Feels well. Blood pressure 128/82.</p>'.repeat(12)
  const body = `<h1>Visit of November 20</h1>${facts}<h2>Allergies</h2>${table}<h2>Notes</h2>${text}<script>document.title = "ran"</script>`
  return htmlPage({ title: 'Visit of November 20', language: 'en', body })
}

/** The paper package with contents for what a browser is to draw. */
export async function filledWorld(): Promise<World> {
  const world = copiesWorld()
  const [records, report, page] = [await pdf('All records', 12), await pdf('Blood test results', 2), visit()]
  const contents = new Map([
    [AT.message, Buffer.from(TEXT)],
    [AT.deep, Buffer.from(TEXT)],
    [AT.pdf, report],
    [AT.photo, sheet(1600, 1200)],
  ])
  const thumbnail = sheet(160, 208)
  const of = (index: number) => contents.get(index) ?? Buffer.from('as it was sent')
  const documents = (world.records?.documents ?? []).map(
    (each, index): ManifestDocument => ({
      ...each,
      bytes: contents.get(index)?.length ?? each.bytes,
      ...(each.copy?.kind === 'html' && { copy: { ...each.copy, bytes: page.length } }),
      ...(each.thumbnail && { thumbnail: { ...each.thumbnail, bytes: thumbnail.length } }),
    }),
  )
  if (world.records) world.records = { ...world.records, documents, readable: { bytes: records.length, pages: 12 } }
  world.documentStream = (index) => Readable.from([of(index)])
  world.copyStream = (what) => Readable.from([{ copy: page, thumbnail, readable: records }[what]])
  return world
}
