import t from 'tap'
import { NotConvertibleError } from '../../../src/documents/copy.js'
import { csvCopy } from '../../../src/documents/office/csv.js'
import { mainOf, text } from './samples.js'

const table = (source: string | Buffer) => mainOf(csvCopy(Buffer.from(source), { title: 'values.csv' }, text)).replace(/^.*<tbody>/s, '')

t.test('text in columns is a table with its header', async (t) => {
  t.equal(
    table('Test,Value\r\nSodium,140\r\n'),
    '<tr><th scope="col">Test</th><th scope="col">Value</th></tr><tr><td>Sodium</td><td>140</td></tr></tbody></table></div>',
  )
  t.match(table('1,2\n3,4'), /^<tr><td>1<\/td>/, 'numbers are no header')
})

t.test('the separator is the one that all lines have', async (t) => {
  for (const separator of [',', ';', '\t', '|']) {
    t.match(
      table(`a${separator}b, c${separator}d\n1${separator}2${separator}3\n`),
      separator === ',' ? /^<tr>/ : /<td>1<\/td><td>2<\/td><td>3<\/td>/,
      separator,
    )
  }
  t.match(table('sep=;\na;"x,y,z"\n1;2\n'), /<td>1<\/td><td>2<\/td>/)
  t.match(table('\ufeff"a;1";b\n"c;2";d\n'), /<th scope="col">a;1<\/th>/)
})

t.test('quoted fields hold separators, line ends and quotes', async (t) => {
  t.match(table('a,b\n"one, two","say ""hi""\nthere"\n'), /<td>one, two<\/td><td>say &quot;hi&quot;\nthere<\/td>/)
  t.match(table('a,b\n"never closed'), /<td>never closed<\/td><td><\/td>/)
  t.match(table('a,b\n<script>,&'), /<td>&lt;script&gt;<\/td><td>&amp;<\/td>/)
})

t.test('past a number of rows the page says so; out of measure there is none', async (t) => {
  const page = mainOf(csvCopy(Buffer.from('a,b\n'.repeat(5001)), {}, text))
  t.match(page, /The first 5000 of 5001 rows are shown/)
  t.equal(page.match(/<tr>/g)?.length, 5000)
  t.throws(() => csvCopy(Buffer.from(','.repeat(300)), {}, text), new NotConvertibleError('damaged'))
  t.throws(() => csvCopy(Buffer.from('a,'.repeat(300)), {}, text), new NotConvertibleError('too-big'))
  t.throws(() => csvCopy(Buffer.alloc(21 * 1024 * 1024), {}, text), new NotConvertibleError('too-big'))
  t.throws(() => csvCopy(Buffer.from(' \n'), {}, text), new NotConvertibleError('damaged'))
})
