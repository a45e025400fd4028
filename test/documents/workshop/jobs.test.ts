// Every kind of document that has a converter, in the worker that does it in earnest: libraries find less there than elsewhere.

import t from 'tap'
import { sampleDocuments } from '../../../scripts/samples.mjs'
import { isContainer } from '../../../src/documents/containers/unpack.js'
import { sniffMediaType } from '../../../src/documents/media-type.js'
import { barcodes, CONTAINERS, copy, firstPage } from '../../../src/documents/workshop/client.js'
import { jobs } from '../../../src/documents/workshop/jobs.js'
import type { Bench } from '../../../src/documents/workshop/workshop.js'
import { postboxQrText } from '../../../src/postbox-number.js'
import { makeWorkshop } from '../../../src/service/parts.js'
import { faxOf, scanOf } from '../../support/faxes.js'
import { docxFile, p } from '../office/samples.js'
import { HEIC } from '../paged/heic-sample.js'
import { bmpFile } from '../paged/image-files.js'

const workshop = makeWorkshop()
t.teardown(() => workshop.close())

const job = (name: string) => jobs[name] as unknown as (input: unknown) => Promise<unknown>

async function copied(bytes: Buffer, declared = 'application/octet-stream'): Promise<string> {
  const mediaType = sniffMediaType(bytes, declared)
  const input = { bytes, mediaType, charset: null, title: 'A title', language: 'en', images: [] }
  const made = await workshop.atBench((bench) => copy(bench, input))
  if (made.kind === 'as-sent') return made.reason
  return made.kind === 'pages' ? `${made.pages} pages` : /<h1/.test(String(made.html)) ? 'html' : 'no page'
}

const PDF = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n')
const cda = (body: string) =>
  Buffer.from(
    `<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"><title>Summary</title><component>${body}</component></ClinicalDocument>`,
  )

t.test('the samples of the demo', async (t) => {
  const all = await sampleDocuments()
  const kinds = await Promise.all(all.map(({ bytes, mediaType }) => copied(bytes, mediaType)))
  t.same(kinds, ['2 pages', '1 pages', '1 pages', 'html', 'html'])
})

t.test('texts, structured records and office files', async (t) => {
  t.equal(await copied(Buffer.from('Dear Pat')), '1 pages')
  t.equal(await copied(Buffer.from('<!doctype html><html><p>Dear Pat')), 'html')
  t.equal(await copied(Buffer.from('{\\rtf1 Dear Pat}')), 'html')
  t.equal(await copied(await docxFile(p('Dear Pat'))), 'html')
  t.equal(await copied(Buffer.from('Test,Value\r\nPotassium,4.1\r\n'), 'text/csv'), 'html')
  t.equal(await copied(Buffer.from('MSH|^~\\&|LAB|C|P|P|2026||ORU^R01|1|P|2.5\rPID|1||7||Sample^Pat\r')), 'html')
  t.equal(await copied(Buffer.from('{"resourceType":"Patient","name":[{"family":"Sample"}]}')), 'html')
  t.equal(await copied(Buffer.from('<Patient xmlns="http://hl7.org/fhir"><name><family value="Sample"/></name></Patient>')), 'html')
  const ccr =
    '<ContinuityOfCareRecord xmlns="urn:astm-org:CCR"><CCRDocumentObjectID>1</CCRDocumentObjectID><Body/></ContinuityOfCareRecord>'
  t.equal(await copied(Buffer.from(ccr)), 'html')
})

t.test('pictures of other kinds', async (t) => {
  t.equal(await copied(HEIC), '1 pages')
  t.equal(await copied(bmpFile('24')), '1 pages')
})

t.test('what nobody here reads is left as it was sent, and what needs a password is said', async (t) => {
  t.equal(await copied(Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')])), 'no-converter')
  t.equal(await copied(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')), 'no-converter')
  t.equal(await copied(PDF), 'damaged')
})

t.test('a document inside a structured record is taken out, within the limits', async (t) => {
  const bytes = cda(`<nonXMLBody><text mediaType="application/pdf" representation="B64">${PDF.toString('base64')}</text></nonXMLBody>`)
  const unpack = (limits: object) => job('unpack')({ bytes, mediaType: 'application/cda+xml', limits, language: 'en' })
  t.match(await unpack({ maxFiles: 5, maxBytes: 1000 }), {
    kind: 'unpacked',
    files: [{ mediaType: 'application/pdf', way: /^cda\//, bytes: PDF }],
  })
  t.same(await unpack({ maxFiles: 0, maxBytes: 1000 }), { kind: 'as-sent', reason: 'too-many' })
  t.same(await unpack({ maxFiles: 5, maxBytes: 10 }), { kind: 'as-sent', reason: 'too-big' })
})

t.test('a document inside that has no name is called by its record, in the language of the person', async (t) => {
  const body = `<nonXMLBody><text mediaType="application/pdf" representation="B64">${PDF.toString('base64')}</text></nonXMLBody>`
  const bytes = Buffer.from(
    cda(body)
      .toString()
      .replace(/<title>.*?<\/title>/, ''),
  )
  const limits = { maxFiles: 5, maxBytes: 1000 }
  const nameIn = async (language: string) => {
    const { files } = (await job('unpack')({ bytes, mediaType: 'application/cda+xml', limits, language })) as { files: [{ name: string }] }
    return files[0].name
  }
  t.match(await nameIn('en'), /^(Health record|Summary of care)/)
  t.match(await nameIn('es'), /^(Expediente médico|Resumen de la atención)/)
})

t.test('QR codes and the first page, in the worker', async (t) => {
  const number = 'K7M2QX9DP'
  const fax = {
    number,
    sheet: 'cover',
    coding: 'g3',
    rows: 98,
    skew: 1,
    noise: 0.003,
    isUpsideDown: false,
    isSecond: true,
    seed: 2,
  } as const
  const found = await faxOf(await scanOf(number, 'cover'), fax)
  const inWorker = <T>(work: (bench: Bench) => Promise<T>) => workshop.atBench(work)
  t.same(await inWorker((bench) => barcodes(bench, found)), [postboxQrText(number)])
  t.equal((await inWorker((bench) => firstPage(bench, found)))?.subarray(1, 4).toString(), 'PNG')
  t.same(await inWorker((bench) => barcodes(bench, { bytes: PDF, mediaType: 'application/pdf' })), [])
  t.equal(await inWorker((bench) => firstPage(bench, { bytes: PDF, mediaType: 'application/pdf' })), null)
  t.equal(await inWorker((bench) => firstPage(bench, { bytes: Buffer.from('Dear Pat'), mediaType: 'text/plain' })), null)
})

t.test('what the desk takes for a container is what the workshop opens', async (t) => {
  for (const mediaType of CONTAINERS) t.ok(isContainer(mediaType), mediaType)
  for (const mediaType of ['application/pdf', 'message/rfc822', 'application/cda+xml']) t.notOk(isContainer(mediaType))
})
