import t from 'tap'
import { NotConvertibleError } from '../../../src/documents/copy.js'
import { textPdf } from '../../../src/documents/paged/text-pdf.js'
import { decodeText } from '../../../src/documents/paged/text-pdf-charset.js'
import { textOf } from '../pdf-text.js'
import { LIMITS, loaded } from './pdf-samples.js'

/** Each page's text. Readers are told of a place without width where one character has several glyphs. */
async function pagesOf(text: string): Promise<string[]> {
  const { pdf, pages } = await textPdf(Buffer.from(text), { charset: 'utf-8' }, LIMITS)
  const read = (await textOf(pdf)).map((page) => page.replaceAll('\u200b', ''))
  t.equal(read.length, pages)
  return read
}

const allOf = async (text: string) => (await pagesOf(text)).join('\n')
const letters = (text: string) => [...text.replace(/\s/g, '')].sort().join('')

t.test('what is written is read', async (t) => {
  const text = 'Dear Ms Sample,\n\n  glucose 5.4 mmol/l – naïve “quotes” ½ €\nΑθήνα, Київ, Łódź'
  t.equal(await allOf(text), text.replace('\n\n', '\n'))
  t.equal(await allOf(''), '')
})

t.test('every script is drawn, and no letter of it is lost', async (t) => {
  const scripts = [
    ['Arabic', 'مرحبا بالعالم مُحَمَّد'],
    ['Hebrew', 'שלום עולם'],
    ['Devanagari', 'नमस्ते क्षत्रिय विद्यार्थी'],
    ['Bengali', 'স্বাগতম বিশ্ব'],
    ['Gurmukhi', 'ਸਤਿ ਸ੍ਰੀ ਅਕਾਲ'],
    ['Gujarati', 'નમસ્તે વિશ્વ'],
    ['Odia', 'ନମସ୍କାର'],
    ['Tamil', 'வணக்கம் கொடு'],
    ['Telugu', 'నమస్కారం ప్రపంచం'],
    ['Kannada', 'ನಮಸ್ಕಾರ ಪ್ರಪಂಚ'],
    ['Malayalam', 'നമസ്കാരം ലോകം'],
    ['Sinhala', 'ආයුබෝවන් ලෝකය'],
    ['Thai', 'สวัสดีชาวโลก น้ำ'],
    ['Lao', 'ສະບາຍດີ ນ້ຳ'],
    ['Khmer', 'សួស្តី ពិភពលោក'],
    ['Myanmar', 'မင်္ဂလာပါ ကမ္ဘာလောက'],
    ['Georgian', 'გამარჯობა'],
    ['Armenian', 'Բարև աշխարհ'],
    ['Ethiopic', 'ሰላም ለዓለም'],
    ['Thaana', 'ދިވެހި'],
    ['Chinese', '简体中文 繁體字測試'],
    ['Japanese', 'こんにちは世界、カタカナ'],
    ['Korean', '안녕하세요'],
    ['symbols', '← ⇒ ≤ √ ∑ ☑ ✓ ★ ℞ ① ■ ⟶ 𝑥'],
    ['emoji', '😀 🏥 💊'],
    ['boxes', '┌──┐ │ab│ └──┘ ▒'],
  ] as const
  for (const [name, sample] of scripts) {
    const read = await allOf(sample)
    t.equal(letters(read), letters(sample), name)
    t.notMatch(read, /[?\ufffd]|U\+/, name)
  }
})

t.test('right to left is drawn from the right, numbers within it from the left', async (t) => {
  const read = (await allOf('אבג 123 דהו')).replaceAll('\n', '')
  t.equal(read.replace(/\s+/g, ' '), 'והד 123 גבא')
  const mixed = (await allOf('say אבג, then')).replaceAll('\n', '')
  t.equal(mixed, 'say גבא, then')
})

t.test('what has no letter is written as its number', async (t) => {
  t.equal(await allOf('a\u0007b\u{10480}c\ue000d\u202ee'), 'a[U+0007]b[U+10480]c[U+E000]d[U+202E]e')
  t.equal(await allOf('\0'), '[U+0000]')
})

t.test('long lines are wrapped, words longer than a line are broken, and all of them are there', async (t) => {
  const words = Array.from({ length: 300 }, (_, index) => `word${index}`).join(' ')
  const lines = (await allOf(words)).split('\n')
  t.ok(lines.length > 10)
  t.equal(lines.map((line) => line.trim()).join(' '), words)
  t.ok(lines.every((line) => line.length < 120))
  const broken = (await allOf('x'.repeat(1000))).split('\n')
  t.ok(broken.length > 8)
  t.equal(broken.join('').length, 1000)
})

t.test('form feeds turn the page, and a full page does', async (t) => {
  t.same(await pagesOf('one\ftwo\n\fthree\f\nfour'), ['one', 'two', 'three', 'four'])
  const pages = await pagesOf('line\n'.repeat(200))
  t.ok(pages.length >= 3)
  t.equal(pages.join('\n').match(/line/g)?.length, 200)
})

t.test('columns stay columns', async (t) => {
  const { pdf } = await textPdf(Buffer.from('Na\t140\nK\t4.1\n'), { charset: null }, LIMITS)
  t.match((await loaded(pdf)).context.enumerateIndirectObjects().join(), /noto-sans-mono/)
  t.equal(await allOf('Na\t140\nK\t4.1\n'), 'Na      140\nK       4.1')
  const prose = await textPdf(Buffer.from('One  two.\nThree.'), { charset: null }, LIMITS)
  t.notMatch((await loaded(prose.pdf)).context.enumerateIndirectObjects().join(), /noto-sans-mono/)
})

t.test('a book has limits', async (t) => {
  const error = await textPdf(Buffer.from('\f'.repeat(60)), { charset: null }, LIMITS).catch((reason) => reason)
  t.ok(error instanceof NotConvertibleError && error.reason === 'too-many-pages')
  t.equal((await textPdf(Buffer.from('\f'.repeat(49)), { charset: null }, LIMITS)).pages, 50)
})

t.test('the same text makes the same pages, with the title that was asked for', async (t) => {
  const make = () => textPdf(Buffer.from('Hello – नमस्ते 世界'), { charset: null, title: 'A letter' }, LIMITS)
  const first = (await make()).pdf
  t.ok(first.equals((await make()).pdf))
  t.equal((await loaded(first)).getTitle(), 'A letter')
})

t.test('a charset is believed as far as the bytes make sense by it', async (t) => {
  const utf16 = Buffer.from('Größe', 'utf16le')
  t.equal(decodeText(Buffer.from('Größe'), null), 'Größe')
  t.equal(decodeText(Buffer.from('Größe', 'latin1'), null), 'Größe')
  t.equal(decodeText(Buffer.from('Größe', 'latin1'), 'utf-8'), 'Größe')
  t.equal(decodeText(Buffer.from('Größe', 'latin1'), 'no-such-charset'), 'Größe')
  t.equal(decodeText(Buffer.from('Größe'), 'us-ascii; junk'), 'Größe')
  t.equal(decodeText(Buffer.from([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2]), ' windows-1251 '), 'Привет')
  t.equal(decodeText(Buffer.from([0x82, 0xb1, 0x82, 0xf1]), 'Shift_JIS'), 'こん')
  t.equal(decodeText(utf16, null), 'Größe')
  t.equal(decodeText(Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]), 'utf-8'), 'Größe')
  t.equal(decodeText(Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(utf16).swap16()]), null), 'Größe')
  t.equal(decodeText(Buffer.from('\ufeffGröße'), 'iso-8859-1'), 'Größe')
  const every = decodeText(Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)), null)
  t.equal(new Set(every).size, 256, 'no byte is lost')
})
