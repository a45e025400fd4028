import t, { type Test } from 'tap'
import { NotConvertibleError } from '../../src/documents/copy.js'
import { elements, find, parseXml, parseXmlText, textOf, walk } from '../../src/documents/xml.js'

const limits = { maxBytes: 10_000_000, maxDepth: 50, maxNodes: 1000 }

function refused(t: Test, reason: string, parse: () => unknown, name: string): void {
  t.throws(parse, new NotConvertibleError(reason as 'damaged'), name)
}

t.test('elements, text and attributes, with namespaces where there are any', async (t) => {
  const root = parseXml(
    Buffer.from('<a xmlns="urn:x" xmlns:p="urn:p"><p:b p:c="1" d="2">one<![CDATA[ <two> ]]>&amp;&#x41;</p:b><e xmlns=""/></a>'),
  )
  t.equal(root.namespace, 'urn:x')
  const inner = find(root, 'b')
  t.equal(inner?.namespace, 'urn:p')
  t.strictSame(
    [...(inner?.attributes ?? [])],
    [
      ['c', '1'],
      ['d', '2'],
    ],
  )
  t.strictSame(inner?.children, ['one <two> &A'])
  t.equal(find(root, 'e')?.namespace, null)
  t.equal(textOf(root), 'one <two> &A')
  t.strictSame(
    [...walk(root)].map(({ name }) => name),
    ['a', 'b', 'e'],
  )
  t.equal(elements(root).length, 2)
})

t.test('an attribute without prefix goes before one with the same name', async (t) => {
  t.equal(parseXml(Buffer.from('<a xsi:type="ED" type="ours"/>')).attributes.get('type'), 'ours')
  t.equal(parseXml(Buffer.from('<a type="ours" xsi:type="ED"/>')).attributes.get('type'), 'ours')
})

t.test('fragments with prefixes that nobody declared are read', async (t) => {
  const root = parseXml(Buffer.from('<section><value xsi:type="PQ" sdtc:valueSet="1"/><sdtc:raceCode code="x"/></section>'))
  t.equal(find(root, 'value')?.attributes.get('type'), 'PQ')
  t.equal(find(root, 'raceCode')?.attributes.get('code'), 'x')
})

t.test('encodings by mark, by zeros and by declaration', async (t) => {
  const xml = '<?xml version="1.0" encoding="UTF-16"?><a>Zoë</a>'
  const little = Buffer.from(xml, 'utf16le')
  for (const [name, bytes] of [
    ['UTF-8 with a mark', Buffer.from('\ufeff<a>Zoë</a>')],
    ['UTF-8 said to be UTF-16', Buffer.from(xml)],
    ['UTF-16 little', Buffer.concat([Buffer.from([0xff, 0xfe]), little])],
    ['UTF-16 big', Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(little).swap16()])],
    ['UTF-16 without a mark', little],
    ['UTF-16 big without a mark', Buffer.from(little).swap16()],
    ['Latin-1', Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>Zo\xeb</a>', 'latin1')],
    ['space before the declaration', Buffer.from('\n <?xml version="1.0"?><a>Zoë</a>')],
  ] as const) {
    t.equal(textOf(parseXml(bytes)), 'Zoë', name)
  }
  refused(t, 'damaged', () => parseXml(Buffer.from('<?xml version="1.0" encoding="EBCDIC"?><a/>')), 'an encoding not known')
})

t.test('control characters that slipped in do not cost the whole file', async (t) => {
  t.equal(textOf(parseXml(Buffer.from('<a>x\x0by</a>'))), 'x\ufffdy')
})

t.test('document types, entities and what is not well-formed are refused', async (t) => {
  for (const xml of [
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
    '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><a>&b;</a>',
    '<!DOCTYPE a><a/>',
    '<a>&nbsp;</a>',
    '<a>&constructor;</a>',
    '<a>',
    '<a></b>',
    '<a x="1" x="2"/>',
    '<a/><b/>',
    '',
    'no XML',
    '<a>&#xD800;</a>',
  ]) {
    refused(t, 'damaged', () => parseXml(Buffer.from(xml)), xml.slice(0, 40))
  }
})

t.test('depth, nodes and bytes have limits, and going past them is quick', async (t) => {
  refused(t, 'too-big', () => parseXml(Buffer.from('<a>'.repeat(100_000)), limits), 'depth')
  refused(t, 'too-big', () => parseXml(Buffer.from(`<a>${'<b/>'.repeat(1001)}</a>`), limits), 'elements')
  refused(
    t,
    'too-big',
    () => parseXml(Buffer.from(`<a ${Array.from({ length: 1001 }, (_one, at) => `x${at}=""`).join(' ')}/>`), limits),
    'attributes',
  )
  refused(t, 'too-big', () => parseXml(Buffer.alloc(11), { ...limits, maxBytes: 10 }), 'bytes')
  t.equal(parseXmlText(`${'<a>'.repeat(50)}${'</a>'.repeat(50)}`, limits).name, 'a', 'at the limit it is read')
  t.equal(parseXml(Buffer.from(`<a x="${'y'.repeat(1_000_000)}"/>`), limits).attributes.get('x')?.length, 1_000_000)
})

t.test('names of objects are names like any other', async (t) => {
  const root = parseXml(Buffer.from('<__proto__ constructor="1" __proto__="2" toString="3"/>'))
  t.strictSame(
    [...root.attributes],
    [
      ['constructor', '1'],
      ['__proto__', '2'],
      ['toString', '3'],
    ],
  )
})

t.test('a beginning of text can be had without all of it', async (t) => {
  const root = parseXml(Buffer.from(`<a>${'<b>12345</b>'.repeat(100)}</a>`))
  t.equal(textOf(root, 12), '123451234512345')
  t.equal(textOf(undefined), '')
})
