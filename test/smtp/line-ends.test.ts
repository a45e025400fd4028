// Bare line ends are found wherever they are, however the message is cut into chunks, and nothing else is taken for one.

import fc from 'fast-check'
import t from 'tap'
import { LineEnds } from '../../src/smtp/line-ends.js'

const runs = process.env.SLOW ? 5000 : 500

function isBroken(chunks: readonly Buffer[]): boolean {
  const lineEnds = new LineEnds()
  for (const chunk of chunks) lineEnds.push(chunk)
  lineEnds.end()
  return lineEnds.broken
}

/** A few bytes, so that line ends meet often; cut at any places. */
const message = fc
  .tuple(
    fc.array(fc.constantFrom('\r\n', '\r', '\n', '\0', 'a', '.', '\t', '\xff', 'abcdefgh'), { maxLength: 30 }),
    fc.array(fc.nat(60), { maxLength: 6 }),
  )
  .map(([pieces, cuts]) => ({ bytes: Buffer.from(pieces.join(''), 'latin1'), cuts }))

function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((place) => Math.min(place, bytes.length)).sort((a, b) => a - b), bytes.length]
  return places.slice(1).map((to, index) => bytes.subarray(places[index], to))
}

t.test('says the same as a regular expression over the whole message', async (t) => {
  fc.assert(
    fc.property(message, ({ bytes, cuts }) => {
      const expected = /(?<!\r)\n|\r(?!\n)|\0/.test(bytes.toString('latin1'))
      return isBroken(cut(bytes, cuts)) === expected
    }),
    { numRuns: runs },
  )
  t.pass()
})

t.test('finds one bare line end at any place of a long message', async (t) => {
  const line = `${'x'.repeat(76)}\r\n`
  for (const bare of ['\n', '\r', '\0']) {
    for (let at = 0; at < 200; at++) {
      const text = line.repeat(4)
      const place = text[at - 1] === '\r' ? at + 1 : at
      const bytes = Buffer.from(`${text.slice(0, place)}x${bare}x${text.slice(place)}`, 'latin1')
      if (!isBroken([bytes])) t.fail(`${JSON.stringify(bare)} at ${place}`)
      if (!isBroken([Buffer.concat([Buffer.from('#'), bytes]).subarray(1)])) t.fail(`${JSON.stringify(bare)} at ${place}, not aligned`)
    }
  }
  t.pass()
})

t.test('a message that ends in CR is broken', async (t) => {
  t.equal(isBroken([Buffer.from('a\r\n\r')]), true)
})

t.test('an empty message and empty chunks are whole', async (t) => {
  t.equal(isBroken([]), false)
  t.equal(isBroken([Buffer.from('a\r'), Buffer.alloc(0), Buffer.from('\n')]), false)
})
