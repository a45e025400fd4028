// Our own papers, drawn by a worker: fonts and pages take a processor tens of milliseconds, in which the service would hear nobody, and
// what people wrote in a form may be made to take longer.

import { Semaphore } from '../../semaphore.js'
import type { Texts } from '../../texts.js'
import type { FormAbout } from '../forms/content.js'
import { formPdf } from '../forms/form-pdf.js'
import { type LetterAbout, reminderLetterPdf, revocationLetterPdf } from '../forms/letters.js'
import { type Receipt, receiptPdf } from '../receipt-pdf.js'
import { type PaperJob, paper } from './client.js'
import type { Workshop } from './workshop.js'

/** Forms and letters drawn at once: anybody may ask for a blank one, and each takes a process for itself. */
const PLACES = 1
const MOST_WAITING = 32

/** Each a PDF, of the same bytes for the same input. `language` is one of the catalogue's, `at` its date in ms since the epoch. */
export interface Papers {
  receipt(about: Receipt, language: string): Promise<Buffer>
  form(about: FormAbout, language: string, at: number): Promise<Buffer>
  /** A form again, for whoever receives records and can't wait in line behind visitors. */
  copy(about: FormAbout, language: string, at: number): Promise<Buffer>
  reminder(about: LetterAbout, language: string, at: number): Promise<Buffer>
  /** Rejects for a request for access: see revocationLetterPdf. */
  revocation(about: LetterAbout, language: string, at: number): Promise<Buffer>
}

/** Papers made where the caller is. */
export function papersHere(texts: Texts): Papers {
  return {
    receipt: (about, language) => receiptPdf(about, texts.in(language)),
    form: (about, language, at) => formPdf(about, texts.in(language), at),
    copy: (about, language, at) => formPdf(about, texts.in(language), at),
    reminder: (about, language, at) => reminderLetterPdf(about, texts.in(language), at),
    revocation: (about, language, at) => revocationLetterPdf(about, texts.in(language), at),
  }
}

/** No worker made it. What people wrote is in it, so it is not tried again where all others would wait for it. */
export class PaperError extends Error {
  override name = 'PaperError'
}

/**
 * Papers made in the workshop, and where there is none, here. Forms and letters wait in line, and past its end reject with BusyError;
 * receipts, which the post makes one by one, and copies, of which the intake asks no more at once than it seals, do not. A worker that
 * fails over a receipt costs nothing; over what people wrote it rejects with PaperError.
 */
export function papersFrom(workshop: Workshop, texts: Texts): Papers {
  const here = papersHere(texts)
  const line = new Semaphore(PLACES, MOST_WAITING)
  const made = (job: PaperJob, input: object) => workshop.atBench((bench) => paper(bench, job, input))
  const drawn = async (job: PaperJob, input: object, drawHere: () => Promise<Buffer>) => {
    const outcome = await made(job, input)
    if (Buffer.isBuffer(outcome)) return outcome
    if (outcome === 'no-converter') return drawHere()
    throw new PaperError(`no ${job}: ${outcome}`)
  }
  return {
    receipt: async (about, language) => {
      const outcome = await made('receipt', { about, language })
      return Buffer.isBuffer(outcome) ? outcome : here.receipt(about, language)
    },
    copy: (about, language, at) => drawn('form', { about, language, at }, () => here.copy(about, language, at)),
    form: (about, language, at) => line.run(() => drawn('form', { about, language, at }, () => here.form(about, language, at))),
    reminder: (about, language, at) => line.run(() => drawn('reminder', { about, language, at }, () => here.reminder(about, language, at))),
    revocation: (about, language, at) =>
      line.run(() => drawn('revocation', { about, language, at }, () => here.revocation(about, language, at))),
  }
}
