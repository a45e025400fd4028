// Trust by fabricated results of SPF, DKIM and DMARC: each condition by itself.

import t from 'tap'
import { isRegistered, type Verified, verify } from '../../src/intake/trust.js'
import type { AuthenticationResults, Peer } from '../../src/mail/envelope.js'
import type { Provider } from '../../src/store/providers.js'
import { PROVIDER } from '../support/desk.js'
import { type Fields, messageOf } from './message.js'

type Signature = AuthenticationResults['dkim'][number]

const SIGNATURE: Signature = {
  ...{ result: 'pass', domain: 'clinic.example', aligned: true, hasLengthLimit: false },
  signedFields: ['from', 'to', 'cc', 'subject', 'date', 'content-type'],
}

const NOTHING: AuthenticationResults = {
  spf: { result: 'none', domain: null },
  dkim: [],
  dmarc: { result: 'fail', domain: 'clinic.example', spfAligned: false },
}

interface Given {
  readonly provider?: Partial<Provider>
  readonly peer?: Partial<Peer>
  readonly from?: string
  readonly fields?: Fields
  readonly intakeAddress?: string
  readonly tag?: string
  readonly results?: Partial<AuthenticationResults>
}

async function judge({ provider, peer, from = 'records@clinic.example', fields, intakeAddress, tag, results }: Given) {
  let asked = 0
  const outcome = await verify({
    provider: { ...PROVIDER, auth: ['dmarc'], ...provider },
    peer: { address: '198.51.100.7', ehlo: '', tls: null, signedInAs: null, ...peer },
    message: messageOf({ from: [{ address: from, name: '' }], fields: { to: 'clinic@in.example', ...fields } }),
    intakeAddress: intakeAddress ?? 'clinic@in.example',
    tag: tag ?? null,
    authenticate: async () => {
      asked++
      return { ...NOTHING, ...results }
    },
  })
  return { outcome, asked }
}

const signed = (change: Partial<Signature> = {}, more: Given = {}) => judge({ ...more, results: { dkim: [{ ...SIGNATURE, ...change }] } })
const without = (...names: string[]) => ({ signedFields: SIGNATURE.signedFields.filter((name) => !names.includes(name)) })

t.test('single senders are registered by address, domains by name; a subdomain is not its parent', (t) => {
  const provider = { ...PROVIDER, senders: ['records@clinic.example', 'lab.example'] }
  for (const from of ['records@clinic.example', 'anybody@lab.example']) t.ok(isRegistered(provider, from), from)
  for (const from of ['other@clinic.example', 'x@sub.lab.example', 'x@notlab.example', 'lab.example@x.example', 'x@clinic.example'])
    t.notOk(isRegistered(provider, from), from)
  t.end()
})

t.test('who is not registered is refused before DNS is asked', async (t) => {
  t.same(await judge({ from: 'x@else.example', results: { dkim: [SIGNATURE] } }), {
    outcome: { reason: 'sender-not-registered' },
    asked: 0,
  })
  t.match(await judge({ from: 'no address' }), { outcome: { reason: 'two-from', detail: 'not-an-address' }, asked: 0 })
})

t.test('a password counts only for its own provider, and only if it is one of its ways', async (t) => {
  const auth = { auth: ['password' as const] }
  const verified: Verified = { method: 'password', domain: null, from: 'records@clinic.example', isFax: false, results: null }
  t.same(await judge({ provider: auth, peer: { signedInAs: 'provider-1' } }), { outcome: verified, asked: 0 })
  const refused = { outcome: { reason: 'sender-not-authenticated', detail: 'no-password-or-network' }, asked: 0 }
  t.same(await judge({ provider: auth, peer: { signedInAs: 'provider-2' } }), refused)
  t.same(await judge({ provider: auth }), refused)
  t.same(await judge({ provider: { auth: ['network'], networks: [] }, peer: { signedInAs: 'provider-1' } }), refused)
})

t.test('a network counts only if the peer is in it, and only if it is one of its ways', async (t) => {
  const network = { auth: ['network' as const], networks: ['192.0.2.0/24'] }
  t.match(await judge({ provider: network, peer: { address: '192.0.2.255' } }), { outcome: { method: 'network', domain: null }, asked: 0 })
  t.match(await judge({ provider: network, peer: { address: '192.0.3.0' } }), { outcome: { reason: 'sender-not-authenticated' } })
  t.match(await judge({ provider: { ...network, auth: ['password'] }, peer: { address: '192.0.2.1' } }), {
    outcome: { reason: 'sender-not-authenticated' },
  })
})

t.test('SPF counts when it passes and is aligned', async (t) => {
  const spf = { result: 'pass' as const, domain: 'mail.clinic.example' }
  const dmarc = { ...NOTHING.dmarc, result: 'pass' as const, spfAligned: true }
  t.match(await judge({ results: { spf, dmarc } }), { outcome: { method: 'spf', domain: 'mail.clinic.example' }, asked: 1 })
  const refused = { outcome: { reason: 'sender-not-authenticated', detail: 'not-aligned' } }
  t.match(await judge({ results: { spf, dmarc: { ...dmarc, spfAligned: false } } }), refused)
  for (const result of ['fail', 'softfail', 'neutral', 'none', 'permerror', 'policy'] as const)
    t.match(await judge({ results: { spf: { ...spf, result }, dmarc } }), refused, result)
})

t.test('a whole signature counts, to the intake address in To or in Cc, with a tag or without', async (t) => {
  const good = { outcome: { method: 'dkim', domain: 'clinic.example' } }
  t.match(await signed(), good)
  t.match(await signed({}, { fields: { to: 'Records <CLINIC@in.example>, other@else.example' } }), good)
  t.match(await signed({}, { fields: { to: 'x@else.example', cc: 'clinic@in.example' } }), good)
  t.match(await signed({}, { fields: { to: 'clinic+7@in.example' } }), good)
  t.match(await signed({}, { tag: '7', fields: { to: 'x@else.example, clinic+7@in.example' } }), good)
  t.match(await signed(without('cc')), good)
})

const NOT_WHOLE: Array<[string, Partial<Signature>, Given?]> = [
  ...['from', 'subject', 'date', 'content-type'].map((name): [string, Partial<Signature>] => [`${name} is not signed`, without(name)]),
  ['neither To nor Cc is signed', without('to', 'cc')],
  ['the To that names us is not signed', without('to')],
  ['the Cc that names us is not signed', without('cc'), { fields: { to: 'x@else.example', cc: 'clinic@in.example' } }],
  ['the tag, which names a person, is not the one that was signed', {}, { tag: 'k7m2qx9dp', fields: { to: 'clinic+7@in.example' } }],
  ['there is a tag, and none was signed', {}, { tag: 'k7m2qx9dp' }],
  ['it has a length limit', { hasLengthLimit: true }],
  ['it was written to somebody else', {}, { fields: { to: 'other@in.example' } }],
  ['it was written to another domain', {}, { fields: { to: 'clinic@else.example' } }],
  ['our address is only a name in To', {}, { fields: { to: 'clinic@in.example.else.example' } }],
  ['there is a second To', {}, { fields: { to: ['x@else.example', 'clinic@in.example'] } }],
  ['there is no To at all', {}, { fields: { to: [] } }],
]

for (const [what, change, more] of NOT_WHOLE) {
  t.test(`a signature does not count by itself when ${what}`, async (t) => {
    t.match((await signed(change, more)).outcome, { reason: 'sender-not-authenticated', detail: 'dkim-not-whole' })
  })
}

t.test('a signature that fails, or is another’s, counts nothing', async (t) => {
  const refused = { outcome: { reason: 'sender-not-authenticated', detail: 'not-aligned' } }
  for (const result of ['fail', 'none', 'neutral', 'permerror', 'policy'] as const) t.match(await signed({ result }), refused, result)
  t.match(await signed({ aligned: false, domain: 'else.example' }), refused)
})

t.test('of several signatures one that is whole is enough', async (t) => {
  const dkim = [
    { ...SIGNATURE, aligned: false },
    { ...SIGNATURE, hasLengthLimit: true },
    { ...SIGNATURE, result: 'fail' as const },
    SIGNATURE,
  ]
  t.match(await judge({ results: { dkim } }), { outcome: { method: 'dkim' } })
  t.match(await judge({ results: { dkim: dkim.slice(0, 3) } }), { outcome: { reason: 'sender-not-authenticated' } })
})

t.test('trouble with DNS is temporary, unless something passed without it', async (t) => {
  const unavailable = { outcome: { reason: 'authentication-unavailable' } }
  t.match(await judge({ results: { spf: { result: 'temperror', domain: null } } }), unavailable)
  t.match(await signed({ result: 'temperror' }), unavailable)
  t.match(await judge({ results: { dmarc: { ...NOTHING.dmarc, result: 'temperror' } } }), unavailable)
  t.match(await judge({ results: { spf: { result: 'temperror', domain: null }, dkim: [SIGNATURE] } }), { outcome: { method: 'dkim' } })
})

t.test('a DMARC record that cannot be read, or was asked for another domain, proves nothing', async (t) => {
  const dkim = [SIGNATURE]
  t.match(await judge({ results: { dkim, dmarc: { ...NOTHING.dmarc, result: 'permerror' } } }), {
    outcome: { reason: 'sender-not-authenticated', detail: 'dmarc-permerror' },
  })
  for (const domain of [null, 'else.example', 'sub.clinic.example'])
    t.match(await judge({ results: { dkim, dmarc: { ...NOTHING.dmarc, domain } } }), {
      outcome: { reason: 'sender-not-authenticated', detail: 'from-differs' },
    })
})

t.test('too many signatures are not looked at', async (t) => {
  const fields = (count: number) => ({ 'dkim-signature': Array(count).fill('x') })
  t.match(await signed({}, { fields: fields(20) }), { outcome: { method: 'dkim' }, asked: 1 })
  t.match(await signed({}, { fields: fields(21) }), {
    ...{ outcome: { reason: 'sender-not-authenticated', detail: 'too-many-signatures' }, asked: 0 },
  })
})
