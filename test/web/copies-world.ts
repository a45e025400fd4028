// A package with readable copies, for the tests of pages: one document of each way to be read here, or not.

import { Readable } from 'node:stream'
import type { ManifestDocument } from '../../src/hip/manifest.js'
import { CONTENT, document, newWorld, type World } from './fakes.js'

/** 1x1, grey. */
export const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mOYCQAAqACndpVbnwAAAABJRU5ErkJggg==', 'base64')
export const HTML = Buffer.from(
  [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Visit</title>',
    '<style>body{font:1.1rem sans-serif;margin:1rem}</style></head><body><main><h1>Visit summary</h1>',
    '<p>Blood pressure 120/80.</p>'.repeat(40),
    '<script>document.title="ran"</script></main></body></html>',
  ].join(''),
)
export const TEXT = 'Dear Maria,\r\n\r\nhere are the records you asked for.\r\n  <b>Sample Clinic</b>\u0007\r\n'
export const RECORDS = Buffer.from('%PDF-1.7 all pages')

const sha256 = '00'.repeat(32)
const PICTURE = { bytes: PNG.length, sha256, mediaType: 'image/png' } as const

export type Facts = Partial<Omit<ManifestDocument, 'name' | 'mediaType' | 'bytes'>>

export function described(name: string, mediaType: string, bytes: number, facts: Facts = {}): ManifestDocument {
  return { ...document(name, mediaType, bytes), ...facts }
}

const pages = (first: number, count: number): Facts => ({ pages: count, copy: { kind: 'pages', first, count } })
const html = (file: string): Facts => ({ copy: { kind: 'html', file: `readable/${file}`, bytes: HTML.length, sha256 } })
const asSent = (reason: string): Facts => ({ copy: { kind: 'as-sent', reason } })
const thumbnail = (file: string): Facts => ({ thumbnail: { file: `readable/${file}`, ...PICTURE } })

const text = Buffer.byteLength(TEXT)
const signer = { name: 'Dr. Sample', address: 'dr@clinic.example', isIntact: true }

/** By name, so that a test says what it means. */
export const AT = { message: 0, pdf: 1, fax: 2, photo: 3, ccda: 4, zip: 5, letter: 6, inner: 7, deep: 8, locked: 9, dicom: 10, page: 11 }

export const DOCUMENTS: readonly ManifestDocument[] = [
  described('message.txt', 'text/plain', text, { role: 'body', ...pages(2, 1) }),
  described('Blood test results.pdf', 'application/pdf', 182_400, { ...pages(3, 2), ...thumbnail('02.png'), signer }),
  described('0000123.tif', 'image/tiff', 1_234_567, { title: 'Fax of March 3', ...pages(5, 3), ...thumbnail('03.png') }),
  described('IMG_0042.jpg', 'image/jpeg', 2_345_678, { ...pages(8, 1), ...thumbnail('04.png') }),
  described('export.xml', 'application/cda+xml', 98_765, { title: 'Visit of November 20', ...html('05-export.html') }),
  described('Records.zip', 'application/zip', 456_789, asSent('no-converter')),
  described('Letter to Dr. Sample.docx', 'application/msword', 45_678, { within: 5, ...html('07-letter.html') }),
  described('more.eml', 'message/rfc822', 45_678, { within: 5, ...asSent('no-converter') }),
  described('message (2).txt', 'text/plain', text, { within: 7, role: 'body', ...pages(9, 1) }),
  described('Locked report.pdf', 'application/pdf', 98_000, { protected: true, ...asSent('protected') }),
  described('IM000001.dcm', 'application/dicom', 8_765_432, asSent('no-converter')),
  described('letter.html', 'text/html', 4321, asSent('damaged')),
]

export function copiesWorld(): World {
  const world = newWorld()
  if (!world.records) throw new Error('no records')
  world.records = { ...world.records, documents: DOCUMENTS, readable: { bytes: 1_234_567, pages: 12 } }
  world.documentStream = (index) => Readable.from([index === AT.message || index === AT.deep ? Buffer.from(TEXT) : CONTENT])
  world.copyStream = (what) => Readable.from([{ copy: HTML, thumbnail: PNG, readable: RECORDS }[what]])
  return world
}

/** The world with one more word about the document at `index`. */
export function withFacts(world: World, index: number, facts: Partial<ManifestDocument>): World {
  if (world.records)
    world.records = {
      ...world.records,
      documents: world.records.documents.map((each, at) => (at === index ? { ...each, ...facts } : each)),
    }
  return world
}
