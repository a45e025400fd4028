import t from 'tap'
import { drawIntakeNumber } from '../../src/intake/number.js'

const NOON = Date.UTC(2026, 10, 22, 12)

t.test('an intake number is the day in UTC and eight characters that are easy to read out', (t) => {
  for (let draws = 0; draws < 200; draws++) t.match(drawIntakeNumber(NOON), /^20261122-[0-9A-HJKMNP-TV-Z]{8}$/)
  t.equal(drawIntakeNumber(Date.UTC(2026, 11, 31, 23, 59, 59, 999)).slice(0, 8), '20261231')
  t.equal(drawIntakeNumber(Date.UTC(2027, 0, 1)).slice(0, 8), '20270101')
  t.end()
})

t.test('each character is one of 32, drawn by itself', (t) => {
  const asked: number[] = []
  const number = drawIntakeNumber(NOON, (below) => {
    asked.push(below)
    return asked.length - 1
  })
  t.equal(number, '20261122-01234567')
  t.same(asked, Array(8).fill(32))
  const all = Array.from({ length: 32 }, (_each, value) => drawIntakeNumber(NOON, () => value)[9])
  t.equal(all.join(''), '0123456789ABCDEFGHJKMNPQRSTVWXYZ')
  t.end()
})

t.test('numbers do not come again', (t) => {
  t.equal(new Set(Array.from({ length: 5000 }, () => drawIntakeNumber(NOON))).size, 5000)
  t.end()
})
