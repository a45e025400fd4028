// The letters: one page, the right dates and words for each, whatever the values are.

import t from 'tap'
import { RECORD_TYPES } from '../../../src/documents/forms/content.js'
import { reminderLetterPdf, revocationLetterPdf } from '../../../src/documents/forms/letters.js'
import { PDFDocument } from '../../../src/documents/pdf-library.js'
import { AT, filled, LANGUAGES, letterAbout, longForm, TYPED, texts, wordsOf } from './samples.js'

const english = texts.in('en')
const pagesOf = async (pdf: Buffer) => (await PDFDocument.load(pdf, { updateMetadata: false })).getPageCount()
const squeezed = (words: string) => words.replace(/\s+/g, '')

t.test('a reminder says what was asked for, when, by which way, and when it was due', async (t) => {
  const about = letterAbout(filled('access', { records: ['visits', 'other'], otherRecords: 'Letters to other doctors' }))
  const words = await wordsOf(await reminderLetterPdf(about, english, AT))
  for (const said of [
    ...['November 26, 2026', 'On October 20, 2026 I asked you', 'I sent it by fax.', 'R7K2-M9QX', 'they ended on November 19, 2026.'],
    ...['Notes and summaries of visits; Letters to other doctors.', 'born 03/14/1980', 'Sample Clinic', '2 Clinic Road', 'K7M-2QX-9DP'],
    ...['www.hhs.gov/ocr/complaints', 'sample-clinic@intake.example.org'],
  ])
    t.ok(words.includes(squeezed(said)), said)
})

t.test('each way of sending has its words', async (t) => {
  for (const [way, said] of [
    ['mailed', 'by mail'],
    ['faxed', 'by fax'],
    ['handed-over', 'in person'],
    ['mailed-by-us', 'by e-mail'],
  ] as const) {
    const about = letterAbout(filled('access'))
    t.match(await wordsOf(await reminderLetterPdf({ ...about, sent: { ...about.sent, way } }, english, AT)), squeezed(said), way)
  }
})

t.test('before the day it is due, a reminder says that the day is coming', async (t) => {
  const about = letterAbout(filled('access'))
  const on = async (at: number) => wordsOf(await reminderLetterPdf(about, english, at))
  t.match(await on(about.sent.dueAt - 1), squeezed('they end on November 19, 2026.'))
  t.match(await on(about.sent.dueAt + 1), squeezed('they ended on November 19, 2026.'))
})

t.test('days are those of her time zone', async (t) => {
  const about = letterAbout(filled('access'))
  const late = { ...about, sent: { ...about.sent, at: Date.UTC(2026, 9, 20, 2) } }
  t.match(await wordsOf(await reminderLetterPdf({ ...late, timeZone: 'America/Chicago' }, english, AT)), squeezed('On October 19, 2026 I'))
  t.match(await wordsOf(await reminderLetterPdf(late, english, AT)), squeezed('On October 20, 2026 I'))
})

t.test('nobody has to act on an authorization: its reminder names no 30 days and no complaint', async (t) => {
  const words = await wordsOf(await reminderLetterPdf(letterAbout(filled('authorization')), english, AT))
  t.match(words, squeezed('I gave you an authorization to release my health records'))
  t.match(words, squeezed('I had hoped to have the records by November 19, 2026.'))
  t.notMatch(words, /30days|hhs\.gov|164\.524/)
})

t.test('a revocation takes the authorization back, and asks for no records', async (t) => {
  const about = letterAbout(filled('authorization', { isPsychotherapyNotes: true }), { signature: TYPED })
  const words = await wordsOf(await revocationLetterPdf(about, english, AT))
  for (const said of [
    'I gave it to you on October 20, 2026.',
    'R7K2-M9QX',
    'Psychotherapy notes, and nothing else',
    'Maria Sample',
    '11/26/2026',
    '15 U.S.C. 7001',
  ])
    t.ok(words.includes(squeezed(said)), said)
  t.notMatch(words, 'K7M-2QX-9DP', 'it is no cover sheet for records')
})

t.test('one that was never said to be sent is taken back by its number', async (t) => {
  const about = { ...letterAbout(filled('authorization')), sent: null }
  const words = await wordsOf(await revocationLetterPdf(about, english, AT))
  for (const said of ['Its request number is R7K2-M9QX.', '45 CFR 164.508(b)(5)']) t.ok(words.includes(squeezed(said)), said)
  t.notMatch(words, 'Igaveit')
  await t.rejects(reminderLetterPdf({ ...about, content: filled('access') }, english, AT), /nothing to remind of/)
})

t.test('both letters name the categories that were released by initials', async (t) => {
  const about = letterAbout(filled('authorization', { records: ['visits'], initials: { hiv: 'MS', genetic: '' } }))
  for (const letter of [reminderLetterPdf, revocationLetterPdf]) {
    const words = await wordsOf(await letter(about, english, AT))
    t.ok(words.includes(squeezed('Notes and summaries of visits; HIV or AIDS: tests, results and care.')))
    t.notMatch(words, 'Genetic')
  }
})

t.test('a request for access can’t be taken back', async (t) => {
  await t.rejects(revocationLetterPdf(letterAbout(filled('access')), english, AT), /only an authorization/)
})

t.test('who signs for her is named below the letter', async (t) => {
  const about = letterAbout(filled('access', { representative: { name: 'Pat Sample', authority: 'Parent' } }))
  t.match(await wordsOf(await reminderLetterPdf(about, english, AT)), 'PatSample,1SampleStreet,')
})

t.test('each letter is one page in every language, however long the values are', async (t) => {
  for (const language of LANGUAGES) {
    const text = texts.in(language)
    for (const content of [
      longForm('access'),
      longForm('authorization'),
      filled('access', { records: RECORD_TYPES.slice(1), otherRecords: 'letters '.repeat(90) }),
    ]) {
      for (const signature of [null, TYPED, content.signature]) {
        const about = letterAbout(content, { signature })
        t.equal(await pagesOf(await reminderLetterPdf(about, text, AT)), 1, `${language} reminder`)
        if (content.kind === 'authorization')
          t.equal(await pagesOf(await revocationLetterPdf(about, text, AT)), 1, `${language} revocation`)
      }
    }
  }
})

t.test('the same letter is the same bytes', async (t) => {
  const about = letterAbout(filled('access'))
  t.ok((await reminderLetterPdf(about, english, AT)).equals(await reminderLetterPdf(about, english, AT)))
})
