// Values that are long or odd: every field stays on the paper, nothing is lost, and nothing breaks.

import t from 'tap'
import { formPdf } from '../../../src/documents/forms/form-pdf.js'
import { PDFDocument } from '../../../src/documents/pdf-library.js'
import { AT, aboutOf, filled, LANGUAGES, longForm, texts, widgetsOf, wordsOf } from './samples.js'

const english = texts.in('en')
const load = (pdf: Buffer) => PDFDocument.load(pdf, { updateMetadata: false })
const squeezed = (words: string) => words.replace(/\s+/g, '')

t.test('no field overlaps another or leaves the paper, however long the values are', async (t) => {
  for (const language of LANGUAGES) {
    for (const about of [aboutOf(longForm('access')), aboutOf(longForm('authorization')), aboutOf(filled('authorization'))]) {
      const widgets = await widgetsOf(await formPdf(about, texts.in(language), AT))
      for (const [index, { page, rect }] of widgets.entries()) {
        t.ok(rect[0] >= 40 && rect[2] <= 572 && rect[1] >= 40 && rect[3] <= 760, `on the paper: ${rect}`)
        for (const other of widgets.slice(index + 1).filter((one) => one.page === page))
          t.notOk(overlap(rect, other.rect), `${rect} and ${other.rect}`)
      }
    }
  }
})

t.test('a long value is whole in its field; what its picture has no room for is on a page at the end', async (t) => {
  const content = longForm('authorization')
  const pdf = await formPdf(aboutOf(content), english, AT)
  const form = (await load(pdf)).getForm()
  t.equal(form.getTextField('person-record-number').getText(), content.person.recordNumber)
  t.equal(form.getTextField('person-address').getText(), content.person.postalAddress)
  const words = (await wordsOf(pdf)).replace(/RequestR7K2-M9QX·SamplePostbox,https:\/\/postbox.example.orgPage\dof\d/g, '')
  t.match(words, squeezed(english('forms.continued.title')))
  for (const value of [content.person.recordNumber, content.otherRecords, content.otherPurpose, content.provider.postalAddress])
    t.ok(words.includes(squeezed(value)), value.slice(0, 20))
  const short = await wordsOf(await formPdf(aboutOf(filled('authorization')), english, AT))
  t.notMatch(short, squeezed(english('forms.continued.title')))
})

t.test('a name of 100 letters and an address of 6 lines still fit', async (t) => {
  const { person } = longForm('access')
  const fitting = { ...filled('access').person, name: person.name, postalAddress: person.postalAddress }
  t.equal(person.name.length, 100)
  for (const language of LANGUAGES) {
    const text = texts.in(language)
    const words = await wordsOf(await formPdf(aboutOf(filled('access', { person: fitting })), text, AT))
    t.notMatch(words, squeezed(text('forms.continued.title')), language)
  }
})

t.test('no value breaks it', async (t) => {
  const odd = [
    '\u0000\u0007\u001b',
    '\u202eevil\u202c',
    '\ud800',
    '👩‍👩‍👧 🏥',
    '\n\n\n',
    ' \t ',
    'a\u0301'.repeat(700),
    '\ufffd\uffff',
    '(\\)<>/%',
    '\u0644'.repeat(700),
  ]
  for (const value of odd) {
    const person = { name: value, otherNames: value, bornOn: value, postalAddress: value, phone: value, recordNumber: value }
    const content = filled('authorization', {
      ...{ person, provider: { slug: value, name: value, postalAddress: value, fax: value }, otherRecords: value, records: ['other'] },
      ...{ initials: { hiv: value }, otherPurpose: value, purpose: 'other', expiry: { on: value, event: value }, from: value, to: value },
      representative: { name: value, authority: value },
      signature: { kind: 'typed', name: value, on: value },
    })
    const pdf = await formPdf(aboutOf(content), english, AT)
    t.ok((await load(pdf)).getPageCount() >= 3, JSON.stringify(value.slice(0, 10)))
  }
})

function overlap(one: readonly number[], other: readonly number[]): boolean {
  const [a, b, c, d] = one as [number, number, number, number]
  const [e, f, g, h] = other as [number, number, number, number]
  return a < g - 0.1 && e < c - 0.1 && b < h - 0.1 && f < d - 0.1
}
