import { generateKeyPairSync } from 'node:crypto'
import DKIM from 'nodemailer/lib/dkim'
import t from 'tap'
import { authenticate, type Resolver, systemResolver } from '../../src/mail/authenticate.js'
import { refusingResolver, zoneResolver } from '../support/resolver.js'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const KEY_RECORD = [[`v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`]]
const ZONE = {
  'TXT clinic.example': [['v=spf1 ip4:192.0.2.1 -all']],
  'TXT _dmarc.clinic.example': [['v=DMARC1; p=reject']],
  'TXT s1._domainkey.clinic.example': KEY_RECORD,
  'TXT s1._domainkey.mail.clinic.example': KEY_RECORD,
  'TXT mail.clinic.example': [['v=spf1 ip4:192.0.2.1 -all']],
  'TXT other.example': [['v=spf1 ip4:192.0.2.1 -all']],
}
const TEXT =
  'From: Clinic <records@clinic.example>\r\nTo: in@post.example\r\nSubject: pat@home.example\r\nDate: Mon, 5 Jan 2026 10:00:00 +0000\r\n\r\nhello\r\n'

async function signed(text = TEXT, domain = 'clinic.example', hashAlgo = 'sha256'): Promise<Buffer> {
  const chunks: Buffer[] = []
  const signer = new DKIM({ domainName: domain, keySelector: 's1', privateKey: PEM, hashAlgo })
  for await (const chunk of signer.sign(Buffer.from(text))) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function judge(
  raw: Buffer | string,
  change: { peerAddress?: string; mailFrom?: string; ehlo?: string; resolver?: Resolver; dnsMs?: number } = {},
) {
  const about = {
    peerAddress: '192.0.2.1',
    ehlo: 'mx.clinic.example',
    mailFrom: 'records@clinic.example',
    hostname: 'mx.post.example',
    resolver: zoneResolver(ZONE),
  }
  return authenticate([Buffer.from(raw)], { ...about, ...change })
}

t.test('a signed mail from its own server passes everything', async (t) => {
  const results = await judge(await signed())
  t.same(results.spf, { result: 'pass', domain: 'clinic.example' })
  t.match(results.dkim, [{ result: 'pass', domain: 'clinic.example', aligned: true, hasLengthLimit: false }])
  t.same([...(results.dkim[0]?.signedFields ?? [])].sort(), ['date', 'from', 'subject', 'to'])
  t.same(results.dmarc, { result: 'pass', domain: 'clinic.example', spfAligned: true })
})

t.test('forwarded from another server, the signature alone carries it', async (t) => {
  const results = await judge(await signed(), { peerAddress: '198.51.100.7' })
  t.match(results, { spf: { result: 'fail' }, dkim: [{ result: 'pass' }], dmarc: { result: 'pass', spfAligned: false } })
})

t.test('a changed body, or a changed subject, is not passed by its signature', async (t) => {
  const raw = (await signed()).toString()
  t.match(await judge(raw.replace('hello', 'hullo'), { peerAddress: '198.51.100.7' }), {
    dkim: [{ result: 'neutral' }],
    dmarc: { result: 'fail' },
  })
  t.match(await judge(raw.replace('pat@', 'mallory@'), { peerAddress: '198.51.100.7' }), {
    dkim: [{ result: 'fail' }],
    dmarc: { result: 'fail' },
  })
})

t.test('a stranger with his own good SPF is not aligned', async (t) => {
  const results = await judge(TEXT, { mailFrom: 'mallory@other.example' })
  t.match(results, { spf: { result: 'pass', domain: 'other.example' }, dkim: [], dmarc: { result: 'fail', spfAligned: false } })
})

t.test('two From fields, two addresses in one, or none at all are a permanent error, not a pass', async (t) => {
  const two = await signed(TEXT.replace('From:', 'From: mallory@other.example\r\nFrom:'))
  t.match(await judge(two), { dmarc: { result: 'permerror', domain: null, spfAligned: false } })
  t.notOk((await judge(two)).dkim.some(({ aligned }) => aligned))
  t.match(await judge(TEXT.replace('<records@', 'mallory@other.example, <records@')), { dmarc: { result: 'permerror', domain: null } })
  t.match(await judge(TEXT.replace(/^From.*\r\n/, '')), { dmarc: { result: 'permerror', domain: null } })
})

t.test('when DNS does not answer, the verdict is temporary', async (t) => {
  const raw = await signed()
  for (const code of ['ETIMEOUT', 'ESERVFAIL', 'ECONNREFUSED']) {
    const results = await judge(raw, { resolver: refusingResolver(code) })
    t.match(results, { dkim: [{ result: 'temperror' }], dmarc: { result: 'temperror' } }, code)
    t.equal(results.spf.result, 'temperror', code)
  }
})

t.test('DNS servers that take their time do not hold a message up, however many questions there are', async (t) => {
  let asked = 0
  const slow = () => {
    asked++
    return new Promise<never>(() => {})
  }
  const results = await judge(await signed(), { resolver: slow, dnsMs: 20 })
  t.match(results, { spf: { result: 'temperror' }, dkim: [{ result: 'temperror' }], dmarc: { result: 'temperror' } })
  // One, or none where the machine took the whole time to begin.
  t.ok(asked <= 1, 'once the time is up nothing more is asked')
})

t.test('an unanswered key question leaves the verdict open instead of failing it', async (t) => {
  const resolver = zoneResolver({ ...ZONE, 'TXT s1._domainkey.clinic.example': 'ETIMEOUT' })
  t.match(await judge(await signed(), { resolver, peerAddress: '198.51.100.7' }), {
    dkim: [{ result: 'temperror' }],
    dmarc: { result: 'temperror' },
  })
})

t.test('without a DMARC record the result is none, and alignment is still told', async (t) => {
  const { 'TXT _dmarc.clinic.example': _, ...zone } = ZONE
  const results = await judge(await signed(), { resolver: zoneResolver(zone) })
  t.match(results, { dmarc: { result: 'none', domain: 'clinic.example', spfAligned: true }, dkim: [{ aligned: true }] })
})

t.test('relaxed alignment takes a subdomain, strict does not', async (t) => {
  const raw = await signed(TEXT, 'mail.clinic.example')
  const subdomain = { mailFrom: 'records@mail.clinic.example' }
  t.match(await judge(raw, subdomain), { dkim: [{ result: 'pass', aligned: true }], dmarc: { result: 'pass', spfAligned: true } })
  const resolver = zoneResolver({ ...ZONE, 'TXT _dmarc.clinic.example': [['v=DMARC1; p=reject; adkim=s; aspf=s']] })
  t.match(await judge(raw, { ...subdomain, resolver }), {
    dkim: [{ result: 'pass', aligned: false }],
    dmarc: { result: 'fail', spfAligned: false },
  })
})

t.test('a signature with SHA-1 proves nothing any more', async (t) => {
  const raw = await signed(TEXT, 'clinic.example', 'sha1')
  t.match(raw.toString(), /a=rsa-sha1/)
  t.match(await judge(raw, { peerAddress: '198.51.100.7' }), { dkim: [{ result: 'policy' }], dmarc: { result: 'fail' } })
})

t.test('a signature over a part of the body says so', async (t) => {
  const raw = (await signed()).toString().replace('a=rsa-sha256;', 'a=rsa-sha256; l=3;')
  t.match((await judge(raw)).dkim, [{ hasLengthLimit: true }])
})

t.test('a signature that cannot be read counts as none, and SPF still counts', async (t) => {
  for (const canonicalization of ['/', '/relaxed', ' / simple']) {
    const broken = `DKIM-Signature: v=1; a=rsa-sha256; d=clinic.example; s=s1; c=${canonicalization}; h=from; bh=AAAA; b=AAAA\r\n`
    const results = await judge(broken + TEXT)
    t.match(results, { spf: { result: 'pass' }, dkim: [], dmarc: { result: 'pass', spfAligned: true } }, canonicalization)
    t.match(await judge(broken + TEXT, { peerAddress: '198.51.100.7' }), { dkim: [], dmarc: { result: 'fail' } })
    const two = broken + TEXT.replace('From:', 'From: mallory@other.example\r\nFrom:')
    t.match(await judge(two), { dmarc: { result: 'permerror', domain: null } }, 'and two From fields are still two')
  }
})

t.test('the null reverse-path is judged by the name the peer gave', async (t) => {
  const resolver = zoneResolver({ ...ZONE, 'TXT mx.clinic.example': [['v=spf1 ip4:192.0.2.1 -all']] })
  t.match(await judge(`Return-Path: <mallory@other.example>\r\n${TEXT}`, { mailFrom: '', resolver }), {
    spf: { result: 'pass', domain: 'mx.clinic.example' },
  })
})

t.test('an unsigned mail has no signatures, and an ARC seal is none', async (t) => {
  const arc = [
    'i=1; a=rsa-sha256; c=relaxed/relaxed; cv=none; d=clinic.example; s=s1; b=AAAA',
    'i=1; a=rsa-sha256; d=clinic.example; s=s1; h=from; bh=AAAA; b=AAAA',
    'i=1; mx; dmarc=pass',
  ]
  const [seal, signature, results] = arc
  const raw = `ARC-Seal: ${seal}\r\nARC-Message-Signature: ${signature}\r\nARC-Authentication-Results: ${results}\r\n${TEXT}`
  t.same((await judge(raw)).dkim, [])
})

t.test('every question goes through the resolver that was given', async (t) => {
  const resolver = zoneResolver(ZONE)
  await judge(await signed(), { resolver })
  t.same([...resolver.asked].sort(), ['TXT _dmarc.clinic.example', 'TXT clinic.example', 'TXT s1._domainkey.clinic.example'])
})

t.test('the system resolver asks the servers it was given', async (t) => {
  await t.rejects(systemResolver(['127.0.0.1:9'])('example.org', 'TXT'), { code: 'ECONNREFUSED' })
})
