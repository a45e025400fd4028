// Whom the intake desk believes: forged senders and signatures that were made for another occasion. DNS is a zone written down.

import { generateKeyPairSync } from 'node:crypto'
import DKIM from 'nodemailer/lib/dkim'
import t from 'tap'
import { type Bench, makeBench, type Sending } from '../support/desk.js'
import { type RawMessage, rawMessage } from '../support/raw.js'
import { zoneResolver } from '../support/resolver.js'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const KEY = [[`v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`]]
const CLINIC_SERVER = '203.0.113.1'
const OTHER_SERVER = '203.0.113.66'
const ZONE = {
  'TXT clinic.example': [[`v=spf1 ip4:${CLINIC_SERVER} -all`]],
  'TXT _dmarc.clinic.example': [['v=DMARC1; p=none']],
  'TXT s1._domainkey.clinic.example': KEY,
  'TXT other.example': [[`v=spf1 ip4:${OTHER_SERVER} -all`]],
  'TXT s1._domainkey.other.example': KEY,
}
const FIELDS = 'from:to:cc:subject:date:message-id:content-type'

const bench = (t: Parameters<typeof makeBench>[0], change: Parameters<typeof makeBench>[1] = {}): Promise<Bench> =>
  makeBench(t, { resolver: zoneResolver(ZONE), ...change })

const from = (address: string, mailFrom = 'records@clinic.example', signedInAs: string | null = null): Partial<Sending> => ({
  peer: { address, signedInAs },
  mailFrom,
})

async function signed(message: RawMessage | Buffer, domain = 'clinic.example', fields = FIELDS): Promise<Buffer> {
  const raw = Buffer.isBuffer(message) ? message : rawMessage(message)
  const signer = new DKIM({ domainName: domain, keySelector: 's1', privateKey: PEM, headerFieldNames: fields })
  const chunks: Buffer[] = []
  for await (const chunk of signer.sign(raw)) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

t.test('the clinic is believed for its server, and for its signature from any server', async (t) => {
  const one = await bench(t)
  t.equal((await one.send(rawMessage(), from(CLINIC_SERVER))).replyCode, 250)
  t.equal((await one.send(await signed({ messageId: '<2@x>' }), from(OTHER_SERVER, 'list@other.example'))).replyCode, 250)
  t.equal((await one.send(rawMessage({ messageId: '<3@x>' }), from(OTHER_SERVER, 'x@other.example'))).replyCode, 550)
})

const LONG = 'a'.repeat(65)
const forged = [
  '"records@clinic.example" <x@other.example>',
  '<x@other.example> (records@clinic.example)',
  'records@clinic.example <x@other.example>',
  'x@other.example, records@clinic.example',
  'records@clinic.example, x@other.example',
  'Clinic: records@clinic.example;, x@other.example',
  `${LONG}@other.example, records@clinic.example`,
  `${LONG}@other.example, Clinic: records@clinic.example;`,
  `"a..b"@other.example, Clinic: records@clinic.example;`,
  `x@[192.0.2.1].other.example, Clinic: records@clinic.example;`,
  `x..y@other.example, Clinic: records@clinic.example;`,
  'Clinic: records@clinic.example;\r\n x..y@other.example',
  '=?utf-8?Q?records=40clinic.example?= <x@other.example>',
  '=?utf-8?Q?records=40clinic.example=2C?= x@other.example',
  'records@clinic.example\u0400 <x@other.example>',
  'records@clinіc.example',
  'records@sub.clinic.example',
  'records@clinic.example.other.example',
  '<records@clinic.example>, <>',
]

for (const header of forged) {
  t.test(`From ${header.replaceAll(LONG, 'a…a').replace('\r\n', '')} is not the clinic, wherever it passes SPF and DKIM`, async (t) => {
    const one = await bench(t)
    const how = from(OTHER_SERVER, 'x@other.example')
    for (const raw of [rawMessage({ from: header }), await signed({ from: header }, 'other.example')]) {
      const said = await one.send(raw, how)
      t.ok([550, 554].includes(said.replyCode), said.text)
    }
    t.equal(one.courier.handed.length, 0)
  })
}

t.test('a stranger cannot make us ask DNS, or digest the body, for hundreds of signatures', async (t) => {
  const resolver = zoneResolver(ZONE)
  const one = await bench(t, { resolver })
  const signature = 'DKIM-Signature: v=1; a=rsa-sha256; d=other.example; s=s1; h=from; bh=AAAA; b=AAAA'
  const headers = Array.from({ length: 21 }, () => signature)
  t.equal((await one.send(rawMessage({ headers }), from(CLINIC_SERVER))).replyCode, 550)
  t.equal(resolver.asked.length, 0)
  t.equal((await one.send(rawMessage({ headers: headers.slice(1) }), from(CLINIC_SERVER))).replyCode, 250)
})

const INTAKE = 'clinic@intake.localhost'
const signatures: Array<[string, number, RawMessage, string?]> = [
  ['a signature over a message to the intake address counts', 250, { to: `"Records, please" <${INTAKE}>` }],
  ['the intake address may be one of several, or in a group', 250, { to: `pat@home.example, Desk: ${INTAKE}, x@y.example;` }],
  ['the intake address may have a tag or other letters', 250, { to: 'Clinic+pat@Intake.Localhost' }],
  ['the intake address may stand in Cc', 250, { to: 'pat@home.example', headers: [`Cc: ${INTAKE}`] }],
  ['a letter to somebody who has the intake address for a name is not ours', 550, { to: `"${INTAKE}" <x@other.example>` }],
  ['a name without quotes is no better', 550, { to: `${INTAKE} <x@other.example>` }],
  ['nor is a comment', 550, { to: `x@other.example (${INTAKE})` }],
  ['nor is an encoded name', 550, { to: `=?utf-8?Q?${INTAKE.replace('@', '=40')}?= <x@other.example>` }],
  ['a second To is one too many', 550, { headers: ['To: x@other.example'] }],
  ['a To that was not signed counts for nothing', 550, {}, 'from:subject:date:content-type'],
  ['nor does a Subject', 550, {}, 'from:to:date:content-type'],
  ['nor a Content-Type', 550, {}, 'from:to:subject:date'],
]

for (const [what, replyCode, message, fields] of signatures) {
  t.test(`${what}: ${replyCode}`, async (t) => {
    const one = await bench(t)
    const said = await one.send(await signed(message, 'clinic.example', fields), from(OTHER_SERVER, 'x@other.example'))
    t.equal(said.replyCode, replyCode, said.text)
  })
}

t.test('a signed message is answered at its reverse-path if that is registered too, else at the address that signed', async (t) => {
  const one = await bench(t, { provider: { senders: ['records@clinic.example', 'desk@clinic.example'] } })
  const receiptTo = async (mailFrom: string) => {
    one.courier.handed.length = 0
    t.equal((await one.send(await signed({ messageId: `<${mailFrom}>` }), from(OTHER_SERVER, mailFrom))).replyCode, 250)
    await one.post.sendDue()
    return one.courier.handed.map(({ to }) => to).slice(1)
  }
  t.same(await receiptTo('desk@clinic.example'), ['desk@clinic.example'])
  t.same(await receiptTo('victim@other.example'), ['records@clinic.example'])
  t.same(await receiptTo('list-bounces@other.example'), [])
})
