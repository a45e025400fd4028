// The forms and letters in the hands of other programs: qpdf, poppler and MuPDF (Debian: qpdf, poppler-utils, mupdf-tools). Fails where
// they are missing: run by .ci/run, not by npm test.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { formPdf } from '../../src/documents/forms/form-pdf.js'
import { reminderLetterPdf, revocationLetterPdf } from '../../src/documents/forms/letters.js'
import { copyPdf } from '../../src/documents/paged/pdf-copy.js'
import { PDFDocument } from '../../src/documents/pdf-library.js'
import {
  AT,
  aboutOf,
  blankAbout,
  DRAWN,
  filled,
  LANGUAGES,
  letterAbout,
  longForm,
  NAMES,
  named,
  TYPED,
  texts,
} from '../documents/forms/samples.js'
import { LIMITS } from '../documents/paged/pdf-samples.js'

const folder = mkdtempSync(join(tmpdir(), 'forms-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const english = texts.in('en')

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 })
  if (error) throw new Error(`${command} is not installed`)
  if (status !== 0) throw new Error(`${command}: ${stderr}${stdout}`)
  return stdout
}

function kept(pdf: Buffer): string {
  const path = join(folder, 'form.pdf')
  writeFileSync(path, pdf)
  return path
}

/** Every program opens it, finds nothing wrong in it, and draws it. */
async function opens(pdf: Buffer): Promise<void> {
  const pages = (await PDFDocument.load(pdf, { updateMetadata: false })).getPageCount()
  const path = kept(pdf)
  t.match(run('qpdf', ['--check', path]), 'No syntax or stream encoding errors found')
  t.match(
    run('pdfinfo', [path]),
    new RegExp(`Tagged: +yes[\\s\\S]*Form: +AcroForm[\\s\\S]*Pages: +${pages}\n[\\s\\S]*Page size: +612 x 792`),
  )
  t.match(run('mutool', ['info', path]), `Pages: ${pages}\n`)
  for (const [command, args] of [
    ['pdftoppm', ['-r', '20', path, join(folder, 'page')]],
    ['mutool', ['draw', '-q', '-r', '20', '-o', join(folder, 'page-%d.png'), path]],
  ] as const)
    t.notMatch(spawnSync(command, args, { encoding: 'utf8' }).stderr, /error|warning: (?!ICC)/i, command)
}

/** Letters of a text, without what a reader may add: marks of direction, places without width. */
const lettersOf = (words: string) => words.replace(/[\s\u200b-\u200f\u202a-\u202e]/g, '')

t.test('each form and letter is sound, filled in and blank, in every language', async () => {
  for (const language of LANGUAGES) {
    const text = texts.in(language)
    for (const kind of ['access', 'authorization'] as const) {
      await opens(await formPdf(blankAbout(kind), text, AT))
      await opens(await formPdf(blankAbout(kind, 'hers'), text, AT))
      await opens(await formPdf(aboutOf(filled(kind, { signature: DRAWN })), text, AT))
      await opens(await formPdf(aboutOf(longForm(kind)), text, AT))
    }
    await opens(await formPdf(aboutOf(filled('authorization', { isPsychotherapyNotes: true })), text, AT))
  }
})

t.test('a letter is sound, too, and tagged', async (t) => {
  for (const language of LANGUAGES) {
    const text = texts.in(language)
    const letters = [
      await reminderLetterPdf(letterAbout(filled('access'), { signature: TYPED }), text, AT),
      await revocationLetterPdf(letterAbout(filled('authorization')), text, AT),
    ]
    for (const pdf of letters) {
      const path = kept(pdf)
      t.match(run('qpdf', ['--check', path]), 'No syntax or stream encoding errors found')
      t.match(run('pdfinfo', [path]), /Tagged: +yes[\s\S]*Pages: +1\n/)
    }
  }
})

t.test('names of every script can be copied out of the fields, in the order in which they are read', async (t) => {
  for (const [script, { name, postalAddress }] of Object.entries(NAMES)) {
    const path = kept(
      await formPdf(aboutOf(named(script, 'authorization', { signature: { ...TYPED, name } as typeof TYPED })), english, AT),
    )
    const read = lettersOf(run('pdftotext', [path, '-']))
    t.ok(read.split(lettersOf(name)).length > 3, `${script}: in the box, in the field and as a signature`)
    for (const line of postalAddress.split('\n')) t.ok(read.includes(lettersOf(line)), `${script}: ${line}`)
    t.notMatch(run('pdftotext', [path, '-']), '\ufffd')
    const [latin] = name.split(' ')
    if (script !== 'arabic') t.match(run('mutool', ['draw', '-q', '-F', 'txt', path]).replace(/\u200b/g, ''), latin)
  }
})

t.test('poppler reads its structure out as it is meant to be heard', async (t) => {
  const heard = run('pdfinfo', ['-struct-text', kept(await formPdf(aboutOf(filled('access')), english, AT))]).replace(/\s+/g, ' ')
  for (const part of [
    'Document H1 (block) "Request for my health records"',
    'Figure "" H2 (block) "Send the records to me, at my HePoEx postbox" P (block) "K7M-2QX-9DP"',
    'H2 (block) "Patient" P (block) "Full name" Form Object',
    'P (block) "I have the right to see and get a copy of my health records. (45 CFR 164.524(a)(1))"',
  ])
    t.ok(heard.includes(part), part)
})

t.test('every font of what is drawn is embedded; only what a viewer types with is its own', async (t) => {
  const fonts = run('pdffonts', [kept(await formPdf(aboutOf(named('chinese', 'access', { signature: TYPED })), english, AT))])
  const rows = fonts.trim().split('\n').slice(2)
  t.ok(rows.length >= 3)
  for (const row of rows) t.match(row, /^[A-Z]{6}\+.* yes +yes +yes /, row)
})

t.test('filled in again with another program, it shows the new value and keeps the others', async (t) => {
  const document = await PDFDocument.load(await formPdf(aboutOf(named('arabic')), english, AT), { updateMetadata: false })
  document.getForm().getTextField('person-phone').setText('+1 555 010 0999')
  const path = kept(Buffer.from(await document.save()))
  t.match(run('qpdf', ['--check', path]), 'No syntax or stream encoding errors found')
  const read = run('pdftotext', [path, '-'])
  t.match(read, '+1 555 010 0999')
  t.notMatch(read, '+1 555 010 0123')
  t.ok(lettersOf(read).includes(lettersOf(NAMES.arabic?.name ?? '')))
})

t.test('our own readable copy of it, as it goes into a package, shows what was filled in', async (t) => {
  const pdf = await formPdf(
    aboutOf(named('arabic', 'authorization', { initials: { 'substance-use': 'MS' }, signature: TYPED })),
    english,
    AT,
  )
  const copy = await copyPdf(pdf, LIMITS)
  const read = run('pdftotext', [kept(copy.pdf), '-'])
  for (const said of ['MS', '03/14/1980', 'Sample Clinic', '11/26/2026', '42 CFR part 2 prohibits']) t.match(read, said)
  t.ok(lettersOf(read).includes(lettersOf(NAMES.arabic?.name ?? '')))
})
