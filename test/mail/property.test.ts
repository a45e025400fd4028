// Any message built by the rules comes back byte for byte, and reading one never holds up everybody else.

import fc from 'fast-check'
import t from 'tap'
import { parseMessage } from '../../src/mail/message.js'

interface Leaf {
  readonly bytes: Buffer
  readonly encoding: 'base64' | 'quoted-printable' | '8bit'
  readonly mediaType: string
  readonly name: string | null
}

type Node = Leaf | { readonly children: readonly Node[]; readonly padding: string }

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
  fc.constantFrom('', '\r\n', 'text\r\n', '--\r\n--x\r\n', '.\r\n', '\n\n--', 'begin 644 x\r\n').map((string) => Buffer.from(string)),
)

const leaf: fc.Arbitrary<Leaf> = fc.record({
  bytes,
  encoding: fc.constantFrom('base64', 'quoted-printable', '8bit'),
  mediaType: fc.constantFrom('text/plain', 'text/html', 'application/pdf', 'image/tiff', 'text/csv', 'message/rfc822', 'application/dicom'),
  name: fc.option(fc.stringMatching(/^[a-z]{1,8}\.[a-z]{3}$/)),
})

const { tree } = fc.letrec<{ tree: Node; multipart: Node }>((tie) => ({
  tree: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, tie('multipart')),
  multipart: fc.record({ children: fc.array(tie('tree'), { minLength: 1, maxLength: 4 }), padding: fc.constantFrom('', '', ' ', '\t ') }),
}))

function encode({ bytes, encoding }: Leaf): string {
  if (encoding === 'base64') return bytes.toString('base64').replace(/.{76}(?=.)/g, '$&\r\n')
  if (encoding === '8bit') return bytes.toString('latin1')
  return [...bytes].map((byte, at) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}${at % 20 === 19 ? '=\r\n' : ''}`).join('')
}

function write(node: Node, depth: number): string {
  if ('bytes' in node) {
    const disposition = node.name ? `Content-Disposition: attachment; filename="${node.name}"\r\n` : ''
    return `Content-Type: ${node.mediaType}\r\nContent-Transfer-Encoding: ${node.encoding}\r\n${disposition}\r\n${encode(node)}`
  }
  const boundary = `=_level-${depth}`
  const parts = node.children.map((child) => `--${boundary}${node.padding}\r\n${write(child, depth + 1)}\r\n`)
  return `Content-Type: multipart/mixed;\r\n boundary="${boundary}"\r\n\r\npreamble\r\n${parts.join('')}--${boundary}--${node.padding}\r\nepilogue`
}

function leavesOf(node: Node): Leaf[] {
  return 'bytes' in node ? [node] : node.children.flatMap(leavesOf)
}

t.test('any tree of parts comes back byte for byte, in order, with its names', async (t) => {
  await fc.assert(
    fc.asyncProperty(tree, async (node) => {
      const raw = Buffer.from(`From: a@example.org\r\nSubject: x\r\n${write(node, 0)}`, 'latin1')
      const message = await parseMessage([raw])
      const leaves = leavesOf(node)
      t.same(message.defects, [])
      t.equal(message.parts.length, leaves.length)
      for (const [index, leaf] of leaves.entries()) {
        const part = message.parts[index]
        if (!part?.bytes.equals(leaf.bytes)) throw new Error(`part ${index} differs`)
        if (part.sentName !== leaf.name || part.mediaType !== leaf.mediaType) throw new Error(`part ${index} is described differently`)
      }
    }),
    { numRuns: process.env.SLOW ? 1000 : 60 },
  )
})

t.test('no input, however broken, makes it throw anything but UnparsableError', async (t) => {
  const pieces = fc.constantFrom(
    '\r\n',
    '\n',
    '--b',
    '--b--',
    'Content-Type: multipart/mixed; boundary=b',
    'Content-Type: text/plain',
    ' ',
    ':',
    'x',
    '\r',
    '"',
    '=',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(pieces, pieces, fc.string()), { maxLength: 40 }), async (parts) => {
      try {
        const message = await parseMessage([Buffer.from(parts.join(''))])
        return Array.isArray(message.parts)
      } catch (error) {
        return error instanceof Error && error.name === 'UnparsableError'
      }
    }),
    { numRuns: process.env.SLOW ? 5000 : 300 },
  )
  t.pass()
})

/** How often the event loop got round while the work was going on. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0
  let isDone = false
  const count = () => {
    turns++
    if (!isDone) setImmediate(count)
  }
  setImmediate(count)
  await work.finally(() => {
    isDone = true
  })
  return turns
}

t.test('a large message lets everybody else have their turn', async (t) => {
  const head = 'From: a@example.org\r\nSubject: x\r\n'
  const line = `${'QUJD'.repeat(19)}\r\n`
  const large: Array<[string, string]> = [
    ['base64 in lines', `${head}Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n${line.repeat(130_000)}`],
    ['base64 in one line', `${head}Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n${'QUJD'.repeat(2_500_000)}`],
    ['base64 with junk', `${head}Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n${'QUJ!D'.repeat(2_000_000)}`],
    [
      'quoted-printable',
      `${head}Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${'=C3=A4 =\r\n'.repeat(1_000_000)}`,
    ],
    ['html', `${head}Content-Type: text/html\r\n\r\n${'<div>'.repeat(2_000_000)}`],
  ]
  for (const [name, raw] of large) {
    const bytes = Buffer.from(raw, 'latin1')
    const turns = await turnsDuring(parseMessage([bytes]))
    t.ok(turns > bytes.length / 1_000_000, `${name}: ${turns} turns`)
  }
})

t.test('fifty megabytes of HTML cost memory for themselves, not for what they would render to', async (t) => {
  const raw = Buffer.from(`Subject: x\r\nContent-Type: text/html\r\n\r\n${'<div><p>hello</p></div>\r\n'.repeat(2_000_000)}`)
  const before = process.memoryUsage().rss
  const message = await parseMessage([raw])
  t.equal(message.parts[0]?.bytes.length, raw.length - raw.indexOf('<'))
  t.ok(process.memoryUsage().rss - before < 4 * raw.length)
})
