// What the law wants on the papers, one by one, as it is drawn.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ELECTRONIC_SIGNATURE, ELEMENTS, type PaperKind } from '../../../src/documents/forms/elements.js'
import { formPdf } from '../../../src/documents/forms/form-pdf.js'
import { reminderLetterPdf, revocationLetterPdf } from '../../../src/documents/forms/letters.js'
import { TEXTS } from '../../../src/folders.js'
import type { Text } from '../../../src/texts.js'
import { AT, aboutOf, blankAbout, filled, LANGUAGES, letterAbout, TYPED, texts, wordsOf } from './samples.js'

const DAY = 24 * 60 * 60 * 1000

/** Each paper, filled in and blank: together they say all of it. */
async function drawn(paper: PaperKind, text: Text): Promise<string[]> {
  const isPsychotherapyNotes = paper === 'notes'
  const access = letterAbout(filled('access'))
  const early = { ...access, sent: { ...access.sent, dueAt: AT + DAY } }
  switch (paper) {
    case 'access':
      return Promise.all(
        [formPdf(aboutOf(filled('access')), text, AT), formPdf(blankAbout('access'), text, AT)].map(async (pdf) => wordsOf(await pdf)),
      )
    case 'authorization':
    case 'notes':
      return Promise.all(
        [
          formPdf(aboutOf(filled('authorization', { isPsychotherapyNotes })), text, AT),
          formPdf(blankAbout('authorization', 'nobody', { isPsychotherapyNotes }), text, AT),
        ].map(async (pdf) => wordsOf(await pdf)),
      )
    case 'reminder':
      return [(await Promise.all([access, early].map(async (about) => wordsOf(await reminderLetterPdf(about, text, AT))))).join('\n')]
    case 'revocation':
      return [await wordsOf(await revocationLetterPdf(letterAbout(filled('authorization')), text, AT))]
  }
}

/** What stands before, between and after the values of a text, without spaces. */
function piecesOf(catalogue: Record<string, unknown>, key: string): string[] {
  let entry: unknown = catalogue
  for (const step of key.split('.')) entry = (entry as Record<string, unknown>)[step]
  if (typeof entry !== 'string') throw new Error(`no text ${key}`)
  return entry.split(/\{\w+\}/).map((piece) => piece.replace(/\s+/g, ''))
}

for (const language of LANGUAGES) {
  const catalogue = JSON.parse(readFileSync(join(TEXTS, language, 'forms.json'), 'utf8')) as Record<string, Record<string, unknown>>
  for (const paper of ['access', 'authorization', 'notes', 'reminder', 'revocation'] as const) {
    t.test(`${language}: each element of ${paper} is on the paper, filled in or blank`, async (t) => {
      const papers = await drawn(paper, texts.in(language))
      const elements = ELEMENTS.filter(({ on }) => on.includes(paper))
      t.ok(elements.length > 2)
      for (const words of papers) {
        for (const { id, key, citation, as } of elements) {
          for (const piece of piecesOf(catalogue, key)) t.ok(words.includes(piece), `${id}: ${piece}`)
          if (as !== 'part')
            t.ok(words.includes(`${piecesOf(catalogue, key).at(-1)}(${citation.replace(/\s+/g, '')})`), `${id}: ${citation}`)
        }
      }
    })
  }

  t.test(`${language}: a signature on a screen says what makes it one`, async (t) => {
    const words = await wordsOf(await formPdf(aboutOf(filled('authorization', { signature: TYPED })), texts.in(language), AT))
    t.ok(words.includes(`(${ELECTRONIC_SIGNATURE.replace(/\s/g, '')})`))
  })
}

t.test('every sentence of the law in the catalogue is in the table', async (t) => {
  const { law } = JSON.parse(readFileSync(join(TEXTS, 'en', 'forms.json'), 'utf8')) as { law: Record<string, string> }
  const headings = new Set(['access', 'rights', 'part2', 'revoke-where'])
  const keys = Object.keys(law).filter((key) => !headings.has(key))
  const inTable = ELEMENTS.filter(({ key }) => key.startsWith('law.')).map(({ key }) => key.slice('law.'.length))
  t.same(inTable.sort(), keys.sort())
})

t.test('the core elements and statements of the rules are all covered', async (t) => {
  const citations = (paper: PaperKind) =>
    ELEMENTS.filter(({ on }) => on.includes(paper))
      .map(({ citation }) => citation)
      .join('; ')
  for (const paper of ['authorization', 'notes'] as const) {
    for (const point of ['i', 'ii', 'iii', 'iv', 'v', 'vi']) t.match(citations(paper), `164.508(c)(1)(${point})`, paper)
    for (const point of ['(2)(i)', '(2)(ii)', '(2)(iii)', '(3)', '(4)']) t.match(citations(paper), `164.508(c)${point}`, paper)
  }
  for (let point = 1; point <= 10; point++) t.match(citations('authorization'), `42 CFR 2.31(a)(${point})`)
  for (const section of ['164.524(b)(2)(i)', '164.524(c)(2)', '164.524(c)(4)', '164.502(g)', '164.501'])
    t.match(citations('access'), section)
})

t.test('each element has a name of its own', async (t) => {
  t.equal(new Set(ELEMENTS.map(({ id }) => id)).size, ELEMENTS.length)
})
