// records.pdf, copies and pages of text in the hands of programs that people open PDFs with: poppler, qpdf and MuPDF (Debian: poppler-utils,
// qpdf, mupdf-tools). Fails where they are missing: run by .ci/run, not by npm test.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { copyPdf } from '../../src/documents/paged/pdf-copy.js'
import { recordsPdf } from '../../src/documents/paged/records-pdf.js'
import { textPdf } from '../../src/documents/paged/text-pdf.js'
import { PDFName } from '../../src/documents/pdf-library.js'
import { loadTexts } from '../../src/texts.js'
import { addField, LIMITS, plainPdf, saved } from '../documents/paged/pdf-samples.js'

const text = loadTexts(fileURLToPath(new URL('../../templates/texts', import.meta.url))).in('en')
const folder = mkdtempSync(join(tmpdir(), 'records-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

const FOREIGN = [
  'English and ½ a “naïve” café',
  'Ελληνικά Кириллица',
  'हिन्दी नमस्ते क्षत्रिय',
  'বাংলা স্বাগতম',
  'தமிழ் வணக்கம்',
  'ไทย สวัสดีชาวโลก น้ำ',
  'ລາວ ສະບາຍດີ',
  'မြန်မာ မင်္ဂလာပါ',
  'ქართული გამარჯობა',
  '简体中文 繁體字',
  'こんにちは世界',
  '안녕하세요',
  '← ≤ √ ☑ ℞',
]

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 })
  if (error) throw new Error(`${command} is not installed`)
  if (status !== 0) throw new Error(`${command}: ${stderr}${stdout}`)
  return stdout
}

function kept(name: string, pdf: Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, pdf)
  return path
}

/** Every program opens it and finds as many pages. */
function opens(path: string, pages: number): void {
  t.match(run('qpdf', ['--check', path]), 'No syntax or stream encoding errors found')
  t.match(run('pdfinfo', [path]), new RegExp(`Pages: +${pages}\\n`))
  t.match(run('mutool', ['info', path]), `Pages: ${pages}\n`)
  run('mutool', ['draw', '-q', '-r', '20', '-o', join(folder, 'page-%d.png'), path])
}

/** Numerals and letters of a text without what a reader may add: marks of direction, places without width. */
function lettersOf(words: string): string {
  return words.replace(/[\s\u200b-\u200f\u202a-\u202e]/g, '')
}

t.test('text of every script can be copied out of the pages as it was written', async (t) => {
  const { pdf, pages } = await textPdf(Buffer.from(FOREIGN.join('\n')), { charset: 'utf-8' }, LIMITS)
  const path = kept('text.pdf', pdf)
  opens(path, pages)
  const read = lettersOf(run('pdftotext', [path, '-']))
  for (const line of FOREIGN) t.ok(read.includes(lettersOf(line)), line)
  t.notMatch(run('pdffonts', [path]).split('\n').slice(2).join('\n'), / no /, 'every font is embedded, cut, and has a map to Unicode')
})

t.test('Arabic and Hebrew are read in their own direction', async (t) => {
  const { pdf } = await textPdf(Buffer.from('تقرير طبي رقم 123\nשלום עולם 456\n'), { charset: 'utf-8' }, LIMITS)
  const read = run('pdftotext', [kept('rtl.pdf', pdf), '-'])
  for (const word of ['تقرير', 'طبي', 'رقم', '123', 'שלום', 'עולם', '456']) t.ok(read.includes(word), word)
})

t.test('a filled form still shows what was filled in', async (t) => {
  const source = await plainPdf(1)
  addField(source, 'Łukasz 王', null)
  const path = kept('form.pdf', (await copyPdf(await saved(source), LIMITS)).pdf)
  opens(path, 1)
  t.match(run('pdftotext', [path, '-']), 'Łukasz 王')
})

t.test('a copied page looks as it did', async (t) => {
  const source = await plainPdf(3)
  source.getPage(1).node.set(PDFName.of('Rotate'), source.context.obj(90))
  const bytes = await saved(source)
  const [before, after] = [bytes, (await copyPdf(bytes, LIMITS)).pdf].map((pdf, index) =>
    run('pdftoppm', ['-r', '40', '-gray', kept(`look-${index}.pdf`, pdf)]),
  )
  t.equal(after, before)
})

t.test('records.pdf opens everywhere, with its bookmarks, labels and title', async (t) => {
  const letter = await textPdf(Buffer.from('one\ftwo'), { charset: null }, LIMITS)
  const records = {
    provider: { name: 'Sample Clinic מרפאה' },
    ...{ receivedAt: Date.UTC(2026, 10, 22), intakeNumber: '7K2M-9QXR-41TB', packageNumber: 'ABCD-EFGH-JKMN' },
    authenticated: { method: 'network', domain: null } as const,
    items: [
      { name: 'letter.txt', ...letter },
      { name: 'drawing\u202efdp.pdf', pages: 3, pdf: await saved(await plainPdf(3)) },
    ],
    asHtml: ['summary.xml'],
    asSent: [{ name: 'locked.pdf', reason: 'protected' } as const],
  }
  const { pdf, pages, firstPages } = await recordsPdf(records, text)
  const path = kept('records.pdf', pdf)
  opens(path, pages)
  t.same(firstPages, [2, 4])
  t.match(run('pdfinfo', [path]), 'Health records: Sample Clinic')
  const outline = run('mutool', ['show', path, 'outline'])
  t.match(outline, /letter\.txt"\s+#page=2&[\s\S]*drawing\[U\+202E\]fdp\.pdf"\s+#page=4&/)
  t.match(run('qpdf', ['--json', '--json-key=pagelabels', path]), /"index": 1,\s+"label": \{\s+"\/S": "\/D"/)
  const cover = run('pdftotext', ['-l', '1', '-layout', path, '-'])
  t.match(cover, /letter\.txt +1\n[\s\S]*drawing\[U\+202E\]fdp\.pdf +3\n/)
})
