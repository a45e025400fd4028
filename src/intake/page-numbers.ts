// The numbers on the first pages of a message's documents: the postbox's routes a fax, whose gateway can write nobody's id into the Subject,
// and a request's says which form of hers the records answer.

import { barcodes } from '../documents/workshop/client.js'
import type { Workshop } from '../documents/workshop/workshop.js'
import { readPostboxQrText, readRequestQrText } from '../postbox-number.js'
import type { CollectedDocument } from './collect.js'

/** A gateway sends one fax, perhaps as TIFF and as PDF; a scanner a handful of files. */
const MOST_DOCUMENTS = 6

/** Canonical, each once. */
export interface PageNumbers {
  readonly postboxes: readonly string[]
  /** Of the requests whose forms are among the pages. */
  readonly requests: readonly string[]
}

export const NO_NUMBERS: PageNumbers = { postboxes: [], requests: [] }

/** Where a document can't be read it has none: the message is then routed by others, or not at all. */
export function numbersOnPages(workshop: Workshop, documents: readonly CollectedDocument[]): Promise<PageNumbers> {
  return workshop.atBench(async (bench) => {
    const [postboxes, requests] = [new Set<string>(), new Set<string>()]
    for (const { bytes, mediaType } of documents.filter(mayShowOne).slice(0, MOST_DOCUMENTS)) {
      for (const text of await barcodes(bench, { bytes, mediaType })) {
        const postbox = readPostboxQrText(text)
        if (postbox !== null) postboxes.add(postbox)
        const request = readRequestQrText(text)
        if (request) requests.add(request.requestNumber)
      }
    }
    return { postboxes: [...postboxes], requests: [...requests] }
  })
}

/** What stands inside an attached mail, or a picture in its text, was not sent to say for whom the rest is. */
function mayShowOne({ role, within, mediaType, isProtected }: CollectedDocument): boolean {
  const hasPages = mediaType === 'application/pdf' || (mediaType.startsWith('image/') && mediaType !== 'image/svg+xml')
  return role === 'attachment' && within === null && hasPages && !isProtected
}
