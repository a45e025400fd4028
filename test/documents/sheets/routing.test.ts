// Twenty faxes of cover sheets and cards, each another one: `npm run faxes` makes as many as one likes.

import t from 'tap'
import { barcodes } from '../../../src/documents/paged/barcodes.js'
import { readPostboxQrText } from '../../../src/postbox-number.js'
import { type FaxCase, faxCases, faxOf, type Scan, scanOf } from '../../support/faxes.js'

const CASES = 20
const LEAST_RIGHT = 19

t.test('95 faxes in 100 find their owner, and none finds anybody else', async (t) => {
  let scan: Scan | null = null
  let drawn: FaxCase | null = null
  let right = 0
  for (const fax of faxCases(CASES, 7, 10)) {
    if (scan === null || drawn?.number !== fax.number || drawn.sheet !== fax.sheet) scan = await scanOf(fax.number, fax.sheet)
    drawn = fax
    const { bytes, mediaType } = await faxOf(scan, fax)
    const numbers = (await barcodes(bytes, mediaType)).map(readPostboxQrText)
    if (numbers.length === 0) continue
    t.same(numbers, [fax.number], JSON.stringify(fax))
    right++
  }
  t.ok(right >= LEAST_RIGHT, `${right} of ${CASES}`)
})

t.test('what has no pages, or none that can be read, has no codes', async (t) => {
  t.same(await barcodes(Buffer.from('Dear Pat'), 'text/plain'), [])
  t.same(await barcodes(Buffer.from('%PDF-1.4 no more'), 'application/pdf'), [])
  t.same(await barcodes(Buffer.from('49492a0008000000', 'hex'), 'image/tiff'), [])
  t.same(await barcodes(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image/svg+xml'), [])
})
