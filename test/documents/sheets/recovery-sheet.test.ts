// The recovery sheet, in every language that has its words: one page, whole, with nothing that opens a package.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { recoverySheetPdf } from '../../../src/documents/sheets/recovery-sheet.js'
import { TEXTS } from '../../../src/folders.js'
import { loadTexts } from '../../../src/texts.js'
import { textOf } from '../pdf-text.js'

const SHEET = {
  address: 'maria@example.org',
  postboxNumber: 'K7M-2QX-9DP',
  operator: { name: 'Sample Postbox', email: 'help@example.org', phone: '+1 555 0100' },
  site: 'https://postbox.example.org',
  date: 'November 26, 2026',
}

const languages = ['en', 'es'].filter((language) => existsSync(join(TEXTS, language, 'life.json')))

for (const language of languages) {
  const text = loadTexts(TEXTS).in(language)

  t.test(`it says whose postbox it is, what can and can’t be done, and whom to ask (${language})`, async (t) => {
    const pdf = await recoverySheetPdf(SHEET, text, 0)
    const pages = await textOf(pdf)
    t.equal(pages.length, 1)
    const words = (pages[0] ?? '').replace(/\s+/g, ' ')
    const said = ['remember-1', 'never-1', 'never-2', 'can-1', 'can-4', 'never-ask', 'hint'].map((key) => text(`life.sheet.${key}`))
    for (const part of [SHEET.address, SHEET.postboxNumber, ...Object.values(SHEET.operator), SHEET.site, SHEET.date, '72', ...said])
      t.ok(words.includes(part), part)
    t.ok(pdf.equals(await recoverySheetPdf(SHEET, text, 0)), 'the same bytes again')
  })
}

t.test('without a mail address or telephone of the operator these lines are left out', async (t) => {
  const text = loadTexts(TEXTS).in('en')
  const pdf = await recoverySheetPdf({ ...SHEET, operator: { name: 'Sample Postbox', email: '', phone: '' } }, text, 0)
  t.notMatch((await textOf(pdf)).join(' '), /E-mail:|Telephone:/)
})
