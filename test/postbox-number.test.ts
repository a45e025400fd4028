import fc from 'fast-check'
import t from 'tap'
import {
  drawPostboxNumber,
  findPostboxNumbers,
  formatPostboxNumber,
  postboxQrText,
  readPostboxNumber,
  readPostboxQrText,
  readRequestQrText,
  requestQrText,
} from '../src/postbox-number.js'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const NUMBER = 'K7M2QX9DP'

t.test('numbers are drawn at random, and each is one', async (t) => {
  const drawn = Array.from({ length: 500 }, () => drawPostboxNumber())
  t.equal(new Set(drawn).size, drawn.length)
  for (const number of drawn) t.strictSame(readPostboxNumber(number), { kind: 'number', number })
  t.ok(drawn.every((number) => /^[0-9A-HJKMNP-TV-Z]{9}$/.test(number) && /[A-Z].*[A-Z]/.test(number) && /[2-9].*[2-9]/.test(number)))
})

t.test('a number is read however it is written', async (t) => {
  for (const text of ['K7M-2QX-9DP', ' k7m 2qx 9dp ', 'K7M2QX9DP', 'Ｋ７Ｍ－２ＱＸ－９ＤＰ', 'k7m–2qx–9dp', 'K7M-2QX-9D\u200bP'])
    t.strictSame(readPostboxNumber(text), { kind: 'number', number: NUMBER }, text)
  const withLetters = drawUntil((number) => /0/.test(number) && /1/.test(number))
  for (const one of ['I', 'l']) {
    const typed = withLetters.replaceAll('0', 'o').replaceAll('1', one)
    t.strictSame(readPostboxNumber(typed), { kind: 'number', number: withLetters }, typed)
  }
  for (const text of ['', 'K7M-2QX-9D', 'K7M-2QX-9DPP', 'K7M-2QX-9DU', '123456789', 'TREATMENT', 'x'.repeat(300)])
    t.strictSame(readPostboxNumber(text), { kind: 'none' }, text)
})

t.test('no one wrong character and no two changed places get past the check character', async (t) => {
  for (let times = 0; times < 20; times++) {
    const number = drawPostboxNumber()
    for (let at = 0; at < number.length; at++) {
      for (const other of ALPHABET) {
        if (other !== number[at]) t.not(readPostboxNumber(number.slice(0, at) + other + number.slice(at + 1)).kind, 'number')
      }
      for (let to = at + 1; to < number.length; to++) {
        const changed = [...number]
        ;[changed[at], changed[to]] = [changed[to] as string, changed[at] as string]
        if (changed.join('') !== number) t.not(readPostboxNumber(changed.join('')).kind, 'number', changed.join(''))
      }
    }
  }
})

t.test('of wrong numbers one in thirty-two gets past, no more', async (t) => {
  let numbers = 0
  let tried = 0
  for (let times = 0; times < 20_000; times++) {
    const text = Array.from({ length: 9 }, () => ALPHABET[Math.floor(Math.random() * 32)]).join('')
    const { kind } = readPostboxNumber(text)
    if (kind === 'none') continue
    tried++
    if (kind === 'number') numbers++
  }
  t.ok(numbers / tried < 0.045 && numbers / tried > 0.02, `${numbers} of ${tried}`)
})

t.test('numbers are found in a Subject: those with hyphens were meant, others only if somebody has them', async (t) => {
  t.strictSame(findPostboxNumbers('Records for K7M-2QX-9DP, 3 pages'), { numbers: [NUMBER], perhaps: [], isMistyped: false })
  t.strictSame(findPostboxNumbers('Records for K7M 2QX 9DP'), { numbers: [], perhaps: [NUMBER], isMistyped: false })
  t.strictSame(findPostboxNumbers('[K7M2QX9DP] k7m-2qx-9dp'), { numbers: [NUMBER], perhaps: [], isMistyped: false })
  t.strictSame(findPostboxNumbers('K7M-2QX-9DQ'), { numbers: [], perhaps: [], isMistyped: true })
  t.strictSame(
    findPostboxNumbers('FAX K7M 2QX 9DP'),
    { numbers: [], perhaps: [NUMBER], isMistyped: false },
    'behind what looks like a beginning',
  )
  const nothing = { numbers: [], perhaps: [], isMistyped: false }
  for (const subject of [
    'Fax from 555-123-4567',
    'Fax from "Sample Clinic" – 3 page(s), caller ID: 555-123-4567',
    'SSN 123-45-6789, 123-456-789',
    'k7m2qx9dp@home.example',
    'pat.k7m-2qx-9dp@home.example',
    'pat@k7m-2qx-9dp.example',
    'K7M-2QX-9DP-1 and XK7M-2QX-9DP',
    'FOLLOW-UP TREATMENT DISCHARGE SCREENING',
    '',
  ])
    t.strictSame(findPostboxNumbers(subject), nothing, subject)
})

t.test('whatever a Subject says, reading it ends', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const { numbers, perhaps } = findPostboxNumbers(text)
      return [...numbers, ...perhaps].every((number) => readPostboxNumber(number).kind === 'number')
    }),
  )
  const long = 'K7M-2QX-9D'.repeat(20_000)
  t.same(findPostboxNumbers(long).numbers, [])
})

t.test('the QR code says the number and who it belongs to, in the letters of the smallest kind of code', async (t) => {
  const text = postboxQrText(NUMBER)
  t.match(text, /^[0-9A-Z:]{16}$/)
  t.equal(readPostboxQrText(text), NUMBER)
  for (const other of [
    '',
    NUMBER,
    `${text}0`,
    text.replace('P', 'Q'),
    text.toLowerCase(),
    'https://example.org/',
    `HEPOEX:${'A'.repeat(9)}`,
  ])
    t.equal(readPostboxQrText(other), null, other)
})

t.test('the QR code of a form says the request, too, and still the postbox to whoever asks for no more', async (t) => {
  const text = requestQrText(NUMBER, 'R7K2M9QX')
  t.match(text, /^[0-9A-Z:]{25}$/)
  t.equal(readPostboxQrText(text), NUMBER)
  t.same(readRequestQrText(text), { postboxNumber: NUMBER, requestNumber: 'R7K2M9QX' })
  t.equal(readRequestQrText(postboxQrText(NUMBER)), null, 'a card names no request')
})

t.test('a QR code with half of a form’s two numbers is none of ours', async (t) => {
  const text = requestQrText(NUMBER, 'R7K2M9QX')
  const others = [`${text}0`, text.slice(0, -1), text.replace('M9QX', 'M9QU'), text.replace('M9QX', 'm9qx'), text.replace('M9QX', 'M9QO')]
  for (const other of [...others, text.replace('P:', 'Q:'), `${text}:${text}`, text.replace(/:(?!H|K)/, ';'), text.replace('HEP', 'HOP')]) {
    t.equal(readPostboxQrText(other), null, other)
    t.equal(readRequestQrText(other), null, other)
  }
})

t.test('it is shown in three groups of three', async (t) => {
  t.equal(formatPostboxNumber(NUMBER), 'K7M-2QX-9DP')
})

function drawUntil(isWanted: (number: string) => boolean): string {
  for (;;) {
    const number = drawPostboxNumber()
    if (isWanted(number)) return number
  }
}
