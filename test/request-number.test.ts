import t from 'tap'
import { drawRequestNumber, findRequestNumbers, formatRequestNumber, readRequestNumber } from '../src/request-number.js'

t.test('numbers are drawn at random, and each is read back as it is shown', async (t) => {
  const drawn = Array.from({ length: 500 }, () => drawRequestNumber())
  t.equal(new Set(drawn).size, drawn.length)
  for (const number of drawn) {
    t.match(number, /^[0-9A-HJKMNP-TV-Z]{8}$/)
    t.match(formatRequestNumber(number), /^\w{4}-\w{4}$/)
    t.equal(readRequestNumber(formatRequestNumber(number)), number)
  }
})

t.test('every byte of chance counts', async (t) => {
  t.equal(
    drawRequestNumber((size) => Buffer.from([0, 31, 32, 63, 255, 10, 17, 24].slice(0, size))),
    '0Z0ZZAHR',
  )
})

t.test('it is read in any case, with hyphens and spaces anywhere, and with the letters that look like digits', async (t) => {
  for (const typed of ['R7K2-M9QX', 'r7k2m9qx', ' R7K2 – M9QX ', 'R-7-K-2-M-9-Q-X', 'Ｒ７Ｋ２Ｍ９ＱＸ', 'R7K2\u200bM9QX'])
    t.equal(readRequestNumber(typed), 'R7K2M9QX', typed)
  t.equal(readRequestNumber('oil0-7k2m'), '01107K2M')
})

t.test('what is none is told', async (t) => {
  for (const typed of ['', 'R7K2-M9Q', 'R7K2-M9QXX', 'R7K2-M9QU', 'R7K2-M9Q*', 'K7M-2QX-9DP', ' '.repeat(300)])
    t.equal(readRequestNumber(typed), null, typed)
})

t.test('in a Subject those are found that are written as we write them', async (t) => {
  t.strictSame(findRequestNumbers('RE: Request R7K2-M9QX for postbox K7M-2QX-9DP'), ['R7K2M9QX'])
  t.strictSame(findRequestNumbers('r7k2–m9qx, again R7K2-M9QX; 0123-4567.'), ['R7K2M9QX', '01234567'])
  for (const text of ['', 'R7K2M9QX', 'ABCD-2345-EFGH', 'XR7K2-M9QX', 'a@R7K2-M9QX', 'R7K2-M9QX@b', 'R7K2-M9QU', `${'R7K2-'.repeat(9999)}`])
    t.strictSame(findRequestNumbers(text), [], text.slice(0, 40))
})
