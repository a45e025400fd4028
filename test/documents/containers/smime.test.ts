import { deflateSync } from 'node:zlib'
import t from 'tap'
import { signerOf, unpackContainer } from '../../../src/documents/containers/unpack.js'
import { contentInfo, der, endless, identity, OID, octetString, oid, sequence, signedBy } from './cms-samples.js'

const P7M = 'application/pkcs7-mime'
const DAMAGED = { kind: 'as-sent', reason: 'damaged' }
const ENTITY = Buffer.from('Content-Type: text/plain; charset=utf-8\r\n\r\nYour results are attached.\r\n')
const ada = identity('Dr. Ada Example', 'ada@clinic.example')
const eve = identity('Eve', 'eve@elsewhere.example', 0x4712)
const SIGNER = { name: 'Dr. Ada Example', address: 'ada@clinic.example', isIntact: true }
const LIMITS = { maxFiles: 10, maxBytes: 1000 }

const unpacked = (bytes: Buffer, mediaType: string, signer: unknown) => ({
  kind: 'unpacked',
  signer,
  files: [{ name: null, mediaType, bytes, way: 'smime', role: 'attachment', title: null }],
})

t.test('what is signed comes out, and by whom', async (t) => {
  for (const options of [{}, { withAttributes: false }, { piece: 10 }]) {
    t.same(await unpackContainer(signedBy(ada, { content: ENTITY, ...options }), P7M), unpacked(ENTITY, 'message/rfc822', SIGNER))
  }
  const file = Buffer.from('%PDF-1.7 signed as it is')
  t.same(await unpackContainer(signedBy(ada, { content: file }), 'application/cms'), unpacked(file, 'application/octet-stream', SIGNER))
})

t.test('a changed content is told from an intact one, with and without attributes; it comes out all the same', async (t) => {
  for (const withAttributes of [true, false]) {
    const forged = signedBy(ada, { content: ENTITY, signedContent: Buffer.from('something else'), withAttributes })
    t.same(await unpackContainer(forged, P7M), unpacked(ENTITY, 'message/rfc822', { ...SIGNER, isIntact: false }))
  }
})

t.test('a certificate that does not fit the key signs nothing; without any nobody is named', async (t) => {
  const signer = async (...certificates: Buffer[]) => {
    const opened = await unpackContainer(signedBy(ada, { content: ENTITY, certificates }), P7M)
    return opened.kind === 'unpacked' ? opened.signer : opened
  }
  const twin = identity('Twin', 'twin@elsewhere.example')
  t.same(await signer(eve.certificate, ada.certificate), SIGNER)
  t.same(await signer(twin.certificate, ada.certificate), SIGNER, 'the key decides where the number is the same')
  t.same(await signer(twin.certificate), { name: 'Twin', address: 'twin@elsewhere.example', isIntact: false })
  t.equal(await signer(eve.certificate), null)
  t.equal(await signer(), null)
  t.equal(await signer(octetString('no certificate')), null)
})

t.test('a signature beside its content', async (t) => {
  const signature = signedBy(ada, { content: ENTITY, isDetached: true })
  t.same(await signerOf(signature, ENTITY), SIGNER)
  t.same(await signerOf(signature, Buffer.from(ENTITY.toString().replaceAll('\r\n', '\n'))), SIGNER, 'with other line ends')
  t.same(await signerOf(signature, Buffer.from('other')), { ...SIGNER, isIntact: false })
  t.equal(await signerOf(Buffer.from('no signature'), ENTITY), null)
  t.equal(await signerOf(contentInfo(OID.data, octetString('x')), ENTITY), null)
  t.same(await unpackContainer(signature, P7M), DAMAGED, 'by itself it holds nothing')
})

t.test('a name from a certificate is one line of text, in any script', async (t) => {
  const names = [
    ['A\u202eda\u0007', 'Ada'],
    ['Example, Łukasz "王"', 'Example, Łukasz "王"'],
    ['A\nB=C', 'AB=C'],
  ]
  for (const [sent, name] of names) {
    const signature = signedBy(identity(sent ?? '', 'x@y.example'), { content: ENTITY, isDetached: true })
    t.same(await signerOf(signature, ENTITY), { name, address: 'x@y.example', isIntact: true })
  }
})

t.test('encrypted is protected, whatever stands behind', async (t) => {
  const types = [OID.enveloped, '1.2.840.113549.1.7.4', '1.2.840.113549.1.7.6', '1.2.840.113549.1.9.16.1.23']
  for (const type of types) {
    t.same(await unpackContainer(contentInfo(type, sequence(Buffer.alloc(500))), P7M), { kind: 'protected' }, type)
    t.same(await unpackContainer(endless(0x30, oid(type), Buffer.from('anything')), P7M), { kind: 'protected' }, type)
  }
})

t.test('compressed content is inflated, as far as it may', async (t) => {
  const compressed = (content: Buffer) =>
    contentInfo(
      OID.compressed,
      sequence(
        der(2, Buffer.from([0])),
        sequence(oid('1.2.840.113549.1.9.16.3.8')),
        sequence(oid(OID.data), der(0xa0, octetString(content))),
      ),
    )
  t.same(await unpackContainer(compressed(deflateSync(ENTITY)), P7M), unpacked(ENTITY, 'message/rfc822', null))
  t.same(await unpackContainer(compressed(deflateSync(Buffer.alloc(1001))), P7M, LIMITS), { kind: 'as-sent', reason: 'too-big' })
  t.same(await unpackContainer(compressed(deflateSync(ENTITY).subarray(0, 20)), P7M, LIMITS), DAMAGED)
})

t.test('limits', async (t) => {
  const signed = signedBy(ada, { content: Buffer.alloc(1000) })
  t.match(await unpackContainer(signed, P7M, LIMITS), { kind: 'unpacked' })
  t.same(await unpackContainer(signed, P7M, { maxFiles: 10, maxBytes: 999 }), { kind: 'as-sent', reason: 'too-big' })
  t.same(await unpackContainer(signed, P7M, { maxFiles: 0, maxBytes: 999 }), { kind: 'as-sent', reason: 'too-many' })
})

t.test('levels, pieces and lengths without an end are damage, soon', async (t) => {
  const head = Buffer.concat([Buffer.from([0x30, 0x80]), oid(OID.signed)])
  const cases: Readonly<Record<string, Buffer>> = {
    'levels without lengths': Buffer.concat([head, Buffer.alloc(200_000, Buffer.from([0xa0, 0x80]))]),
    'levels inside the content': signedBy(ada, {
      content: ENTITY,
      certificates: [Array.from({ length: 200 }).reduce<Buffer>((inner) => der(0x30, inner), Buffer.alloc(0))],
    }),
    'pieces of one byte': signedBy(ada, { content: Buffer.alloc(200_000), piece: 1 }),
    'a length of four gigabytes': Buffer.concat([head, Buffer.from('a084ffffffff3082ffff', 'hex')]),
    'no end': signedBy(ada, { content: ENTITY, piece: 10 }).subarray(0, -8),
    'only a head': head,
    'no CMS': Buffer.from('0203040506', 'hex'),
    nothing: Buffer.alloc(0),
  }
  for (const [name, bytes] of Object.entries(cases)) {
    const start = process.cpuUsage()
    t.same(await unpackContainer(bytes, P7M), DAMAGED, name)
    t.ok(process.cpuUsage(start).user < 5_000_000, `${name}: soon`)
  }
})
