// Faxes of the forms, standard and fine, askew and with specks: the first page says whose postbox it is and which request the records
// answer.

import t from 'tap'
import { formPdf } from '../../../src/documents/forms/form-pdf.js'
import { reminderLetterPdf } from '../../../src/documents/forms/letters.js'
import { barcodes } from '../../../src/documents/paged/barcodes.js'
import { readPostboxQrText, readRequestQrText } from '../../../src/postbox-number.js'
import { type FaxCase, faxCases, faxOf, printed } from '../../support/faxes.js'
import { AT, aboutOf, blankAbout, filled, letterAbout, longForm, POSTBOX_NUMBER, REQUEST_NUMBER, TYPED, texts } from './samples.js'

const BOTH = { postboxNumber: POSTBOX_NUMBER, requestNumber: REQUEST_NUMBER }
const CASES = 2
/** Of 8. Cover sheets bear the same code, and are tried by the hundred (scripts/faxes.mjs). */
const LEAST_RIGHT = 7

const english = texts.in('en')
const spanish = texts.in('es')

t.test('a straight fax of each form and letter is read, standard, and one fine', async (t) => {
  const papers = {
    access: await formPdf(aboutOf(filled('access', { signature: TYPED })), english, AT),
    authorization: await formPdf(aboutOf(filled('authorization')), spanish, AT),
    notes: await formPdf(aboutOf(filled('authorization', { isPsychotherapyNotes: true })), english, AT),
    long: await formPdf(aboutOf(longForm('authorization')), spanish, AT),
    reminder: await reminderLetterPdf(letterAbout(filled('access')), english, AT),
  }
  for (const [name, pdf] of Object.entries(papers)) {
    const scan = await printed(pdf)
    for (const rows of name === 'access' ? ([98, 196] as const) : ([98] as const)) {
      const fax: FaxCase = { ...straight, rows }
      const texts = await read(scan, fax)
      t.same(texts.map(readRequestQrText), [BOTH], `${name}, ${rows} rows`)
      t.same(texts.map(readPostboxQrText), [POSTBOX_NUMBER], `${name}, ${rows} rows`)
    }
  }
})

t.test('a blank form with her postbox on it brings records to her, and names no request', async (t) => {
  const found = await read(await printed(await formPdf(blankAbout('access', 'hers'), english, AT)), straight)
  t.same(found.map(readPostboxQrText), [POSTBOX_NUMBER])
  t.same(found.map(readRequestQrText), [null])
})

t.test('of faxes askew, upside down and with specks, nearly all are read, and none wrongly', async (t) => {
  let right = 0
  for (const [index, kind] of (['access', 'authorization'] as const).entries()) {
    for (const text of [english, spanish]) {
      const scan = await printed(await formPdf(aboutOf(filled(kind)), text, AT))
      for (const fax of faxCases(CASES, 11 + index)) {
        const found = (await read(scan, fax)).map(readRequestQrText)
        if (found.length === 0) continue
        t.same(found, [BOTH], JSON.stringify(fax))
        right++
      }
    }
  }
  t.ok(right >= LEAST_RIGHT, `${right} of ${4 * CASES}`)
})

const straight: FaxCase = {
  ...{ number: POSTBOX_NUMBER, sheet: 'cover', coding: 'g3', rows: 98, skew: 0, noise: 0 },
  ...{ isUpsideDown: false, isSecond: false, seed: 3 },
}

async function read(scan: Awaited<ReturnType<typeof printed>>, fax: FaxCase): Promise<string[]> {
  const { bytes, mediaType } = await faxOf(scan, fax)
  return barcodes(bytes, mediaType)
}
