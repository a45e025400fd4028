// Files that a worker unpacks and copies: small honest ones, damaged. It may refuse each for a reason, or be ended by its limits; it may not
// fall over.

import { sampleDocuments } from '../../scripts/samples.mjs'
import { sniffMediaType } from '../../src/documents/media-type.js'
import { PDFDocument, StandardFonts } from '../../src/documents/pdf-library.js'
import { copy, unpack } from '../../src/documents/workshop/client.js'
import { ProcessWorkshop } from '../../src/documents/workshop/workshop.js'
import { tnefOf, zipOf } from '../documents/containers/samples.js'
import { docxFile, p } from '../documents/office/samples.js'
import { mutate } from './mutate.js'
import type { Random } from './random.js'

const main = new URL(`../../src/documents/workshop/main.${import.meta.url.slice(-2)}`, import.meta.url)
const workshop = new ProcessWorkshop({ main, jobMs: 4000 })

const FHIR = '{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","name":[{"family":"Sample"}]}}]}'
const HL7 = 'MSH|^~\\&|LAB|C|P|P|20261122||ORU^R01|1|P|2.5\rPID|1||7||Sample^Pat\rOBX|1|NM|K^Potassium||4.1|mmol/L|3.5-5|N|||F\r'
const RTF = '{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}\\f0 Dear Pat,\\par {\\b see} below.\\par\\u8364?}'
const HTML = '<!doctype html><html><title>x</title><body><table><tr><th>a<td>b</table><p style="color:red">c<img src="cid:a">'

/** The way each kind of file is made. Made once: some take a while. */
let made: Promise<readonly Buffer[]> | null = null

async function samples(): Promise<readonly Buffer[]> {
  const documents = (await sampleDocuments()).map(({ bytes }) => bytes)
  const texts = [FHIR, HL7, RTF, HTML, 'Dear Pat,\r\n\tall is well. \u05d0\u0645\u4e2d'].map((text) => Buffer.from(text))
  const archive = zipOf([
    { name: 'a/b.txt', content: 'text' },
    { name: 'c.xml', content: HTML },
  ])
  return [
    ...documents,
    ...texts,
    archive,
    tnefOf([[1, 0x00069007, Buffer.from([1, 0, 0, 0])]]),
    await docxFile(p('Dear Pat')),
    await form(),
  ]
}

/** A PDF with fields, links and an outline. */
async function form(): Promise<Buffer> {
  const document = await PDFDocument.create()
  const page = document.addPage([300, 200])
  page.drawText('Form', { x: 20, y: 150, font: await document.embedFont(StandardFonts.Helvetica) })
  const field = document.getForm().createTextField('name')
  field.setText('Pat Sample')
  field.addToPage(page, { x: 20, y: 100, width: 100, height: 20 })
  return Buffer.from(await document.save({ useObjectStreams: false }))
}

export async function tryFile(random: Random): Promise<void> {
  made ??= samples()
  const all = await made
  const whole = random.pick(all)
  const bytes = random.chance(0.9) ? mutate(random, whole, random.pick(all)) : whole
  const mediaType = sniffMediaType(
    bytes,
    random.pick(['application/octet-stream', 'application/pdf', 'image/bmp', 'text/plain', 'text/csv']),
  )
  await workshop.atBench(async (bench) => {
    const limits = { maxFiles: 100, maxBytes: 1 << 20 }
    await unpack(bench, { bytes, mediaType, limits, language: 'en' })
    const made = await copy(bench, { bytes, mediaType, charset: random.pick([null, 'utf-8', 'x']), title: 'x', language: 'en', images: [] })
    if (made.kind === 'as-sent' && made.reason === 'crashed') throw new Error(`the worker fell over a file of ${mediaType}`)
    if (!/^image\/|pdf$/.test(mediaType) || random.chance(0.5)) return
    for (const job of ['barcodes', 'firstPage']) {
      const outcome = await bench.run(job, { bytes, mediaType })
      if (!outcome.ok && outcome.reason === 'crashed') throw new Error(`the worker fell over the pages of a file of ${mediaType}`)
    }
  })
}
