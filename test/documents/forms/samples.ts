// Forms of a sample person, and what is read back out of their PDFs.

import { blankForm, type FormAbout, type FormContent, type FormKind, type Signature } from '../../../src/documents/forms/content.js'
import type { LetterAbout } from '../../../src/documents/forms/letters.js'
import { PDFDict, PDFDocument, PDFName, type PDFRef } from '../../../src/documents/pdf-library.js'
import { TEXTS } from '../../../src/folders.js'
import { postboxQrText, requestQrText } from '../../../src/postbox-number.js'
import { loadTexts } from '../../../src/texts.js'
import { textOf } from '../pdf-text.js'

export const texts = loadTexts(TEXTS)
export const LANGUAGES: readonly string[] = texts.languages
export const POSTBOX_NUMBER = 'K7M2QX9DP'
export const REQUEST_NUMBER = 'R7K2M9QX'
export const AT = Date.UTC(2026, 10, 26)

export const TYPED: Signature = { kind: 'typed', name: 'Maria Sample', on: '2026-11-26' }
export const DRAWN: Signature = {
  ...{ kind: 'drawn', on: '2026-11-26' },
  strokes: [
    [
      [100, 200],
      [200, 50],
      [300, 250],
    ],
    [[500, 150]],
  ],
}

const postbox = {
  ...{ address: 'maria@example.org', number: 'K7M-2QX-9DP', intakeAddress: 'sample-clinic@intake.example.org' },
  ...{ qrText: requestQrText(POSTBOX_NUMBER, REQUEST_NUMBER), intakeFax: '+1 555 010 0199' },
}
const frame = { operatorName: 'Sample Postbox', site: 'https://postbox.example.org' }

/** Names in scripts of every kind, with an address each. */
export const NAMES: Readonly<Record<string, { readonly name: string; readonly postalAddress: string }>> = {
  latin: { name: 'Łucja Señora Sample', postalAddress: '1 Sample Street\nApartment 2\nSpringfield, IL 62701' },
  cyrillic: { name: 'Мария Примерова', postalAddress: 'ул. Примерная, 1\nГород' },
  arabic: { name: 'مريم عبد الرحمن', postalAddress: 'شارع المثال\nالمدينة' },
  chinese: { name: '王小明', postalAddress: '示例路一号\n上海市' },
  devanagari: { name: 'मारिया नमूना', postalAddress: 'नमूना मार्ग' },
}

export function filled(kind: FormKind, more: Partial<FormContent> = {}): FormContent {
  return {
    ...blankForm(kind),
    person: {
      ...{ name: 'Maria Sample', otherNames: 'Maria Example', bornOn: '1980-03-14', phone: '+1 555 010 0123', recordNumber: '123456' },
      postalAddress: '1 Sample Street\nApartment 2\nSpringfield, IL 62701',
    },
    provider: { slug: null, name: 'Sample Clinic', postalAddress: '2 Clinic Road\nSpringfield, IL 62702', fax: '+1 555 010 0177' },
    formats: ['pdf', 'images'],
    ...more,
  }
}

export function named(script: string, kind: FormKind = 'access', more: Partial<FormContent> = {}): FormContent {
  const content = filled(kind, more)
  return { ...content, person: { ...content.person, ...NAMES[script] } }
}

export function aboutOf(content: FormContent): FormAbout {
  return { content, postbox, requestNumber: 'R7K2-M9QX', ...frame }
}

/** Blank; of nobody, or with her postbox. */
export function blankAbout(kind: FormKind, whose: 'nobody' | 'hers' = 'nobody', more: Partial<FormContent> = {}): FormAbout {
  const own = { ...postbox, qrText: postboxQrText(POSTBOX_NUMBER), intakeAddress: null, intakeFax: null }
  return { content: { ...blankForm(kind), ...more }, postbox: whose === 'hers' ? own : null, requestNumber: null, ...frame }
}

type SentLetter = LetterAbout & { readonly sent: NonNullable<LetterAbout['sent']> }

export function letterAbout(content: FormContent, more: Partial<SentLetter> = {}): SentLetter {
  const sent = { way: 'faxed', at: Date.UTC(2026, 9, 20, 12), dueAt: Date.UTC(2026, 10, 19, 12) } as const
  return { ...aboutOf(content), requestNumber: 'R7K2-M9QX', sent, signature: null, timeZone: null, ...more }
}

/** Values as long as nobody has them, and longer. */
export function longForm(kind: FormKind): FormContent {
  const long = 'Maria Guadalupe '.repeat(7).slice(0, 100)
  const lines = (count: number) => Array.from({ length: count }, (_, index) => `Line ${index + 1} of an address`).join('\n')
  return filled(kind, {
    person: {
      name: long,
      otherNames: 'W'.repeat(100),
      bornOn: '1980-03-14',
      postalAddress: lines(6),
      phone: '1'.repeat(60),
      recordNumber: 'X'.repeat(300),
    },
    provider: { slug: null, name: 'W'.repeat(200), postalAddress: lines(30), fax: '9'.repeat(200) },
    ...{
      records: ['other'],
      otherRecords: 'letters to other doctors, '.repeat(60),
      purpose: 'other',
      otherPurpose: 'because '.repeat(100),
    },
    expiry: { on: null, event: 'the end '.repeat(60) },
    representative: { name: long, authority: 'a power of attorney '.repeat(30) },
    signature: { kind: 'typed', name: long, on: '2026-11-26' },
    initials: { hiv: 'MGS', genetic: 'WWWWWWWWWWWWWWWW' },
  })
}

/** All that is drawn on its pages, but for values of fields, without spaces. */
export async function wordsOf(pdf: Buffer): Promise<string> {
  return (await textOf(pdf)).join('\n').replace(/\s+/g, '')
}

export interface Widget {
  readonly page: number
  readonly dict: PDFDict
  readonly rect: readonly [left: number, bottom: number, right: number, top: number]
}

/** The widgets of all pages, in the order of the tab key. */
export async function widgetsOf(pdf: Buffer): Promise<Widget[]> {
  const document = await PDFDocument.load(pdf, { updateMetadata: false })
  return document.getPages().flatMap(({ node }, page) =>
    (node.Annots()?.asArray() ?? []).map((ref) => {
      const dict = document.context.lookup(ref as PDFRef, PDFDict)
      const [left = 0, bottom = 0, right = 0, top = 0] =
        String(dict.get(PDFName.of('Rect')))
          .match(/[\d.]+/g)
          ?.map(Number) ?? []
      return { page, dict, rect: [left, bottom, right, top] as const }
    }),
  )
}
