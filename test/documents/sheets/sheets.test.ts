// The sheets that people print: what they say, and that they say nothing else.

import t from 'tap'
import { barcodes } from '../../../src/documents/paged/barcodes.js'
import { coverSheetPdf } from '../../../src/documents/sheets/cover-sheet.js'
import { walletCardPdf } from '../../../src/documents/sheets/wallet-card.js'
import { TEXTS } from '../../../src/folders.js'
import { loadTexts } from '../../../src/texts.js'
import { textOf } from '../pdf-text.js'

const text = loadTexts(TEXTS).in('en')
const POSTBOX = { shown: 'K7M-2QX-9DP', qrText: 'HEPOEX:K7M2QX9DP' }
const ABOUT = { operatorName: 'Sample Postbox', site: 'https://postbox.example.org' }
const pdfText = async (pdf: Buffer) => (await textOf(pdf)).join('\n')
const TO = { name: 'Sample Clinic', fax: '+1 555 010 0199', intakeAddress: 'clinic@intake.example.org' }

t.test('a cover sheet says number, where to send it, and two sentences for the fax desk', async (t) => {
  const pdf = await coverSheetPdf({ ...ABOUT, postbox: POSTBOX, to: TO }, text, 0)
  const words = await pdfText(pdf)
  for (const part of [POSTBOX.shown, TO.name, TO.fax, TO.intakeAddress, ABOUT.operatorName, `${ABOUT.site}/providers`])
    t.ok(words.includes(part), part)
  t.equal(text('sheets.cover.desk-text').match(/[.!?](\s|$)/g)?.length, 2)
  t.same(await barcodes(pdf, 'application/pdf'), [POSTBOX.qrText])
  t.ok(pdf.equals(await coverSheetPdf({ ...ABOUT, postbox: POSTBOX, to: TO }, text, 0)), 'the same bytes again')
})

t.test('a cover sheet for any clinic names none, and a blank one has no code', async (t) => {
  const any = await coverSheetPdf({ ...ABOUT, postbox: POSTBOX, to: null }, text, 0)
  t.notMatch(await pdfText(any), /clinic@|555/)
  const blank = await coverSheetPdf({ ...ABOUT, postbox: null, to: null }, text, 0)
  t.same(await barcodes(blank, 'application/pdf'), [])
  t.match(await pdfText(blank), /into the boxes/)
})

t.test('the cards have the code twice, and no name', async (t) => {
  const pdf = await walletCardPdf({ ...ABOUT, postbox: POSTBOX }, text, 0)
  t.equal((await pdfText(pdf)).match(/K7M-2QX-9DP/g)?.length, 2)
  t.same(await barcodes(pdf, 'application/pdf'), [POSTBOX.qrText])
})

t.test('names of clinics are shown whole, however long, in any script', async (t) => {
  const name = `Kliniken Łódź ${'and many more '.repeat(20)}Δοκιμή`
  t.ok(
    (await pdfText(await coverSheetPdf({ ...ABOUT, postbox: POSTBOX, to: { ...TO, name } }, text, 0)))
      .replace(/\s+/g, ' ')
      .includes('Δοκιμή'),
  )
})

t.test('in Spanish, what the clinic has to do is said in English, too; and all of it finds room', async (t) => {
  const spanish = loadTexts(TEXTS).in('es')
  const oneLine = async (pdf: Buffer) => (await pdfText(pdf)).replace(/\s+/g, ' ')
  const cover = await oneLine(await coverSheetPdf({ ...ABOUT, postbox: POSTBOX, to: TO }, spanish, 0))
  for (const words of ['Portada de fax', 'Fax cover sheet', 'Put this page on top', 'Ponga esta página encima', POSTBOX.shown, TO.fax])
    t.ok(cover.includes(words), words)
  const blank = await oneLine(await coverSheetPdf({ ...ABOUT, postbox: null, to: null }, spanish, 0))
  for (const words of ['into the boxes', 'en las casillas']) t.ok(blank.includes(words), words)
  const card = await walletCardPdf({ ...ABOUT, postbox: POSTBOX }, spanish, 0)
  for (const words of ['Clinics:', 'Clínicas:']) t.ok((await oneLine(card)).includes(words), words)
  t.same(await barcodes(card, 'application/pdf'), [POSTBOX.qrText])
})
