import t from 'tap'
import { csvLine } from '../../src/web/csv.js'

t.test('what would be a formula is text', async (t) => {
  for (const cell of ['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '\nx', '＝1', '＋1', '－1', '＠x'])
    t.match(csvLine([cell]), /^"?'/, JSON.stringify(cell))
  t.equal(csvLine(['=HYPERLINK("http://evil.example","x")']), '"\'=HYPERLINK(""http://evil.example"",""x"")"\r\n')
  t.equal(csvLine([' =1', 'a=b', 5, -5]), ' =1,a=b,5,-5\r\n', 'what is none stays, and so do our own numbers')
})

t.test('quotes, commas and line ends stay within their cell (RFC 4180)', async (t) => {
  t.equal(csvLine(['a"b', 'c,d', 'e\r\nf', '', 'ñ']), '"a""b","c,d","e\r\nf",,ñ\r\n')
})
