import t from 'tap'
import { NotConvertibleError } from '../../../src/documents/copy.js'
import { docxCopy } from '../../../src/documents/office/docx.js'
import { PART_LIMITS, readParts } from '../../../src/documents/office/docx-parts.js'
import { missingFrom, paragraphsOf } from '../../../src/documents/office/docx-text.js'
import { zipFile } from '../samples.js'
import { docxFile, drawing, mainOf, NAMESPACES, PIXEL, p, part, seen, text, zip } from './samples.js'

const HEADING = '<w:pStyle w:val="Heading1"/>'
const TEXT_BOX = (choice: string, fallback: string) =>
  `<w:p><w:r><w:t>Around</w:t></w:r><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:anchor><wps:txbx><w:txbxContent>${choice}</w:txbxContent></wps:txbx></wp:anchor></w:drawing></mc:Choice>${fallback}</mc:AlternateContent></w:r></w:p>`

async function main(file: Buffer): Promise<string> {
  return mainOf(await docxCopy(file, text, { title: 'letter.docx' }))
}

t.test('headings, emphasis, lists, tables and links keep their meaning', async (t) => {
  const row = (cells: readonly string[], header = '') =>
    `<w:tr><w:trPr>${header}</w:trPr>${cells.map((cell) => `<w:tc>${p(cell)}</w:tc>`).join('')}</w:tr>`
  const body = [
    p('Findings', HEADING),
    '<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>bold</w:t></w:r><w:r><w:rPr><w:strike/></w:rPr><w:t>struck</w:t></w:r></w:p>',
    '<w:p><w:hyperlink r:id="link"><w:r><w:t>our page</w:t></w:r></w:hyperlink></w:p>',
    `<w:tbl>${row(['Test', 'Value'], '<w:tblHeader/>')}${row(['Sodium', '140'])}</w:tbl>`,
  ].join('')
  const html = await main(await docxFile(body, {}, { link: ['hyperlink', 'https://example.org/'] }))
  t.match(html, '<h1>letter.docx</h1><h2>Findings</h2>')
  t.match(html, '<strong>bold</strong><s>struck</s>')
  t.match(html, '<a href="https://example.org/" rel="noopener noreferrer">our page</a>')
  t.match(html, '<th scope="col">Test</th><th scope="col">Value</th></tr><tr><td>Sodium</td>')
})

t.test('page heads and feet are shown, each once, with their pictures', async (t) => {
  const head = part('hdr', p('Patient: Maria Sample') + drawing('pic'))
  const file = await docxFile(p('The letter'), {
    'word/header1.xml': head,
    'word/header2.xml': head,
    'word/header3.xml': part('hdr', p('Draft')),
    'word/_rels/header1.xml.rels': `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="pic" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="media/logo.png"/></Relationships>`,
    'word/media/logo.png': PIXEL,
    'word/footer1.xml': part('ftr', `<w:tbl><w:tr><w:tc>${p('Page of the')}</w:tc><w:tc>${p('Sample Clinic')}</w:tc></w:tr></w:tbl>`),
  })
  const html = await main(file)
  t.equal(
    seen(html),
    'letter.docx At the top of the pages Patient: Maria Sample Draft Text of the document The letter At the bottom of the pages Page of the Sample Clinic',
  )
  t.match(html, 'alt="A scan"')
})

t.test('text in boxes is shown whether or not it is there twice', async (t) => {
  const twice = TEXT_BOX(
    p('In the box'),
    `<mc:Fallback><w:pict><v:shape><v:textbox><w:txbxContent>${p('In the box')}</w:txbxContent></v:textbox></v:shape></w:pict></mc:Fallback>`,
  )
  t.equal(seen(await main(await docxFile(twice))), 'letter.docx Around In the box')
  const once = await main(await docxFile(TEXT_BOX(p('Only for newer programs'), '') + p('After')))
  t.match(seen(once), /Around After Other text in the file .* Only for newer programs$/)
})

t.test('tracked changes are shown as if accepted', async (t) => {
  const body = [
    '<w:p><w:ins w:id="1"><w:r><w:t>put in</w:t></w:r></w:ins><w:del w:id="2"><w:r><w:delText>taken out</w:delText></w:r></w:del></w:p>',
    '<w:p><w:moveFrom w:id="3"><w:r><w:t>moved away</w:t></w:r></w:moveFrom></w:p>',
    `<w:tbl><w:tr><w:trPr><w:del w:id="4"/></w:trPr><w:tc>${p('deleted row')}</w:tc></w:tr><w:tr><w:tc>${p('kept row')}</w:tc></w:tr></w:tbl>`,
  ].join('')
  t.equal(seen(await main(await docxFile(body))), 'letter.docx put in kept row')
})

t.test('footnotes and comments are shown, also those that nothing refers to', async (t) => {
  const footnotes = part(
    'footnotes',
    `<w:footnote w:id="2">${p('A note')}</w:footnote><w:footnote w:id="3">${p('A stray note')}</w:footnote>`,
  )
  const comments = part('comments', `<w:comment w:id="1" w:initials="AB">${p('A comment')}</w:comment>`)
  const body = '<w:p><w:r><w:t>Text</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:commentReference w:id="1"/></w:r></w:p>'
  const html = await main(await docxFile(body, { 'word/footnotes.xml': footnotes, 'word/comments.xml': comments }))
  t.match(seen(html), /A note.*A comment.*A stray note/)
  t.match(html, /href="#in-document-\d+"/, 'and their numbers lead there')
})

t.test('pictures are shown, and those that can not be are said', async (t) => {
  const file = await docxFile(
    drawing('a') + drawing('b') + drawing('c') + p('end'),
    { 'word/media/a.png': PIXEL, 'word/media/b.emf': Buffer.alloc(80) },
    {
      a: ['image', 'media/a.png'],
      b: ['image', 'media/b.emf'],
      c: ['image', 'media/none.png'],
    },
  )
  const html = await main(file)
  t.match(html, `<img src="data:image/png;base64,${PIXEL.toString('base64')}" alt="A scan">`)
  t.match(html, /2 pictures are not shown/)
  t.equal(html.match(/<img/g)?.length, 1)
})

t.test('a picture that leads nowhere costs nothing but itself', async (t) => {
  t.match(seen(await main(await docxFile(drawing('none') + p('end')))), /One picture is not shown.* end$/)
})

t.test('what is linked to on a disk or elsewhere is never read', async (t) => {
  const body = drawing('far').replace('r:embed', 'r:link') + p('end')
  t.match(seen(await main(await docxFile(body, {}, { far: ['image', 'file:///etc/hostname'] }))), /One picture is not shown.*end/)
})

t.test('embedded files, charts and inserted documents are said or shown', async (t) => {
  const html = await main(
    await docxFile(p('Text'), {
      'word/embeddings/sheet1.xlsx': 'x',
      'word/charts/chart1.xml': `<c:chart xmlns:c="urn:c" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:p><a:r><a:t>Weight in kg</a:t></a:r></a:p></c:chart>`,
      'word/afchunk.htm': '<p>Inserted <script>hit()</script>page</p>',
    }),
  )
  t.match(seen(html), /One embedded object.*One chart.*Text.*Inserted documents Inserted page.*Weight in kg/)
})

t.test('the language of the text is kept', async (t) => {
  const styles = part('styles', '<w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val="es-ES"/></w:rPr></w:rPrDefault></w:docDefaults>')
  t.match(await main(await docxFile(p('Hola'), { 'word/styles.xml': styles })), '<div lang="es-ES"><p>Hola</p></div>')
})

t.test('a map of styles that the document brings is not used', async (t) => {
  const file = await docxFile(p('Text', HEADING), { 'mammoth/style-map': 'p.Heading1 => script' })
  t.match(await main(file), '<h2>Text</h2>')
})

t.test('what is no DOCX, or a broken one, is damaged', async (t) => {
  const good = await docxFile(p('Text'))
  const cases: Readonly<Record<string, Buffer>> = {
    nothing: Buffer.alloc(0),
    text: Buffer.from('Dear Maria'),
    'cut short': good.subarray(0, good.length - 30),
    'another ZIP': await zip({ 'a.txt': 'x' }),
    'no text': await docxFile(''),
    'broken XML': await docxFile('<w:p><w:r>'),
    'a document type': await docxFile(p('Text'), { 'word/styles.xml': '<!DOCTYPE x [<!ENTITY a "b">]><x/>' }),
    'nesting without measure': await docxFile('<w:sdt><w:sdtContent>'.repeat(20_000) + '</w:sdtContent></w:sdt>'.repeat(20_000)),
  }
  for (const [what, file] of Object.entries(cases)) await t.rejects(docxCopy(file, text), new NotConvertibleError('damaged'), what)
})

t.test('a DOCX that would inflate without measure is too big, whatever its entries say of themselves', async (t) => {
  const small = { entries: 20, inflated: 300_000, xml: 100_000 }
  const zeros = Buffer.alloc(90_000)
  const bombs: Readonly<Record<string, Buffer>> = {
    'one part': await docxFile(p('Text'), { 'word/styles.xml': ' '.repeat(100_001) }),
    'many pictures': await docxFile(p('Text'), {
      'word/media/1.png': zeros,
      'word/media/2.png': zeros,
      'word/media/3.png': zeros,
      'word/media/4.png': zeros,
    }),
    'many entries': zipFile(Object.fromEntries(Array.from({ length: 21 }, (_each, at) => [`x/${at}`, '']))),
  }
  for (const [what, file] of Object.entries(bombs)) {
    t.ok(file.length < 20_000, what)
    await t.rejects(readParts(file, small), new NotConvertibleError('too-big'), what)
    await t.resolves(readParts(file), `${what}, within the usual limits`)
  }
  t.strictSame(PART_LIMITS, { entries: 2000, inflated: 100 * 2 ** 20, xml: 30 * 2 ** 20 })
  const entries = Object.fromEntries(Array.from({ length: 2001 }, (_each, at) => [`x/${at}`, '']))
  await t.rejects(docxCopy(zipFile(entries), text), new NotConvertibleError('too-big'))
})

t.test('an entry with a password is protected', async (t) => {
  const file = Buffer.from(await docxFile(p('Text')))
  // The first bit of the general purpose flags, in the directory.
  for (let at = file.indexOf('PK\x01\x02', 0, 'latin1'); at >= 0; at = file.indexOf('PK\x01\x02', at + 4, 'latin1'))
    file[at + 8] = (file[at + 8] ?? 0) | 1
  await t.rejects(docxCopy(file, text), new NotConvertibleError('protected'))
})

t.test('the independent reader finds every paragraph, boxes after what is around them', async (t) => {
  const xml = `<w:document ${NAMESPACES}>${p('one')}${TEXT_BOX(p('box'), '')}<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b &amp; c</w:t></w:r></w:p></w:document>`
  t.strictSame(paragraphsOf(xml), ['one', 'Around', 'box', 'a b & c'])
})

t.test('what is missing is found by its letters and digits, also short texts', async (t) => {
  t.strictSame(missingFrom('One, two. Three!', ['One two', 'Three']), [])
  t.strictSame(missingFrom('One two three', ['One', 'nine', 'three']), ['nine'])
  t.strictSame(missingFrom(`Maria${' and so on'.repeat(40)} 12`, ['Maria', '12']), ['12'], 'far away, a short text proves nothing')
  t.strictSame(missingFrom('', ['---', ' ']), [], 'without letters there is nothing to compare')
})
