// A message that is signed beside its content (RFC 1847): the way most programs sign. The documents are those of the message, and the
// signature, which is kept as it was sent, says who signed them and whether they are still what was signed.

import t from 'tap'
import { collect } from '../../src/intake/collect.js'
import { parseMessage } from '../../src/mail/message.js'
import { makeWorkshop } from '../../src/service/parts.js'
import { ENTITY, PDF, SIGNER, signed } from './signed-mail.js'

async function collected(message: string) {
  const workshop = makeWorkshop()
  try {
    const documents = await collect(await parseMessage([Buffer.from(message)]), workshop)
    if ('reason' in documents) throw new Error(documents.reason)
    return documents
  } finally {
    workshop.close()
  }
}

t.test('what a signature signs is found in the message to the byte', async (t) => {
  const { parts, defects } = await parseMessage([Buffer.from(signed(ENTITY))])
  t.same(defects, [])
  t.same(
    parts.map(({ part, signs }) => [part, signs?.toString()]),
    [
      ['1.1', undefined],
      ['1.2', undefined],
      ['2', ENTITY],
    ],
  )
})

t.test('of signatures within what is signed only the outermost is looked at', async (t) => {
  const inside = signed(ENTITY)
    .replace(/^[\s\S]*?(?=Content-Type: multipart)/, '')
    .replaceAll('outer', 'other')
  const { parts, defects } = await parseMessage([Buffer.from(signed(inside))])
  t.same(defects, [])
  t.same(
    parts.map(({ part, signs }) => [part, signs?.toString()]),
    [
      ['1.1.1', undefined],
      ['1.1.2', undefined],
      ['1.2', undefined],
      ['2', inside],
    ],
  )
})

t.test('the signer is noted, with both names of the type', async (t) => {
  for (const type of ['application/pkcs7-signature', 'application/x-pkcs7-signature']) {
    const documents = await collected(signed(ENTITY, { type }))
    t.same(
      documents.map(({ name, signer }) => [name, signer]),
      [
        ['message.txt', null],
        ['result.pdf', null],
        ['smime.p7s', { ...SIGNER, isIntact: true }],
      ],
    )
    t.same(documents[1]?.bytes, PDF)
    t.notOk(
      documents.some((document) => 'signs' in document),
      'the copy of the message is not kept',
    )
  }
})

t.test('a message that was changed on the way is told from one that was not, and arrives all the same', async (t) => {
  const [, document, signature] = await collected(signed(ENTITY, { sentEntity: ENTITY.replace('See the file.', 'See the pills.') }))
  t.same(document?.bytes, PDF)
  t.same(signature?.signer, { ...SIGNER, isIntact: false })
})

t.test('inside an attached mail, too', async (t) => {
  const outer = [
    ...['From: clinic@clinic.example', 'Subject: pat@home.example', 'MIME-Version: 1.0', 'Content-Type: message/rfc822', ''],
    signed(ENTITY),
  ].join('\r\n')
  const documents = await collected(outer)
  t.match(documents.find(({ name }) => name === 'smime.p7s')?.signer, { ...SIGNER, isIntact: true })
})

t.test('a signature that cannot be read names nobody; a file of that type elsewhere signs nothing', async (t) => {
  const broken = signed(ENTITY).replace(/(name="smime\.p7s"\r\nContent-Transfer-Encoding: base64\r\n\r\n)[^-]+/, '$1AAAA\r\n')
  t.equal((await collected(broken)).at(-1)?.signer, null)
  const { parts } = await parseMessage([Buffer.from(signed(ENTITY).replace('multipart/signed', 'multipart/mixed'))])
  t.ok(parts.length === 3 && parts.every(({ signs }) => signs === undefined))
})
