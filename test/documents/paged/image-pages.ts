// What a PDF of pictures holds, read back with another reader than the one that wrote it.

import { StripDecoder } from '../../../src/documents/paged/ccitt-decode.js'
import { PDFArray, PDFDict, PDFDocument, PDFName, PDFRawStream } from '../../../src/documents/pdf-library.js'
import { type Bitmap, changesOf } from './tiff-files.js'

export interface ReadPage {
  /** Points, rounded. */
  readonly size: readonly [number, number]
  /** The six numbers of the picture's matrix, rounded. */
  readonly matrix: readonly number[]
  /** Of the picture: `/Width` and so on, as PDF. */
  readonly entries: Readonly<Record<string, string>>
  readonly data: Buffer
}

export async function readPages(pdf: Buffer): Promise<ReadPage[]> {
  const document = await PDFDocument.load(pdf, { updateMetadata: false })
  return document.getPages().map((page) => {
    const { width, height } = page.getSize()
    const pictures = page.node.Resources()?.lookup(PDFName.of('XObject'), PDFDict)
    const picture = pictures?.lookup(PDFName.of('I'))
    const content = page.node.Contents()
    if (!(picture instanceof PDFRawStream) || !(content instanceof PDFRawStream)) throw new Error('no picture')
    const drawn = /^q (.+) cm \/I Do Q$/.exec(Buffer.from(content.getContents()).toString('latin1'))?.[1] ?? ''
    const entries = Object.fromEntries(picture.dict.entries().map(([key, value]) => [String(key), textOf(value)]))
    return {
      size: [Math.round(width), Math.round(height)],
      matrix: drawn.split(' ').map((value) => Math.round(Number(value)) || 0),
      entries,
      data: Buffer.from(picture.getContents()),
    }
  })
}

function textOf(value: unknown): string {
  return value instanceof PDFArray ? value.asArray().map(String).join(' ') : String(value).replace(/\s+/g, ' ')
}

/** Whether a page's picture, in G4 or G3, has the bitmap's pixels. */
export function shows({ entries, data }: ReadPage, bitmap: Bitmap): boolean {
  const k = Number(/\/K (-?\d)/.exec(entries['/DecodeParms'] ?? '')?.[1])
  const isAligned = entries['/DecodeParms']?.includes('EncodedByteAlign') === true
  const scheme = k < 0 ? 'g4' : isAligned ? 'rle' : 'g3'
  const decoder = new StripDecoder({ scheme, isTwoDimensional: k > 0, alignment: 8 }, bitmap.width)
  let [y, isSame] = [0, true]
  const { rows } = decoder.read(data, Number(entries['/Height']), (row) => {
    const wanted = changesOf(bitmap, y++)
    const end = wanted.indexOf(bitmap.width) + 1
    isSame &&= row.subarray(0, end).join() === wanted.subarray(0, end).join()
  })
  return isSame && rows === bitmap.height && entries['/Width'] === String(bitmap.width)
}
