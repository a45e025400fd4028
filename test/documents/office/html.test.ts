import t from 'tap'
import { NotConvertibleError } from '../../../src/documents/copy.js'
import { decodeText, known } from '../../../src/documents/office/charset.js'
import { htmlCopy } from '../../../src/documents/office/html.js'
import { mainOf, PIXEL, seen, text } from './samples.js'

const DEGREE = 'Temperature 38 °C, naïve'

t.test('an HTML body becomes a whole page under the heading it is given', async (t) => {
  const page = htmlCopy(Buffer.from('<p>Dear Maria</p>'), { title: 'Message <1>' }, text)
  t.match(page.toString(), /^<!doctype html>\n<html lang="en">/)
  t.equal(mainOf(page), '<h1>Message &lt;1&gt;</h1><p>Dear Maria</p>')
  t.equal(page.toString().match(/<h1/g)?.length, 1)
})

t.test('the title in the file is the heading, or is said', async (t) => {
  const html = Buffer.from('<html><head><title>Visit &amp; plan</title></head><body><h1>Plan</h1></body></html>')
  t.match(mainOf(htmlCopy(html, {}, text)), /^<h1>Visit &amp; plan<\/h1><h2>Plan<\/h2>/)
  t.match(
    mainOf(htmlCopy(html, { title: 'plan.html' }, text)),
    /<h1>plan.html<\/h1><p class="note">Title in the file: Visit &amp; plan<\/p>/,
  )
  t.match(mainOf(htmlCopy(Buffer.from('<p>x'), {}, text)), /^<h1>Formatted text<\/h1>/)
})

t.test('pictures of the mail are shown in its body', async (t) => {
  const images = new Map([['scan@clinic', { mediaType: 'image/png', bytes: PIXEL }]])
  t.match(mainOf(htmlCopy(Buffer.from('<img src="cid:scan@clinic" alt="Scan">'), { images }, text)), /<img src="data:image\/png;base64,/)
})

t.test('an HTML body that nobody wrote anything into says so', async (t) => {
  for (const html of ['', '<html></html>', '<div dir="ltr"><br></div>', '<p>&nbsp;</p>']) {
    t.match(mainOf(htmlCopy(Buffer.from(html), {}, text)), /<p class="note">There is no text in it.<\/p>/, html)
  }
  t.notMatch(mainOf(htmlCopy(Buffer.from('<p><img alt="Scan" src="https://x.example/a.png"></p>'), {}, text)), /There is no text/)
})

t.test('an HTML body that only a program could show, or out of all measure, has no copy', async (t) => {
  for (const html of ['<script>x</script><p>&nbsp;</p>', '<canvas id="report"></canvas>']) {
    t.throws(() => htmlCopy(Buffer.from(html), {}, text), new NotConvertibleError('damaged'), html)
  }
  t.throws(() => htmlCopy(Buffer.alloc(41 * 1024 * 1024, 'x'), {}, text), new NotConvertibleError('too-big'))
})

t.test('the character set is the one that the bytes bear out', async (t) => {
  const latin = Buffer.from(DEGREE, 'latin1')
  const utf8 = Buffer.from(DEGREE)
  const utf16 = Buffer.from(DEGREE, 'utf16le')
  const cases: ReadonlyArray<readonly [what: string, bytes: Buffer, declared: string | null]> = [
    ['declared', latin, 'ISO-8859-1'],
    ['declared and right', utf8, 'utf-8'],
    ['declared UTF-8, but it is not', latin, 'utf-8'],
    ['declared Latin-1, but it is UTF-8', utf8, 'iso-8859-1'],
    ['nothing declared', latin, null],
    ['nothing declared, UTF-8', utf8, null],
    ['a label nobody knows', latin, 'x-unknown'],
    ['a mark', Buffer.concat([Buffer.from('efbbbf', 'hex'), utf8]), 'us-ascii'],
    ['a mark of UTF-16', Buffer.concat([Buffer.from('fffe', 'hex'), utf16]), null],
    ['a mark of UTF-16, the other way round', Buffer.concat([Buffer.from('feff', 'hex'), Buffer.from(utf16).swap16()]), null],
    ['UTF-16 without a mark', utf16, null],
    ['UTF-16 without a mark, the other way round', Buffer.from(utf16).swap16(), null],
  ]
  for (const [what, bytes, declared] of cases) t.equal(decodeText(bytes, declared), DEGREE, what)
  const meta = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">'
  t.equal(decodeText(Buffer.from(`${meta}\xcf\xf0\xe8\xe2\xe5\xf2`, 'latin1')), `${meta}Привет`)
  const lying = '<meta charset="utf-16le">38 \xb0C'
  t.equal(decodeText(Buffer.from(lying, 'latin1')), lying, 'what can be read as Latin letters is not UTF-16')
  t.equal(decodeText(Buffer.from('93fa967b', 'hex'), 'Shift_JIS'), '日本')
})

t.test('character sets that nobody should read stay closed', async (t) => {
  for (const label of ['utf-7', 'iso-2022-kr', 'hz-gb-2312', '', 'utf-8\n<', 'constructor']) t.equal(known(label), null, label)
  const page = htmlCopy(Buffer.from('+ADw-script+AD4-hit()+ADw-/script+AD4-'), { charset: 'utf-7' }, text)
  t.equal(seen(mainOf(page)), 'Formatted text +ADw-script+AD4-hit()+ADw-/script+AD4-')
})
