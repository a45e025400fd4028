// Our own papers, drawn by a worker: fonts and pages take a processor tens of milliseconds, in which the service would hear nobody. What
// a worker doesn't make is made here.

import type { Texts } from '../../texts.js'
import { type Receipt, receiptPdf } from '../receipt-pdf.js'
import { paper } from './client.js'
import type { Workshop } from './workshop.js'

export interface Papers {
  /** @param language of the catalogue, the provider's. The same bytes for the same receipt. */
  receipt(about: Receipt, language: string): Promise<Buffer>
}

/** Papers made where the caller is. */
export function papersHere(texts: Texts): Papers {
  return { receipt: (about, language) => receiptPdf(about, texts.in(language)) }
}

/** Papers made in the workshop, also when it has no worker to give. */
export function papersFrom(workshop: Workshop, texts: Texts): Papers {
  const here = papersHere(texts)
  return {
    receipt: async (about, language) => {
      const made = await workshop.atBench((bench) => paper(bench, 'receipt', { about, language }))
      return made ?? here.receipt(about, language)
    },
  }
}
