import fc from 'fast-check'
import t from 'tap'
import { drawCode, formatCode, readCode } from '../../src/hip/code.js'

const bytes = (...values: number[]) => Buffer.from(values)

/** The check that data-loss filters make, written another way than in the source. */
function isCardNumber(code: string): boolean {
  const sum = [...code].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 === 0 ? 1 : 2)
    return total + Math.floor(value / 10) + (value % 10)
  }, 0)
  return sum % 10 === 0
}

t.test('a drawn code is 16 digits and never a card number', async (t) => {
  for (let draw = 0; draw < 2000; draw++) {
    const code = drawCode()
    if (!/^[0-9]{16}$/.test(code) || isCardNumber(code)) return t.fail('not a code')
  }
  t.pass()
})

t.test('a card number is drawn again, whole', async (t) => {
  const card = [4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1] // the well-known test card
  t.ok(isCardNumber(card.join('')))
  const draws = [bytes(...card), bytes(...card.with(15, 2))]
  t.equal(
    drawCode(() => draws.shift() ?? Buffer.alloc(16)),
    '4111111111111112',
  )
})

t.test('bytes that would favour small digits are not used', async (t) => {
  const draws = [bytes(250, 251, 252, 253, 254, 255, ...Array(10).fill(249)), bytes(...Array(16).fill(17))]
  t.equal(
    drawCode(() => draws.shift() ?? Buffer.alloc(16)),
    '9999999999777777',
  )
})

t.test('digits are as frequent as chance has it at every place', async (t) => {
  const draws = 20_000
  const counts = Array.from({ length: 16 }, () => Array<number>(10).fill(0))
  for (let draw = 0; draw < draws; draw++) {
    const code = drawCode()
    counts.forEach((row, place) => {
      const digit = Number(code[place])
      row[digit] = (row[digit] ?? 0) + 1
    })
  }
  for (const row of counts) {
    const squares = row.reduce((sum, count) => sum + (count - draws / 10) ** 2 / (draws / 10), 0)
    t.ok(squares < 45, 'chi-squared with 9 degrees of freedom: beyond 45 once in a million rows')
  }
})

t.test('a code is shown in groups of four and read back', async (t) => {
  t.equal(formatCode('4821007391556240'), '4821 0073 9155 6240')
  fc.assert(
    fc.property(fc.nat(), () => {
      const code = drawCode()
      return readCode(formatCode(code)) === code
    }),
  )
})

t.test('a code is read out of whatever was pasted', async (t) => {
  for (const text of [
    'Code: 4821-0073 9155 6240.',
    '4821007391556240',
    ' 4821\t0073\n9155 6240',
    '４８２１００７３９１５５６２４０',
    '٤٨٢١ ٠٠٧٣ ٩١٥٥ ٦٢٤٠',
    '۴۸۲۱۰۰۷۳۹۱۵۵۶۲۴۰',
    '4821–0073–9155–6240',
    '𝟒𝟖𝟐𝟏𝟎𝟎𝟕𝟑𝟗𝟏𝟓𝟓𝟔𝟐𝟒𝟎',
  ]) {
    t.equal(readCode(text), '4821007391556240')
  }
})

t.test('anything but 16 digits is no code', async (t) => {
  for (const text of ['', 'code', '482100739155624', '48210073915562401', '4821 0073 9155 624O', `${'1'.repeat(100_000)}`]) {
    t.equal(readCode(text), null)
  }
})
