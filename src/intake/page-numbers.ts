// The postbox numbers on the first pages of a message's documents: what routes a fax, whose gateway can write nobody's id into the Subject.

import { barcodes } from '../documents/workshop/client.js'
import type { Workshop } from '../documents/workshop/workshop.js'
import { readPostboxQrText } from '../postbox-number.js'
import type { CollectedDocument } from './collect.js'

/** A gateway sends one fax, perhaps as TIFF and as PDF; a scanner a handful of files. */
const MOST_DOCUMENTS = 6

/** Each number once. Where a document can't be read it has none: the message is then routed by others, or not at all. */
export function numbersOnPages(workshop: Workshop, documents: readonly CollectedDocument[]): Promise<string[]> {
  return workshop.atBench(async (bench) => {
    const numbers = new Set<string>()
    for (const { bytes, mediaType } of documents.filter(mayShowOne).slice(0, MOST_DOCUMENTS)) {
      for (const text of await barcodes(bench, { bytes, mediaType })) {
        const number = readPostboxQrText(text)
        if (number !== null) numbers.add(number)
      }
    }
    return [...numbers]
  })
}

/** What stands inside an attached mail, or a picture in its text, was not sent to say for whom the rest is. */
function mayShowOne({ role, within, mediaType, isProtected }: CollectedDocument): boolean {
  const hasPages = mediaType === 'application/pdf' || (mediaType.startsWith('image/') && mediaType !== 'image/svg+xml')
  return role === 'attachment' && within === null && hasPages && !isProtected
}
