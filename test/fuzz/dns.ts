// A DNS server that a stranger chose: records that loop, swell, lie about their type or are none.

import type { Resolver } from '../../src/mail/authenticate.js'
import type { Random } from './random.js'

const NAMES = [
  'clinic.example',
  'a.example',
  'b.example',
  '_spf.clinic.example',
  '%{s}.%{d}.x.example',
  '%{ir}.%{v}._spf.%{d2}',
  '..',
  '',
  'x'.repeat(300),
]

/** Answers that are made up on the spot; the same question may be answered differently. Nothing goes to the network. */
export function hostileResolver(random: Random): Resolver {
  return async (_name, type) => {
    if (random.chance(0.2))
      throw Object.assign(new Error('dns'), { code: random.pick(['ENOTFOUND', 'ENODATA', 'ESERVFAIL', 'ETIMEOUT', 'EFORMERR', 'x', 7]) })
    if (random.chance(0.08)) return odd(random)
    if (type === 'TXT') return Array.from({ length: random.pick([0, 1, 1, 1, 1, 2, 40]) }, () => txt(random))
    if (type === 'MX') return random.several(15, () => ({ exchange: random.pick(NAMES), priority: random.pick([0, 10, -1, Number.NaN]) }))
    if (type === 'A' || type === 'AAAA')
      return random.several(15, () => random.pick(['127.0.0.1', '192.0.2.7', '::1', '2001:db8::1', '999.1.1.1', '', 'x']))
    return random.several(15, () => random.pick(NAMES))
  }
}

/** What no honest resolver gives. */
function odd(random: Random): unknown[] {
  return random.pick<unknown[]>([
    [null],
    [undefined],
    [[]],
    [[null]],
    [42],
    [{}],
    [{ exchange: null }],
    [{ exchange: 7, priority: 'x' }],
    [''],
    [[['a']]],
    [Buffer.from('x')],
    ['v=spf1 -all'],
  ])
}

/** One TXT record in its strings of up to 255 bytes, or more. */
function txt(random: Random): string[] {
  const text = random.pick([spf, spf, dkimKey, dmarc, () => random.text(400), () => 'v=spf1 '.repeat(9000)])(random)
  const length = random.pick([255, 255, 10, 1, 100_000])
  return text.match(new RegExp(`[\\s\\S]{1,${length}}`, 'g')) ?? ['']
}

function spf(random: Random): string {
  const term = () => {
    const name = random.pick(NAMES)
    const word = random.pick([
      'include:',
      'a:',
      'mx:',
      'ptr:',
      'exists:',
      'redirect=',
      'exp=',
      'ip4:',
      'ip6:',
      'a',
      'mx',
      'ptr',
      'all',
      'x',
      'x=',
    ])
    const value = word.startsWith('ip')
      ? random.pick(['192.0.2.0/24', '::/0', '1.2.3.4/33', '/', '0/0', '1.2.3.4/-1', 'x'])
      : word.endsWith(':') || word.endsWith('=')
        ? name
        : ''
    return `${random.pick(['', '+', '-', '~', '?', '!'])}${word}${value}${random.pick(['', '', '', '/24', '//64', '/x', '/999'])}`
  }
  const macro = () =>
    `exists:${random.pick(['%', '%{', '%{x}', '%{l99r-}', '%{i}%{i}%{i}', '%{s10r.}', '%%', '%-', '%_', '%{p}', '%{c}']).repeat(random.between(1, 60))}.x.example`
  const terms = Array.from({ length: random.pick([1, 3, 12, 200]) }, () => (random.chance(0.3) ? macro() : term()))
  return `${random.pick(['v=spf1', 'v=spf1', 'v=spf1', 'V=SPF1', 'v=spf2.0/pra', 'v=spf1\t'])} ${terms.join(' ')} ${random.pick(['-all', '~all', '+all', ''])}`
}

function dkimKey(random: Random): string {
  const key = random.pick([
    '',
    'AAAA',
    '!!!',
    'MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC',
    random.bytes(300).toString('base64'),
    'x'.repeat(20_000),
  ])
  return `${random.pick(['v=DKIM1; ', '', 'v=x; '])}k=${random.pick(['rsa', 'ed25519', 'x', ''])}; p=${key}${random.pick(['', '; t=y', '; t=s', '; h=sha1', '; s=x', '; n=%', ';;;;'])}`
}

function dmarc(random: Random): string {
  const tags = [
    `p=${random.pick(['reject', 'none', 'x', ''])}`,
    `adkim=${random.pick(['s', 'r', 'x'])}`,
    `aspf=${random.pick(['s', 'r', ''])}`,
    `pct=${random.pick(['0', '100', '-1', 'x'])}`,
    'rua=mailto:x',
    '__proto__=x',
  ]
  return `v=DMARC1; ${tags.filter(() => random.chance(0.7)).join(';')}`
}
