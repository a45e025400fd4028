import fc from 'fast-check'
import t from 'tap'
import { drawPackageNumber, formatPackageNumber, readPackageNumber } from '../../src/hip/number.js'

const number = fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => drawPackageNumber(() => Buffer.from(bytes)))

t.test('a package number is 12 characters of Crockford base32, five bits each', async (t) => {
  t.match(drawPackageNumber(), /^[0-9A-HJKMNP-TV-Z]{12}$/)
  t.equal(
    drawPackageNumber(() => Buffer.from([0, 1, 9, 10, 17, 18, 20, 21, 26, 27, 31, 32])),
    '019AHJMNTVZ0',
  )
})

t.test('a package number is shown in groups of four and read back', async (t) => {
  t.equal(formatPackageNumber('ABCDEFGHJKMN'), 'ABCD-EFGH-JKMN')
  fc.assert(fc.property(number, (drawn) => readPackageNumber(formatPackageNumber(drawn)) === drawn))
  fc.assert(fc.property(number, (drawn) => readPackageNumber(` ${formatPackageNumber(drawn).toLowerCase()} `) === drawn))
})

t.test('what is easily mistyped is forgiven', async (t) => {
  t.equal(readPackageNumber('oil0-OIL0 oil0'), '011001100110')
  t.equal(readPackageNumber('abcd–efgh—jkmn'), 'ABCDEFGHJKMN')
  t.equal(readPackageNumber('ＡＢＣＤ－ＥＦＧＨ－ＪＫＭＮ'), 'ABCDEFGHJKMN')
})

t.test('what is no package number is refused', async (t) => {
  for (const text of ['', 'ABCD-EFGH-JKM', 'ABCD-EFGH-JKMNP', 'ABCD-EFGH-JKMU', 'ABCD/EFGH/JKMN', "ABCDEFGHJK'N", 'A'.repeat(1e6)]) {
    t.equal(readPackageNumber(text), null)
  }
})
