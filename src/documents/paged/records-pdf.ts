// All readable pages of a package in one PDF: a cover that says where they come from and what is where, then every document's pages as they
// are. Nothing is stamped onto a page: what a provider sent stays as it was sent.

import type { Text } from '../../texts.js'
import type { AsSentReason } from '../copy.js'
import { PDFDocument, type PDFRef } from '../pdf-library.js'
import { coverBlocks, drawCover } from './cover.js'
import { FontBook, plainName } from './fonts.js'
import { Pen } from './lay-out.js'
import { copyPages } from './pdf-copy-pages.js'
import { addLinks, addOutline, addPageLabels } from './records-pdf-parts.js'

export interface RecordsItem {
  readonly name: string
  /** A clean PDF: what copyPdf, textPdf and the converters of images make. */
  readonly pdf: Buffer
  readonly pages: number
}

/** All that records.pdf is made of and tells. */
export interface Records {
  readonly provider: { readonly name: string }
  /** Ms since the epoch. */
  readonly receivedAt: number
  readonly intakeNumber: string
  readonly packageNumber: string
  readonly authenticated: {
    readonly method: 'password' | 'network' | 'spf' | 'dkim' | 'fax'
    /** The domain that passed; null where none is meant. */
    readonly domain: string | null
  }
  readonly items: readonly RecordsItem[]
  /** Names of the documents that are pages of HTML beside this file. */
  readonly asHtml: readonly string[]
  /** Documents that only exist as they were sent. */
  readonly asSent: ReadonlyArray<{ readonly name: string; readonly reason: AsSentReason }>
}

export interface RecordsPdf {
  readonly pdf: Buffer
  /** Of the file, cover included. */
  readonly pages: number
  /** For each item the page it begins on, counted in the file from 1. */
  readonly firstPages: readonly number[]
}

/**
 * The same bytes for the same records. `text` looks up the texts of the person's language. Throws when an item is not the PDF that it says
 * it is: a bug.
 */
export async function recordsPdf(records: Records, text: Text): Promise<RecordsPdf> {
  const document = await PDFDocument.create({ updateMetadata: false })
  const numbers = numbersOf(records)
  const { coverPages, links } = await addCover(document, records, numbers, text)
  const firsts: PDFRef[] = []
  for (const { pdf, pages } of records.items) {
    const source = await PDFDocument.load(pdf, { updateMetadata: false, parseSpeed: Number.POSITIVE_INFINITY })
    const [first, ...others] = copyPages(source, document, pages, () => null)
    // A page that is missing here would be missing for good: better no file at all.
    if (!first || others.length + 1 !== pages) throw new Error('assembling records: an item has not the pages it says')
    firsts.push(first)
  }
  addLinks(document, links, firsts)
  addWays(document, records, firsts, coverPages, text)
  const pdf = await document.save({ addDefaultPage: false, updateFieldAppearances: false, objectsPerTick: Number.POSITIVE_INFINITY })
  const pages = coverPages + records.items.reduce((sum, item) => sum + item.pages, 0)
  return { pdf: Buffer.from(pdf), pages, firstPages: numbers.map((number) => coverPages + number) }
}

/** The number of each item's first page, as contents and page labels have it. */
function numbersOf({ items }: Records): number[] {
  let next = 1
  return items.map(({ pages }) => {
    const number = next
    next += pages
    return number
  })
}

async function addCover(document: PDFDocument, records: Records, numbers: readonly number[], text: Text) {
  const blocks = coverBlocks(records, numbers, text)
  const texts = blocks.flatMap((block) => [block.text, block.beside ?? ''])
  const book = await FontBook.open([...texts.map((words) => words.normalize('NFC')), '…'], ['sans', 'bold'])
  const pen = new Pen(document, book)
  const { contents, links } = drawCover(blocks, pen, book)
  for (const content of contents) pen.addPage(content)
  pen.finish()
  return { coverPages: contents.length, links }
}

function addWays(document: PDFDocument, records: Records, firsts: readonly PDFRef[], coverPages: number, text: Text): void {
  const { provider, receivedAt, items } = records
  const cover = document.getPage(0).ref
  const bookmarks = items.flatMap(({ name }, item) => {
    const page = firsts[item]
    return page ? [{ title: plainName(name), page }] : []
  })
  addOutline(document, [{ title: text('readable.title'), page: cover }, ...bookmarks])
  addPageLabels(document, coverPages)
  document.setTitle(`${text('readable.title')}: ${plainName(provider.name)}`, { showInWindowTitleBar: true })
  document.setLanguage(text('readable.language'))
  document.setCreator('HePoEx')
  document.setProducer('HePoEx')
  document.setCreationDate(new Date(receivedAt))
  document.setModificationDate(new Date(receivedAt))
}
