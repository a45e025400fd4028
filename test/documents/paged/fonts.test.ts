import t from 'tap'
import { directionsOf } from '../../../src/documents/paged/bidi.js'
import { FontBook, plainName } from '../../../src/documents/paged/fonts.js'
import { faceOf } from '../../../src/documents/paged/fonts-faces.js'
import { baseFamilies, eastAsianFamilies, scriptFamilies, symbolFamilies } from '../../../src/documents/paged/fonts-list.js'
import { subsetFont } from '../../../src/documents/paged/fonts-subset.js'
import { PAGE, Pen, type Style } from '../../../src/documents/paged/lay-out.js'
import { PDFDocument } from '../../../src/documents/pdf-library.js'

const STYLE: Style = { look: 'sans', size: 10 }

async function penFor(text: string): Promise<{ pen: Pen; drawable: string }> {
  const book = await FontBook.open([text], ['sans'])
  return { pen: new Pen(await PDFDocument.create(), book), drawable: book.drawable(text, 'sans', 'obeyed').text }
}

t.test('every family that is listed is installed', async (t) => {
  const samples = [0x61, 0x2211, 0x2600, 0x1f600, 0x6587, 0x3042, 0xac00]
  const families = [...Object.values(baseFamilies).flat(), ...symbolFamilies, ...Object.values(eastAsianFamilies)]
  for (const family of new Set(families)) {
    const faces = await Promise.all(samples.map((codePoint) => faceOf(family, codePoint)))
    t.ok(
      faces.some((face, index) => face?.has(samples[index] ?? 0)),
      family.packageName,
    )
  }
  for (const [script, family] of scriptFamilies) {
    const letter = Array.from({ length: 0x3000 }, (_, code) => code).find(
      (code) => script.test(String.fromCharCode(code)) && /\p{L}/u.test(String.fromCharCode(code)),
    )
    t.ok(letter !== undefined && (await faceOf(family, letter))?.has(letter), family.packageName)
  }
})

t.test('a subset has the glyphs it was asked for, at the usual weight, and is small', async (t) => {
  const face = await faceOf(eastAsianFamilies.simplified, 0x4e2d)
  if (!face) throw new Error('no face for a common character')
  const glyph = face.font.nominalGlyph(0x4e2d) ?? 0
  const cut = subsetFont(face.bytes, [glyph], 400)
  t.ok(cut.length < face.bytes.length / 5)
  t.notOk(cut.equals(subsetFont(face.bytes, [glyph], null)), 'a variable font has another weight when nothing is said')
  t.equal(cut.readUInt32BE(0), 0x00010000)
  t.throws(() => subsetFont(Buffer.alloc(0), [1], null), /subsetting/)
})

t.test('the text decides whose Chinese characters are drawn', async (t) => {
  const faceFor = async (text: string) => (await FontBook.open([text], ['sans'])).faceOf('\u76f4', 'sans')?.name
  t.match(await faceFor('\u76f4'), 'noto-sans-sc')
  t.match(await faceFor('\u76f4ひらがな'), 'noto-sans-jp')
  t.match(await faceFor('\u76f4한국어'), /noto-sans-(kr|sc)/)
})

t.test('names lose what could deceive, text keeps what some scripts need', async (t) => {
  const book = await FontBook.open(['exe.gpj می‌خواهم'], ['sans'])
  t.same(book.drawable('a\u202eb\u200fc', 'sans', 'numbers'), { text: 'a[U+202E]b[U+200F]c', isWhole: false })
  t.same(book.drawable('a\u200fb', 'sans', 'obeyed'), { text: 'a\u200fb', isWhole: true })
  t.same(book.drawable('می\u200cخواهم', 'sans', 'numbers'), { text: 'می\u200cخواهم', isWhole: true })
  t.equal(plainName(' a\u202eb\n\u0000c\u200d '), 'a[U+202E]b [U+0000]c\u200d')
})

t.test('no line is wider than it may be, whatever the script', async (t) => {
  const samples = [
    'word '.repeat(100),
    'مرحبا بالعالم '.repeat(60),
    'नमस्ते दुनिया '.repeat(60),
    'สวัสดีชาวโลก'.repeat(40),
    '病人'.repeat(200),
    'm'.repeat(500),
    'a\u0301'.repeat(400),
  ]
  for (const sample of samples) {
    const { pen, drawable } = await penFor(sample)
    const lines = pen.linesOf(drawable, STYLE, 300)
    t.ok(lines.length > 3)
    t.ok(
      lines.every(({ width }) => width * 0.01 <= 300.01),
      sample.slice(0, 10),
    )
    t.equal(lines.map(({ paragraph, start, end }) => paragraph.slice(start, end)).join(''), drawable)
  }
})

t.test('a line of Chinese begins with no full stop and ends with no opening bracket', async (t) => {
  const { pen, drawable } = await penFor('病人今天（早上）来到医院。'.repeat(20))
  const lines = pen.linesOf(drawable, STYLE, 215).map(({ paragraph, start, end }) => paragraph.slice(start, end))
  t.ok(lines.length > 5)
  t.same(
    lines.filter((line) => /^[。）]|（$/.test(line)),
    [],
  )
})

t.test('paragraphs that read from the right stand at the right', async (t) => {
  const { pen, drawable } = await penFor('שלום')
  const [line] = pen.linesOf(drawable, STYLE, 300)
  if (!line) throw new Error('no line')
  const x = Number(/1 0 0 1 (\S+)/.exec(pen.draw(line, STYLE, 48, 700, PAGE.width - 48))?.[1])
  t.ok(Math.abs(x + line.width * 0.01 - (PAGE.width - 48)) < 0.1)
})

t.test('a paragraph of any length is laid out in time', async (t) => {
  const { pen, drawable } = await penFor('ab '.repeat(100_000))
  t.equal(
    pen.linesOf(drawable, STYLE, 400).reduce((sum, { start, end }) => sum + end - start, 0),
    drawable.length,
  )
  const marks = await penFor(`a${'\u0301'.repeat(30_000)}`)
  t.ok(marks.pen.linesOf(marks.drawable, STYLE, 400).length > 0)
})

t.test('stretches of a line come in the order of the eye', (t) => {
  const order = (text: string) =>
    directionsOf(text)
      .inLine(0, text.length)
      .map(({ start, end, isRtl }) => `${isRtl ? '<' : '>'}${text.slice(start, end)}`)
  t.same(order('abc'), ['>abc'])
  t.same(order('abc אבג def'), ['>abc ', '<אבג', '> def'])
  t.same(order('אבג 12 דהו'), ['< דהו', '>12', '<אבג '])
  t.same(order('אבג abc '), ['< ', '>abc', '<אבג '])
  t.equal(directionsOf('אבג abc').isRtl, true)
  t.equal(directionsOf('abc אבג').isRtl, false)
  t.end()
})
