// The forms as files: their fields, what is in them, how they are tagged, and what becomes of values that do not fit.

import t from 'tap'
import type { FormContent } from '../../../src/documents/forms/content.js'
import { formPdf } from '../../../src/documents/forms/form-pdf.js'
import { PDFArray, PDFDict, PDFDocument, PDFHexString, PDFName, PDFNumber, type PDFRef } from '../../../src/documents/pdf-library.js'
import { AT, aboutOf, blankAbout, DRAWN, filled, LANGUAGES, longForm, NAMES, named, TYPED, texts, widgetsOf, wordsOf } from './samples.js'

const english = texts.in('en')
const load = (pdf: Buffer) => PDFDocument.load(pdf, { updateMetadata: false })

t.test('a copy of what was signed on paper says so, and has no empty line to sign on', async (t) => {
  const about = aboutOf(filled('authorization', { signature: null }))
  const by = async (signedOnPaper?: string) => {
    const words = await wordsOf(await formPdf({ ...about, ...(signedOnPaper !== undefined && { signedOnPaper }) }, texts.in('en'), AT))
    return [
      words.includes('Datesigned'),
      words.includes('signedbyhand,onpaper'),
      words.includes('11/22/2026'),
      words.includes('doesnotshow'),
    ]
  }
  t.strictSame(await by(), [true, false, false, false])
  t.strictSame(await by('2026-11-22'), [false, true, true, false])
  t.strictSame(await by(''), [false, false, false, true])
})

t.test('the same form is the same bytes', async (t) => {
  const about = aboutOf(named('arabic', 'authorization', { signature: DRAWN }))
  t.ok((await formPdf(about, english, AT)).equals(await formPdf(about, english, AT)))
})

t.test('it says what it is, in which language, and who made it', async (t) => {
  for (const language of LANGUAGES) {
    const document = await load(await formPdf(aboutOf(filled('access')), texts.in(language), AT))
    t.equal(document.getTitle(), texts.in(language)('forms.access.title'))
    t.equal(document.getAuthor(), 'Sample Postbox')
    t.equal(document.getCreationDate()?.getTime(), AT)
    t.equal(document.catalog.getOrCreateViewerPreferences().getDisplayDocTitle(), true)
    const lang = document.catalog.lookup(PDFName.of('Lang'))
    t.equal(lang instanceof PDFHexString ? lang.decodeText() : String(lang).replace(/[()]/g, ''), language)
    t.same(document.getPage(0).getSize(), { width: 612, height: 792 })
  }
})

t.test('what was filled in is in its fields, and can be read back', async (t) => {
  const content = filled('authorization', {
    ...{ records: ['visits', 'other'], otherRecords: 'Letters', from: '2020-01-31', isUnencryptedAccepted: true },
    ...{ initials: { hiv: 'MS' }, purpose: 'care', expiry: { on: '2027-05-01', event: '' } },
    representative: { name: 'Pat Sample', authority: 'Parent' },
  })
  const form = (await load(await formPdf(aboutOf(content), english, AT))).getForm()
  const said = (name: string) => form.getTextField(name).getText()
  t.equal(said('person-name'), 'Maria Sample')
  t.equal(said('person-born-on'), '03/14/1980')
  t.equal(said('person-address'), '1 Sample Street\nApartment 2\nSpringfield, IL 62701')
  t.equal(form.getTextField('person-address').isMultiline(), true)
  t.equal(said('provider-fax'), '+1 555 010 0177')
  t.equal(said('records-other-text'), 'Letters')
  t.equal(said('records-from'), '01/31/2020')
  t.equal(said('format-pdf'), '1')
  t.equal(said('format-structured') ?? '', '')
  t.equal(said('format-images'), '2')
  t.equal(said('initials-hiv'), 'MS')
  t.equal(said('initials-genetic') ?? '', '')
  t.equal(said('expiry-on'), '05/01/2027')
  t.equal(said('sign-representative-authority'), 'Parent')
  t.equal(form.getRadioGroup('purpose').getSelected(), 'care')
  t.same(form.getRadioGroup('purpose').getOptions(), ['own-request', 'care', 'insurance', 'legal', 'other'])
  t.equal(form.getCheckBox('unencrypted').isChecked(), true)
  const checked = ['all', 'visits', 'results', 'other'].map((type) => form.getCheckBox(`records-${type}`).isChecked())
  t.same(checked, [false, true, false, true])
})

t.test('fields can be filled in again and again', async (t) => {
  const document = await load(await formPdf(aboutOf(named('chinese', 'authorization')), english, AT))
  const form = document.getForm()
  form.getTextField('person-name').setText('Another Name')
  form.getCheckBox('records-billing').check()
  form.getRadioGroup('purpose').select('legal')
  const again = (await load(Buffer.from(await document.save()))).getForm()
  t.equal(again.getTextField('person-name').getText(), 'Another Name')
  t.equal(again.getCheckBox('records-billing').isChecked(), true)
  t.equal(again.getRadioGroup('purpose').getSelected(), 'legal')
  t.equal(again.getTextField('person-address').getText(), NAMES.chinese?.postalAddress)
})

t.test('names in every script are in the field and drawn in it', async (t) => {
  for (const script of Object.keys(NAMES)) {
    const pdf = await formPdf(aboutOf(named(script)), english, AT)
    t.equal((await load(pdf)).getForm().getTextField('person-name').getText(), NAMES[script]?.name)
    t.notMatch(await wordsOf(pdf), /\[U\+/, script)
    const field = (await widgetsOf(pdf))[0]?.dict
    const isRight = field?.get(PDFName.of('Q')) instanceof PDFNumber
    t.equal(isRight, script === 'arabic', `${script} stands on its side`)
  }
})

t.test('blank, it has the same fields with nothing in them', async (t) => {
  for (const kind of ['access', 'authorization'] as const) {
    const blank = (await load(await formPdf(blankAbout(kind, 'hers'), english, AT))).getForm()
    const full = (await load(await formPdf(aboutOf(filled(kind)), english, AT))).getForm()
    t.same(
      blank.getFields().map((field) => field.getName()),
      full.getFields().map((field) => field.getName()),
    )
    t.same(
      blank.getFields().filter((field) => 'getText' in field && (field as { getText(): string | undefined }).getText()),
      [],
    )
    t.equal(blank.getCheckBox('records-all').isChecked(), kind === 'access', 'an access request asks for everything')
    t.equal(full.getCheckBox('records-all').isChecked(), true, 'nothing chosen means everything')
  }
})

t.test('of nobody, it has fields for the postbox, and no QR code', async (t) => {
  const nobody = await formPdf(blankAbout('access'), english, AT)
  const hers = await formPdf(blankAbout('access', 'hers'), english, AT)
  const names = async (pdf: Buffer) =>
    (await load(pdf))
      .getForm()
      .getFields()
      .map((field) => field.getName())
  const own = ['postbox-number', 'postbox-email', 'postbox-fax']
  t.same(
    (await names(nobody)).filter((name) => !name.startsWith('postbox-')),
    await names(hers),
  )
  t.same(
    (await names(nobody)).filter((name) => name.startsWith('postbox-')),
    own,
  )
  t.notMatch(await wordsOf(nobody), 'K7M-2QX-9DP')
  t.match(await wordsOf(hers), 'K7M-2QX-9DP')
  t.match(await wordsOf(await formPdf(aboutOf(filled('access')), english, AT)), 'R7K2-M9QX')
  t.same(await figuresIn(nobody), [])
  t.match(await figuresIn(hers), [/K7M-2QX-9DP\.$/])
})

t.test('a form for psychotherapy notes names nothing else', async (t) => {
  const content = filled('authorization', { isPsychotherapyNotes: true, records: ['billing'], initials: { hiv: 'MS' } })
  const pdf = await formPdf(aboutOf(content), english, AT)
  const form = (await load(pdf)).getForm()
  t.equal(form.getCheckBox('psychotherapy-notes').isChecked(), true)
  t.same(
    form.getFields().filter((field) => /^(records|initials)-/.test(field.getName())),
    [],
  )
  t.notMatch(await wordsOf(pdf), '2.32')
  const other = (await load(await formPdf(aboutOf(filled('authorization')), english, AT))).getForm()
  t.equal(other.getFieldMaybe('psychotherapy-notes'), undefined)
})

t.test('with everything chosen, what else was chosen is left out', async (t) => {
  const content = filled('access', { records: ['all', 'billing', 'other'], otherRecords: 'Letters' })
  const form = (await load(await formPdf(aboutOf(content), english, AT))).getForm()
  t.same(
    ['all', 'billing', 'other'].map((type) => form.getCheckBox(`records-${type}`).isChecked()),
    [true, false, false],
  )
  t.equal(form.getTextField('records-other-text').getText() ?? '', '')
})

t.test('an authorization that names no end ends a year after it was signed', async (t) => {
  const end = async (more: Partial<FormContent>) =>
    (await load(await formPdf(aboutOf(filled('authorization', more)), english, AT))).getForm().getTextField('expiry-on').getText() ?? ''
  t.equal(await end({ signature: TYPED }), '11/26/2027')
  t.equal(await end({ signature: { ...TYPED, on: '2027-03-01' } }), '02/29/2028')
  t.equal(await end({}), '', 'not signed yet')
  t.equal(await end({ signature: TYPED, expiry: { on: '2027-01-02', event: '' } }), '01/02/2027')
  t.equal(await end({ signature: TYPED, expiry: { on: null, event: 'When I am well' } }), '')
  t.equal(await end({ signature: { ...TYPED, on: 'some day' } }), '')
})

t.test('signed on a screen, by name or by hand, or on paper', async (t) => {
  const [typed, drawn, none] = await Promise.all(
    [TYPED, DRAWN, null].map((signature) =>
      formPdf(aboutOf(filled('access', { signature, person: { ...filled('access').person, name: 'X' } })), english, AT),
    ),
  )
  const [words, lines, empty] = await Promise.all([typed, drawn, none].map((pdf) => wordsOf(pdf as Buffer)))
  t.match(words, 'MariaSample11/26/2026')
  t.notMatch(lines, 'MariaSample')
  t.match(lines, '11/26/2026')
  t.notMatch(empty, /11\/26\/2026|U\.S\.C\./)
  t.equal((await figuresIn(drawn as Buffer)).at(-1), english('forms.sign.alt'))
  t.equal((await figuresIn(typed as Buffer)).length, 1)
})

t.test('strokes from anywhere stay on the line, and no number breaks them', async (t) => {
  const strokes = [
    [
      [Number.NaN, 4],
      [1e9, -1e9],
      [Number.POSITIVE_INFINITY, 0],
    ],
    [],
    [[-5, 400]],
  ] as const
  const pdf = await formPdf(aboutOf(filled('access', { signature: { kind: 'drawn', strokes, on: '2026-11-26' } })), english, AT)
  const path = /1 J 1 j\n(.*?)S Q/s.exec(await contentOf(pdf))?.[1] ?? ''
  const numbers = path.match(/-?[\d.]+/g)?.map(Number) ?? []
  t.equal(path.trim().split('\n').length, 4, 'two dots')
  for (const [index, number] of numbers.entries()) t.ok(number > 50 && number < (index % 2 === 0 ? 300 : 760), path)
  t.notMatch(path, /[^\d\s.ml]/)
})

t.test('every field has a name of its own and says what it is for, and the tab key goes down the page', async (t) => {
  for (const about of [aboutOf(longForm('authorization')), blankAbout('authorization'), blankAbout('access')]) {
    const pdf = await formPdf(about, english, AT)
    const document = await load(pdf)
    const names = document
      .getForm()
      .getFields()
      .map((field) => field.getName())
    t.equal(new Set(names).size, names.length)
    for (const page of document.getPages()) t.equal(page.node.get(PDFName.of('Tabs')), PDFName.of('S'))
    const widgets = await widgetsOf(pdf)
    for (const { dict } of widgets) t.match((dict.lookup(PDFName.of('TU')) as PDFHexString).decodeText(), /\p{L}{2}/u)
    for (const [index, { page, rect }] of widgets.entries()) {
      const next = widgets[index + 1]
      if (next?.page === page) t.ok(next.rect[3] <= rect[3] + 0.1, 'not up again')
    }
  }
})

t.test('headings, paragraphs and fields are tagged in reading order, and each field knows its tag', async (t) => {
  const document = await load(await formPdf(aboutOf(filled('authorization')), english, AT))
  t.equal(String(document.catalog.lookup(PDFName.of('MarkInfo'), PDFDict).get(PDFName.of('Marked'))), 'true')
  const tree = document.catalog.lookup(PDFName.of('StructTreeRoot'), PDFDict)
  const elements = elementsOf(document, tree)
  const roles = elements.map((element) => String(element.get(PDFName.of('S'))))
  t.equal(roles[0], '/H1')
  t.equal(roles.filter((role) => role === '/H1').length, 1)
  t.ok(roles.filter((role) => role === '/H2').length > 8)
  const numbers = tree.lookup(PDFName.of('ParentTree'), PDFDict).lookup(PDFName.of('Nums'), PDFArray)
  const parentOf = new Map(
    Array.from({ length: numbers.size() / 2 }, (_, at) => [Number(String(numbers.get(2 * at))), numbers.lookup(2 * at + 1)]),
  )
  const widgets = document.getPages().flatMap(({ node }) => node.Annots()?.asArray() ?? []) as PDFRef[]
  t.equal(roles.filter((role) => role === '/Form').length, widgets.length)
  for (const ref of widgets) {
    const key = document.context.lookup(ref, PDFDict).lookup(PDFName.of('StructParent'), PDFNumber).asNumber()
    const element = parentOf.get(key)
    t.equal(element instanceof PDFDict && element.lookup(PDFName.of('K'), PDFDict).get(PDFName.of('Obj')), ref)
  }
})

function elementsOf(document: PDFDocument, tree: PDFDict): PDFDict[] {
  const top = tree.lookup(PDFName.of('K'), PDFDict)
  return top
    .lookup(PDFName.of('K'), PDFArray)
    .asArray()
    .map((ref) => document.context.lookup(ref as PDFRef, PDFDict))
}

/** What is said of each figure. */
async function figuresIn(pdf: Buffer): Promise<string[]> {
  const document = await load(pdf)
  const elements = elementsOf(document, document.catalog.lookup(PDFName.of('StructTreeRoot'), PDFDict))
  return elements.flatMap((element) => {
    const alt = element.lookup(PDFName.of('Alt'))
    return alt instanceof PDFHexString ? [alt.decodeText()] : []
  })
}

async function contentOf(pdf: Buffer): Promise<string> {
  const { decodePDFRawStream, PDFRawStream } = await import('../../../src/documents/pdf-library.js')
  const document = await load(pdf)
  return document
    .getPages()
    .map(({ node }) => {
      const content = node.Contents()
      return content instanceof PDFRawStream ? Buffer.from(decodePDFRawStream(content).decode()).toString('latin1') : ''
    })
    .join('\n')
}
