// Small synthetic records, made on the spot: a PDF letter, a fax page as TIFF (CCITT G4), a picture, a C-CDA summary and a note.

import { deflateSync } from 'node:zlib'

/** The documents of the demo: {name, mediaType, bytes}. Nobody in them exists. */
export async function sampleDocuments() {
  return [
    {
      name: 'Visit summary.pdf',
      mediaType: 'application/pdf',
      bytes: await pdf(['Sample Clinic', 'Visit summary', 'This is synthetic data.']),
    },
    { name: 'fax-page.tif', mediaType: 'image/tiff', bytes: faxPage() },
    { name: 'x-ray.png', mediaType: 'image/png', bytes: picture(320, 240) },
    { name: 'Résumé clinique.xml', mediaType: 'text/xml', bytes: Buffer.from(CCDA) },
    { name: 'lab results.csv', mediaType: 'text/csv', bytes: Buffer.from('date,test,value,unit\r\n2026-01-05,Sodium,140,mmol/L\r\n') },
  ]
}

async function pdf(lines) {
  const { PDFDocument, StandardFonts } = await import('../dist/documents/pdf-library.js')
  const document = await PDFDocument.create()
  const font = await document.embedFont(StandardFonts.Helvetica)
  for (let number = 1; number <= 2; number++) {
    const page = document.addPage([612, 792])
    for (const [index, line] of lines.entries()) page.drawText(line, { x: 72, y: 700 - index * 24, size: 16, font })
    page.drawText(`Page ${number} of 2`, { x: 72, y: 72, size: 10, font })
  }
  return Buffer.from(await document.save())
}

/** One white fax page, 1728 x 1100 at 204 x 98 dpi: in G4 each white line after a white one is the single bit `1` (V0). */
function faxPage() {
  const rows = 1100
  const data = Buffer.alloc(Math.ceil(rows / 8) + 3, 0xff)
  // End of facsimile block: twice 000000000001.
  const at = Math.floor(rows / 8)
  data.set([0xf0, 0x01, 0x00, 0x10].slice(0, data.length - at), at)
  const entries = [
    [256, 4, 1, 1728],
    [257, 4, 1, rows],
    [258, 3, 1, 1],
    [259, 3, 1, 4],
    [262, 3, 1, 0],
    [266, 3, 1, 1],
    [273, 4, 1, 0],
    [277, 3, 1, 1],
    [278, 4, 1, rows],
    [279, 4, 1, data.length],
    [282, 5, 1, 0],
    [283, 5, 1, 0],
    [296, 3, 1, 2],
  ]
  const directory = Buffer.alloc(2 + entries.length * 12 + 4)
  const after = 8 + directory.length
  const offsets = { 273: after + 16, 282: after, 283: after + 8 }
  directory.writeUInt16LE(entries.length)
  entries.forEach(([tag, type, count, value], index) => {
    const start = 2 + index * 12
    directory.writeUInt16LE(tag, start)
    directory.writeUInt16LE(type, start + 2)
    directory.writeUInt32LE(count, start + 4)
    if (type === 3) directory.writeUInt16LE(value, start + 8)
    else directory.writeUInt32LE(offsets[tag] ?? value, start + 8)
  })
  const resolutions = Buffer.alloc(16)
  for (const [index, number] of [204, 1, 98, 1].entries()) resolutions.writeUInt32LE(number, index * 4)
  return Buffer.concat([Buffer.from('49492a0008000000', 'hex'), directory, resolutions, data])
}

function picture(width, height) {
  const rows = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = (x * y) & 255
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width)
  header.writeUInt32BE(height, 4)
  header.set([8, 0, 0, 0, 0], 8)
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const frame = Buffer.alloc(8 + body.length)
    frame.writeUInt32BE(data.length)
    body.copy(frame, 4)
    frame.writeUInt32BE(crc32(body), 4 + body.length)
    return frame
  }
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** PNG's CRC (ISO 3309); zlib.crc32 came only with Node 20.15 and 22.2. */
function crc32(bytes) {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}

const CCDA = `<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3">
  <title>Continuity of Care Document (synthetic)</title>
  <recordTarget><patientRole><patient><name><given>Test</given><family>Person</family></name></patient></patientRole></recordTarget>
  <component><structuredBody><component><section><title>Allergies</title><text>No known allergies</text></section></component></structuredBody></component>
</ClinicalDocument>
`
