import fc from 'fast-check'
import t from 'tap'
import { NotConvertibleError } from '../../../src/documents/copy.js'
import { rtfCopy } from '../../../src/documents/office/rtf.js'
import { cpuMs, mainOf, PIXEL, seen, text } from './samples.js'

const FONTS =
  '{\\fonttbl{\\f0\\fswiss\\fcharset0 Arial;}{\\f1\\fcharset204 Arial Cyr;}{\\f2\\fcharset2 Symbol;}{\\f3\\fcharset128 MS Gothic;}{\\f4\\fcharset2 Wingdings;}}'
const rtf = (body: string, head = '\\ansi\\ansicpg1252\\deff0') => Buffer.from(`{\\rtf1${head}${FONTS}${body}}`, 'latin1')
/** What comes after our heading. */
const html = (file: Buffer) => mainOf(rtfCopy(file, text)).replace('<h1>Formatted text</h1>', '')

t.test('paragraphs keep their emphasis, alignment and lines', async (t) => {
  t.equal(
    html(rtf('\\pard Dear {\\b Maria},\\par\\pard\\qr Friday\\par\\pard a\\line b')),
    '<p>Dear <strong>Maria</strong>,</p><p style="text-align:right">Friday</p><p>a<br>b</p>',
  )
  t.equal(
    html(rtf('{\\i a}{\\ul b\\ulnone c}{\\strike d}H{\\sub 2}O{\\super 3}\\b e\\b0 f\\plain')),
    '<p><em>a</em><u>b</u>c<s>d</s>H<sub>2</sub>O<sup>3</sup><strong>e</strong>f</p>',
  )
})

t.test('characters are those of the page, of the font, and of Unicode', async (t) => {
  t.equal(html(rtf("38 \\'b0C \\f1\\'cf\\'f0\\f0 \\u8804\\'3d 5 \\u-10179?\\u-8704?")), '<p>38 °C Пр≤ 5 😀</p>')
  t.equal(html(rtf("\\f2 mg \\f0 and \\f2\\u61623?\\f0  {\\f4\\'fd}")), '<p>μγ and • ☒</p>')
  t.equal(html(rtf("\\f3\\'93\\'fa\\'96\\'7b")), '<p>日本</p>')
  t.equal(html(rtf("\\'82", '\\pc')), '<p>é</p>')
  t.equal(html(rtf("\\'9b", '\\pca')), '<p>ø</p>')
  t.equal(html(rtf("\\'8e", '\\mac')), '<p>é</p>')
  t.equal(html(rtf("\\uc2\\u937\\'57\\'57 x {\\uc0\\u937}y \\uc1\\u937{\\b z}")), '<p>Ω x Ωy Ω<strong>z</strong></p>')
  t.equal(html(rtf('a\\emdash b\\~c\\_d\\-e\\{\\}\\\\\\lquote f\\rquote')), '<p>a—b\u00a0c\u2011de{}\\‘f’</p>')
})

t.test('rows and cells are a table', async (t) => {
  const row = (a: string, b: string, head = '') => `\\trowd${head}\\cellx1000\\cellx2000\\pard\\intbl ${a}\\cell ${b}\\cell\\row`
  t.equal(
    html(rtf(`before\\par${row('Test', 'Value', '\\trhdr')}${row('Sodium', '140')}\\pard after`)),
    '<p>before</p><table><tbody><tr><th scope="col">Test</th><th scope="col">Value</th></tr><tr><td>Sodium</td><td>140</td></tr></tbody></table><p>after</p>',
  )
  t.equal(seen(html(rtf('\\trowd\\intbl a\\cell b\\cell'))), 'a b', 'a row that never ends is not lost')
})

t.test('page heads, feet, notes and boxes are told apart; what is no text is left out', async (t) => {
  const body =
    '{\\header Patient: Maria\\par}{\\footer Sample Clinic}{\\stylesheet{\\s1 heading 1;}}{\\info{\\title Secret}}{\\*\\generator X;}{\\colortbl;\\red0;}' +
    'Text{\\footnote A note} more\\par{\\*\\unknown gone}{\\shp{\\*\\shpinst{\\sp{\\sn a}{\\sv b}}{\\shptxt In a box\\par}}}{\\deleted old}{\\v hidden}'
  t.equal(
    seen(html(rtf(body))),
    'At the top of the pages Patient: Maria Text of the document Text [1] more In a box hidden Notes A note At the bottom of the pages Sample Clinic',
  )
})

t.test('a text that is there twice is shown once', async (t) => {
  t.equal(html(rtf('{\\upr{old}{\\*\\ud{new\\u937?}}}')), '<p>newΩ</p>')
})

t.test('links and ticked boxes of fields stay', async (t) => {
  const field = (instruction: string, result: string) => `{\\field{\\*\\fldinst{${instruction}}}{\\fldrslt{${result}}}}`
  t.equal(
    html(rtf(field('HYPERLINK "https://example.org/"', '\\ul our page'))),
    '<p><a href="https://example.org/" rel="noopener noreferrer">our page</a></p>',
  )
  t.equal(html(rtf(field('HYPERLINK "javascript:hit()"', 'x'))), '<p>x</p>')
  t.equal(
    html(rtf(`${field('FORMCHECKBOX {\\*\\formfield{\\fftype1\\ffres25\\ffdefres1}}', '')}Smoker ${field('FORMCHECKBOX', '')}No`)),
    '<p>☒ Smoker ☐ No</p>',
  )
})

t.test('pictures are shown, and those that can not be are said', async (t) => {
  const shown = html(rtf(`a{\\*\\shppict{\\pict\\pngblip\\picw1 ${PIXEL.toString('hex')}}}{\\nonshppict{\\pict\\wmetafile8 00}}`))
  t.match(shown, `<img src="data:image/png;base64,${PIXEL.toString('base64')}"`)
  t.notMatch(shown, /not shown/)
  const binary = Buffer.concat([Buffer.from(`{\\rtf1 a{\\pict\\pngblip\\bin${PIXEL.length} `), PIXEL, Buffer.from('}b}')])
  t.match(html(binary), /<img src="data:image\/png.*>b<\/p>/)
  t.match(html(rtf('a{\\pict\\emfblip 0102}')), /One picture is not shown.*a/)
  t.match(html(rtf('a{\\object\\objemb{\\*\\objdata 0102}{\\result shown}}')), /One embedded object is not shown.*shown/)
})

t.test('HTML that is carried in RTF comes out as it was', async (t) => {
  const body =
    '\\uc1\\htmlrtf{\\htmlrtf0{\\*\\htmltag19 <html>}{\\*\\htmltag64 <p class="x">}\\htmlrtf {\\htmlrtf0 Dear M\\\'e1ria {\\*\\htmltag84 <b>}\\htmlrtf {\\b\\htmlrtf0 bold\\htmlrtf\\par}\\htmlrtf0' +
    '{\\*\\htmltag92 </b>}{\\*\\htmltag84 &lt;}\\htmlrtf <\\htmlrtf0 5{\\*\\mhtmltag72 <a href="old">}{\\*\\htmltag84 <script>hit()</script>}\\tab end\\htmlrtf\\par}\\htmlrtf0{\\*\\htmltag72 </p>}}'
  const file = Buffer.from(`{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 \\deff0${FONTS}${body}`, 'latin1')
  t.equal(html(file).trim(), '<p>Dear Mária <b>bold</b>&lt;5\tend</p>')
  const images = new Map([['a', { mediaType: 'image/png', bytes: PIXEL }]])
  const withPicture = Buffer.from('{\\rtf1\\ansi\\fromhtml1{\\*\\htmltag84 <img src="cid:a">}}')
  t.match(mainOf(rtfCopy(withPicture, text, { title: 'Message', images })), /<h1>Message<\/h1><img src="data:image\/png/)
})

t.test('text that only looks like HTML is text', async (t) => {
  t.equal(html(rtf('<script>hit()</script> & more')), '<p>&lt;script&gt;hit()&lt;/script&gt; &amp; more</p>')
})

t.test('what is no RTF, or holds nothing, is damaged', async (t) => {
  const cases: Readonly<Record<string, Buffer>> = {
    nothing: Buffer.alloc(0),
    text: Buffer.from('Dear Maria'),
    'another group': Buffer.from('{\\urtf1 x}'),
    'no text': rtf('\\par'),
    'nesting without measure': rtf('{'.repeat(2000)),
  }
  for (const [what, file] of Object.entries(cases)) t.throws(() => rtfCopy(file, text), new NotConvertibleError('damaged'), what)
  t.throws(() => rtfCopy(Buffer.alloc(41 * 1024 * 1024), text), new NotConvertibleError('too-big'))
})

t.test('a text that is cut short ends where it ends', async (t) => {
  t.equal(
    html(Buffer.from('{\\rtf1 {\\b one {\\header x')),
    '<h2>At the top of the pages</h2><p><strong>x</strong></p><h2>Text of the document</h2><p><strong>one </strong></p>',
  )
  for (const end of ['\\', "\\'", "\\'a", '\\u', '\\bin99999999 x', '\\u-']) t.match(html(Buffer.from(`{\\rtf1 one${end}`)), /one/, end)
})

t.test('no heap of control words breaks it or holds it up', async (t) => {
  const words = [
    '{',
    '}',
    '\\b ',
    '\\par',
    '\\cell',
    '\\row',
    '\\intbl',
    '\\trowd',
    '\\u937?',
    "\\'e1",
    '{\\header ',
    '{\\footnote ',
    '{\\pict ',
    '{\\*\\x ',
    '{\\field',
    '{\\*\\fldinst ',
    '{\\fldrslt ',
    '{\\upr',
    '\\constructor ',
    '\\__proto__ ',
    'text ',
    '\\fromhtml1',
    '\\htmlrtf ',
    '\\f1 ',
    '\\bin3 ',
  ]
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words), { maxLength: 50 }), (pieces) => {
      try {
        return rtfCopy(rtf(pieces.join('')), text).length > 0
      } catch (error) {
        return error instanceof NotConvertibleError
      }
    }),
    { numRuns: 100 },
  )
  for (const piece of [
    '{}',
    '{\\b x}',
    '\\par ',
    'x\\par\\intbl x\\cell',
    '\\trowd\\row',
    "\\'e1",
    '\\u937?',
    '{\\footnote x}',
    '\\f1 x',
    '{\\*\\x ',
    '{\\fldrslt x}',
  ]) {
    const start = process.cpuUsage()
    try {
      rtfCopy(rtf(`x${piece.repeat(Math.floor(100_000 / piece.length))}`), text)
    } catch (error) {
      t.ok(error instanceof NotConvertibleError)
    }
    t.ok(cpuMs(start) < 1500, `${piece}: ${Math.round(cpuMs(start))} ms`)
  }
})
