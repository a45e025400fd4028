import fc from 'fast-check'
import { type DefaultTreeAdapterTypes, parseFragment, serialize } from 'parse5'
import t, { type Test } from 'tap'
import { NotConvertibleError } from '../../../src/documents/copy.js'
import { safeHtml } from '../../../src/documents/office/sanitise.js'
import { hostile } from './hostile.js'
import { cpuMs, PIXEL, seen, text } from './samples.js'

const clean = (html: string) => safeHtml(html, { text })
const DATA = `data:image/png;base64,${PIXEL.toString('base64')}`

const ELEMENTS = new Set(
  (
    'a abbr b bdi bdo blockquote br caption cite code dd del dfn div dl dt em h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small ' +
    'span strong sub sup table tbody td th tr u ul var'
  ).split(' '),
)
const ATTRIBUTES =
  /^(alt|aria-label|class|colspan|dir|href|id|lang|rel|role|rowspan|scope|src|start|style|tabindex|title|type|value|width)$/
const STYLES =
  /^((text-align:(left|center|right)|font-weight:(bold|normal)|font-style:(italic|normal)|text-decoration:(line-through|underline)|vertical-align:(super|sub)|white-space:pre-wrap|overflow-x:auto|overflow-wrap:break-word)(;|$))+$/

/** What a browser would make of it, as lines that say what must not be there. */
function breaches(html: string): string[] {
  const found: string[] = []
  const walk = (node: DefaultTreeAdapterTypes.Node): void => {
    if ('tagName' in node) {
      if (!ELEMENTS.has(node.tagName) || node.namespaceURI !== 'http://www.w3.org/1999/xhtml') found.push(node.tagName)
      for (const { name, value } of node.attrs) {
        if (!ATTRIBUTES.test(name)) found.push(`${node.tagName} ${name}`)
        if (name === 'href' && !/^(https?:\/\/|mailto:|tel:|#in-document-\d+$)/.test(value)) found.push(`href ${value}`)
        if (name === 'src' && !/^data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$/.test(value)) found.push(`src ${value}`)
        if (name === 'style' && !STYLES.test(value)) found.push(`style ${value}`)
        if (name === 'id' && !/^in-document-\d+$/.test(value)) found.push(`id ${value}`)
        if (name === 'class' && value !== 'note') found.push(`class ${value}`)
      }
    } else if (node.nodeName === '#comment') found.push('comment')
    if ('childNodes' in node) node.childNodes.forEach(walk)
  }
  walk(parseFragment(html))
  return found
}

/** Written once by us and once by a browser's own parser, it is the same: nothing moves, nothing is repaired. */
function isStable(t: Test, html: string, name: string): void {
  const plain = (written: string) =>
    written
      .replace(/&quot;/g, '"')
      .replace(/&#39;/g, "'")
      .replace(/&nbsp;/g, '\u00a0')
      .replace(/&gt;/g, '>')
      .replace(/\r\n?/g, '\n')
  t.equal(plain(serialize(parseFragment(html))), plain(html), `${name} is read as it is written`)
}

t.test('nothing hostile stays, and what stays is read by a browser as it is written', async (t) => {
  for (const snippet of hostile) {
    for (const html of [
      snippet,
      `<table><tr><td>${snippet}</td></tr></table>`,
      `<a href="https://example.org/">${snippet}`,
      `<pre>${snippet}`,
    ]) {
      const written = clean(html)
      t.strictSame(breaches(written), [], html)
      isStable(t, written, html)
    }
  }
})

t.test('any heap of tags gives what is allowed, stable, stable', async (t) => {
  const tags =
    'a b p div table tr td th ul li ol dl dt dd h1 h3 pre svg math style title textarea select option form font span br hr ruby rt caption details'.split(
      ' ',
    )
  const piece = fc.oneof(
    fc.constantFrom(...tags).map((tag) => `<${tag}>`),
    fc.constantFrom(...tags).map((tag) => `</${tag}>`),
    fc.constantFrom('<!--', '-->', '<![CDATA[', ']]>', '<a href="#x" id=x>', '<td colspan=3 rowspan=2>', '&lt;', '"', '<', '\n'),
    fc.nat(999).map((number) => ` w${number} `),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const written = clean(pieces.join(''))
      isStable(t, written, pieces.join(''))
      return breaches(written).length === 0
    }),
    { numRuns: 200, seed: 20261122 },
  )
})

t.test('no word is lost, however the tags around it are broken', async (t) => {
  const tags = 'a b p div table tr td th ul li ol dl dt dd h1 h3 pre font span form details section center u caption'.split(' ')
  const piece = fc.tuple(
    fc.constantFrom(...tags),
    fc.constantFrom('<', '</'),
    fc.constantFrom('', ' hidden', ' style="display:none"', ' aria-hidden=true'),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const html = pieces
        .map(([tag, start, attributes], index) => `${start}${tag}${start === '<' ? attributes : ''}>word${index}.`)
        .join('')
      const words = seen(clean(html))
      const missing = pieces.flatMap((_piece, index) => (words.includes(`word${index}.`) ? [] : [index]))
      if (missing.length > 0) t.comment(html)
      return missing.length === 0
    }),
    { numRuns: 200, seed: 20261122 },
  )
})

t.test('hidden text is shown', async (t) => {
  const written = clean(
    '<div style="display:none;font-size:0;color:#fff">Before</div><p hidden>Inside</p><span style="mso-hide:all">After</span>',
  )
  t.equal(seen(written), 'Before Inside After')
  t.notMatch(written, /hidden|style/)
})

t.test('paragraphs, items and cells end as in a browser', async (t) => {
  t.equal(clean('<p>a<p>b<div>c</div>'), '<p>a</p><p>b</p><div>c</div>')
  t.equal(clean('<p><b>a<p>b</b>'), '<p><b>a</b></p><p><b>b</b></p>')
  t.equal(clean('<ul><li>a<li>b<ul><li>c</ul></ul>'), '<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>')
  t.equal(clean('<li>a<li>b'), '<ul><li>a</li><li>b</li></ul>')
  t.equal(clean('<ol start=3 type=i><li>a<li value=7>b</ol>'), '<ol start="3" type="i"><li>a</li><li value="7">b</li></ol>')
  t.equal(clean('<dl><dt>a<dd>b<dt>c<dd>d</dl>'), '<dl><dt>a</dt><dd>b</dd><dt>c</dt><dd>d</dd></dl>')
  t.equal(clean('<dl><dd>b</dl>'), '<div><div>b</div></div>')
})

t.test('there is no second h1, and no level is skipped', async (t) => {
  t.equal(clean('<h1>a</h1><h4>b</h4><h2>c</h2><h1>d</h1>'), '<h2>a</h2><h3>b</h3><h3>c</h3><h2>d</h2>')
  t.equal(clean('<h2> </h2><h3>a<br></h3>').trim(), '<h2>a<br></h2>')
  t.equal(safeHtml('<h1>a</h1>', { text, headingLevel: 3 }), '<h3>a</h3>')
})

t.test('links lead out by http, https, mail and telephone, or inside the document', async (t) => {
  const rel = 'rel="noopener noreferrer"'
  t.equal(clean('<a href=" HTTPS://example.org/a?b=1&amp;c=2">x</a>'), `<a href="https://example.org/a?b=1&amp;c=2" ${rel}>x</a>`)
  t.equal(clean('<a href="mailto:clinic@example.org">x</a>'), `<a href="mailto:clinic@example.org" ${rel}>x</a>`)
  t.equal(clean('<a href="tel:+15550100">x</a>'), `<a href="tel:+15550100" ${rel}>x</a>`)
  for (const href of ['/here', '//example.org/', 'ftp://example.org/', 'file:///etc/passwd', 'cid:a', '#nowhere', 'https://']) {
    t.equal(clean(`<a href="${href}">x</a>`), 'x', href)
  }
  t.equal(
    clean('<a href="#a">x</a><p id=a>y</p><p id=b>z</p>'),
    `<a href="#in-document-1" ${rel}>x</a><span id="in-document-1"></span><p>y</p><p>z</p>`,
  )
  t.notMatch(clean('<a href="https://example.org/"><a href="https://example.net/">x</a>'), /<a[^>]*><a/)
  t.equal(clean('<a href="#a">x</a><p id=a>y</p><p id=a>z</p>').match(/id=/g)?.length, 1, 'a place has one name')
})

t.test('pictures are shown when their bytes are ones, from the file or the mail', async (t) => {
  t.match(clean(`<img src="${DATA}" alt="Scan" width=200>`), `<img src="${DATA}" alt="Scan" width="200">`)
  t.match(clean(`<img src="data:text/plain;base64,${PIXEL.toString('base64')}">`), `src="${DATA}" alt="Picture without a description"`)
  const images = new Map([['logo@clinic', { mediaType: 'text/html', bytes: PIXEL }]])
  t.match(safeHtml('<img src="cid:logo%40clinic" alt="Logo">', { text, images }), `<img src="${DATA}" alt="Logo">`)
  t.match(clean('<img src="cid:logo@clinic" alt="Logo">'), /One picture is not shown.*\[Logo\]/)
  t.match(
    clean('<img src="https://example.org/a.png"><img src="http://example.org/b.png" alt=B>'),
    /^<p class="note">2 pictures are not shown.*\[B\] $/,
  )
  t.equal(clean('<img src="https://example.org/p.gif" width=1 height=1>'), '', 'what counts readers is not worth a word')
  const huge = Buffer.from(PIXEL)
  huge.writeUInt32BE(30_000, 16)
  huge.writeUInt32BE(30_000, 20)
  t.match(clean(`<img src="data:image/png;base64,${huge.toString('base64')}" alt="Huge">`), /One picture is not shown.*\[Huge\]/)
  t.match(clean(`<a href="https://example.org/"><img src="${DATA}" alt="Home">Home</a>`), /alt=""/, 'a link is not read out twice')
})

t.test('all four kinds of pictures are told by their bytes', async (t) => {
  const webp = (kind: string, write: (bytes: Buffer) => void) => {
    const bytes = Buffer.alloc(30)
    bytes.write(`RIFF\0\0\0\0WEBP${kind}`, 'latin1')
    write(bytes)
    return bytes
  }
  const samples: Readonly<Record<string, Buffer>> = {
    gif: Buffer.from('GIF89a\x05\0\x04\0\0\0\0\0\0\0\0', 'latin1'),
    jpeg: Buffer.from('ffd8ffe00004aaaaffc0000b08000400050101110000', 'hex'),
    lossy: webp('VP8 ', (bytes) => bytes.writeUInt32LE(0x00040005, 26)),
    lossless: webp('VP8L', (bytes) => bytes.writeUInt32LE(0x0000c004, 21)),
    extended: webp('VP8X', (bytes) => bytes.writeUInt8(4, 24)),
  }
  for (const [name, bytes] of Object.entries(samples)) {
    t.match(clean(`<img src="data:;base64,${bytes.toString('base64')}">`), /<img src="data:image\/(gif|jpeg|webp);/, name)
  }
  for (const bytes of [
    Buffer.from('GIF89a\0\0\0\0\0\0\0\0\0\0\0', 'latin1'),
    Buffer.from('ffd8ffe0ffff0000000000000000000000', 'hex'),
    Buffer.from('BM'.repeat(20)),
  ]) {
    t.match(clean(`<img src="data:image/png;base64,${bytes.toString('base64')}">`), /not shown/)
  }
})

t.test('tables of data keep their headers, and scroll by themselves when they are wide', async (t) => {
  const lab = clean('<table><caption>Lab</caption><tr><th>Test<th>Value<th>Unit<tr><td>Na<td>140<td>mmol/l</table>')
  t.match(lab, /<div role="group" aria-label="Table 1" tabindex="0" style="overflow-x:auto;[^"]*"><table><caption>Lab<\/caption>/)
  t.match(lab, '<tr><th scope="col">Test</th><th scope="col">Value</th><th scope="col">Unit</th></tr><tr><td>Na</td>')
  t.match(clean('<table><tr><th>Name<td>Maria<tr><th>Born<td>1960</table>'), '<tr><th scope="row">Name</th><td>Maria</td></tr>')
  t.notMatch(clean('<table><tr><td>Name<td>Maria<tr><td>Born<td>1960</table>'), /tabindex/)
  t.match(clean('<table><tr><th>A<th>B<tr><th>C<th>D</table>'), '<td><strong>A</strong></td>', 'headers of nothing are none')
  t.match(clean('<table><tr><th><th>B<tr><td>C<td>D</table>'), '<td></td><th scope="col">B</th>', 'an empty header is none')
  t.match(
    clean('<table>before<tr><td colspan="2">A<tr><td>B<td rowspan=9>C</table>'),
    'before<table><tbody><tr><td colspan="2">A</td></tr><tr><td>B</td><td>C</td>',
  )
})

t.test('tables that only place things are none', async (t) => {
  t.equal(clean('<table><tr><td><table><tr><td>a<tr><td>b</table><td>c</table>'), '<div><div>a</div><div>b</div></div><div>c</div>')
  t.equal(clean('<table role=presentation><tr><td>a<td>b<tr><td>c<td>d</table>'), '<div>a</div><div>b</div><div>c</div><div>d</div>')
  t.equal(clean('<td>a<td>b'), '<div>a</div><div>b</div>')
  t.match(clean('<table><form><tr><td>a<td>b<tr><td>c<td>d</form></table>'), '<tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr>')
})

t.test('what was filled in and ticked stays as text', async (t) => {
  const written = clean(
    '<form><input value="Maria"><input type=checkbox checked>Smoker<input type=radio>No<input type=hidden value=secret><input type=password value=secret>' +
      '<textarea>two\nlines</textarea><select><option>one<option selected>two</select><button>Send</button></form>',
  )
  t.equal(seen(written), 'Maria ☒ Smoker ☐ No two lines ☐ one ☒ two Send')
})

t.test('emphasis, alignment and deletions written as style stay; all other style goes', async (t) => {
  t.equal(clean('<span style="text-decoration:line-through;color:red">no</span>'), '<span style="text-decoration:line-through">no</span>')
  t.equal(clean('<p align=center style="margin:0;font-weight:700">x</p>'), '<p style="text-align:center;font-weight:bold">x</p>')
  t.equal(clean('<font color=white>x</font><center>y</center>'), 'x<div style="text-align:center">y</div>')
})

t.test('language and direction stay where they are ones', async (t) => {
  t.equal(
    clean('<html lang="es"><body dir=ltr><p lang=fr-CA>x</p><p lang="qq-xx">y</p>'),
    '<div lang="es" dir="ltr"><p lang="fr-CA">x</p><p>y</p></div>',
  )
  t.equal(clean('<p dir="rtl">x</p><p style="direction:rtl">y</p><p dir=up>z</p>'), '<p dir="rtl">x</p><p dir="rtl">y</p><p>z</p>')
})

t.test('frames and objects are said to be missing', async (t) => {
  t.match(clean('<iframe src="https://example.org/"></iframe>'), /One embedded object is not shown/)
  t.match(clean('<object data=x>instead</object><embed src=y>'), /2 embedded objects are not shown.*instead/)
})

t.test('input without measure is bounded, in time and in depth', async (t) => {
  const many: Readonly<Record<string, string>> = {
    divs: '<div>'.repeat(30_000),
    'bold and never italic': `${'<b>'.repeat(30_000)}${'</i>'.repeat(30_000)}`,
    'paragraphs in fonts': '<p><font>1'.repeat(20_000),
    tables: '<table><tr><td>'.repeat(20_000),
    'attributes of one tag': `<p ${Array.from({ length: 100_000 }, (_each, index) => `a${index}=1`).join(' ')}>x`,
    entities: '&amp;'.repeat(100_000),
    'less-than signs': '<'.repeat(500_000),
    comments: '<!--'.repeat(200_000),
    filler: '\u00a0 '.repeat(500_000),
    quotes: '<a href="'.repeat(100_000),
    spans: `<table>${'<tr><td rowspan=100 colspan=100>x'.repeat(5_000)}`,
    items: '<li>'.repeat(50_000),
    style: `<b style="${'font-weight:'.repeat(200_000)}">x`,
    links: '<a href=#x id=x>'.repeat(30_000),
  }
  for (const [what, html] of Object.entries(many)) {
    const start = process.cpuUsage()
    const written = clean(html)
    t.ok(cpuMs(start) < 1500, `${what}: ${Math.round(cpuMs(start))} ms`)
    t.ok(depthOf(written) < 300, `${what} is shallow`)
  }
  t.throws(() => clean('<br>'.repeat(500_000)), new NotConvertibleError('too-big'))
  t.throws(() => clean('x'.repeat(41_000_000)), new NotConvertibleError('too-big'))
})

function depthOf(html: string): number {
  let [depth, deepest] = [0, 0]
  for (const [tag] of html.matchAll(/<\/?[a-z][^>]*>/g)) {
    if (/^<(?:br|hr|img)\b/.test(tag)) continue
    depth += tag.startsWith('</') ? -1 : 1
    deepest = Math.max(deepest, depth)
  }
  return deepest
}
