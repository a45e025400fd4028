import fc from 'fast-check'
import t from 'tap'
import { cleanNames } from '../../src/documents/names.js'

const attached = (sentName: string | null, mediaType = 'application/pdf') => ({ sentName, mediaType, role: 'attachment' as const })
const nameOf = (sentName: string | null, mediaType = 'application/pdf') => cleanNames([attached(sentName, mediaType)])[0]

t.test('a plain name stays as it is', async (t) => {
  for (const name of [
    'report.pdf',
    'Lab results 2026-11-22.PDF',
    'Überweisung – März.pdf',
    '検査結果.pdf',
    'a.b.c.pdf',
    "O'Neil (1).pdf",
  ]) {
    t.equal(nameOf(name), name)
  }
  t.equal(nameOf('Cafe\u0301.pdf'), 'Caf\u00e9.pdf', 'composed')
})

t.test('folders are dropped, of every system', async (t) => {
  const cases = [
    '../../etc/report.pdf',
    'C:\\scans\\report.pdf',
    '/report.pdf',
    '\\\\server\\x\\report.pdf',
    'report.pdf/',
    'x/./../report.pdf/..',
  ]
  for (const name of cases) t.equal(nameOf(name), 'report.pdf', name)
})

t.test('what is unseen or turns the text around is dropped', async (t) => {
  t.equal(nameOf('re\u202Efdp.trop\u202C.pdf'), 'refdp.trop.pdf')
  t.equal(nameOf('a\u0000b\r\n c\u200B\uFEFF\u00AD\u2066d\uD800.pdf'), 'ab cd.pdf')
  t.equal(nameOf('a\u00A0\u2003 b\t.pdf'), 'a b.pdf')
  t.equal(nameOf('a<b>:"c"|?*.pdf'), 'a-b---c----.pdf')
})

t.test('names that Windows cannot have are changed', async (t) => {
  t.equal(nameOf('con.pdf'), '_con.pdf')
  t.equal(nameOf('LPT1.scan.pdf'), '_LPT1.scan.pdf')
  t.equal(nameOf('aux', 'application/x-odd'), '_aux')
  t.equal(nameOf('com¹.pdf'), '_com¹.pdf')
  t.equal(nameOf('console.pdf'), 'console.pdf')
  t.equal(nameOf(' report . pdf. . '), 'report . pdf.pdf')
  t.equal(nameOf('...report..pdf'), 'report.pdf')
})

t.test('an ending that fits the type is added where it lacks', async (t) => {
  t.equal(nameOf('fax000012'), 'fax000012.pdf')
  t.equal(nameOf('scan.tmp'), 'scan.tmp.pdf')
  t.equal(nameOf('photo.JPEG', 'image/jpeg'), 'photo.JPEG')
  t.equal(nameOf('fax.tiff', 'image/tiff'), 'fax.tiff')
  t.equal(nameOf('notes.md', 'text/plain'), 'notes.md')
  t.equal(nameOf('ccd', 'application/cda+xml'), 'ccd.xml')
  t.equal(nameOf('setup.exe', 'application/octet-stream'), 'setup.exe')
  t.equal(nameOf('thing', 'application/x-odd'), 'thing')
})

t.test('what has no name is called by its number and type, and text of the message "message"', async (t) => {
  const names = cleanNames([
    { sentName: 'ignored.txt', mediaType: 'text/plain', role: 'body' },
    { sentName: null, mediaType: 'text/html', role: 'body' },
    { sentName: null, mediaType: 'text/x-odd', role: 'body' },
    attached(null),
    attached('..', 'image/tiff'),
    attached('.pdf'),
    attached('\u202E', 'application/x-odd'),
  ])
  t.same(names, ['message.txt', 'message.html', 'message (2).txt', 'document-1.pdf', 'document-2.tif', 'document-3.pdf', 'document-4'])
  t.same(cleanNames([attached(null)], { document: 'documento', message: 'mensaje' }), ['documento-1.pdf'])
})

t.test('names that a file system takes for the same are numbered', async (t) => {
  const names = cleanNames([
    attached('a.pdf'),
    attached('A.PDF'),
    attached('a (2).pdf'),
    attached('a.pdf'),
    attached('ﬁ.pdf'),
    attached('fi.pdf'),
  ])
  t.same(names, ['a.pdf', 'A (2).PDF', 'a (2) (2).pdf', 'a (3).pdf', 'ﬁ.pdf', 'fi (2).pdf'])
})

t.test('a long name is cut between letters and keeps its ending', async (t) => {
  const [first = '', second = ''] = cleanNames([attached(`${'é'.repeat(300)}.pdf`), attached(`${'é'.repeat(300)}.pdf`)])
  t.equal(first, `${'é'.repeat(58)}.pdf`)
  t.equal(second, `${'é'.repeat(56)} (2).pdf`)
  const family = '👩‍👩‍👧'.replaceAll('\u200d', '') + 'x\u0316'.repeat(200)
  t.match(nameOf(family), /x\u0316\.pdf$/)
})

t.test('any names come out safe, unique and stable', async () => {
  const part = fc.record({
    sentName: fc.option(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.constantFrom('a.pdf', 'A.pdf', 'con', '..', 'a (2).pdf', '.x', 'a. ', '\u0301'),
      ),
    ),
    mediaType: fc.constantFrom('application/pdf', 'image/tiff', 'text/plain', 'application/octet-stream', 'x/y'),
    role: fc.constantFrom('body' as const, 'attachment' as const),
  })
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const names = cleanNames(parts)
      const again = cleanNames(names.map((name, index) => attached(name, parts[index]?.mediaType)))
      return (
        names.length === parts.length &&
        new Set(names.map((name) => name.normalize('NFKC').toUpperCase().toLowerCase())).size === names.length &&
        names.every((name) => name !== '' && Buffer.byteLength(name) <= 120 && name === name.normalize('NFC')) &&
        names.every((name) => !/[/\\<>:"|?*\p{C}]|^[.\s]|[.\s]$/u.test(name)) &&
        names.every((name) => !/^(con|prn|aux|nul|(com|lpt)\d)\s*(\.|$)/i.test(name)) &&
        again.every((name, index) => name === names[index])
      )
    }),
    { numRuns: 200 },
  )
})
