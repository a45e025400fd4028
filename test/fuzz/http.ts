// Requests to every page of the site, by visitors at every stage, with everything a form may be filled with.

import { readdir, readFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { simpleParser } from 'mailparser'
import { formsOf, Visitor } from '../../scripts/visitor.mjs'
import { PDF, rawMessage } from '../support/raw.js'
import { SmtpClient } from '../support/smtp-client.js'
import { type FuzzHouse, INTAKE, SENDER } from './house.js'
import type { Random } from './random.js'
import { inTime } from './runner.js'

/** As the service knows them; a test compares this with its own list. */
export const ROUTES: readonly string[] = [
  ...['/', '/privacy', '/providers', '/provider', '/help', '/packages', '/forms', '/register'],
  ...['/contact', '/accessibility', '/profile/details', '/{path*}'],
  ...['/open', '/open/{number}', '/open/{number}/question', '/records', '/records/documents/{index}', '/records/documents/{index}/view'],
  ...['/records/documents/{index}/copy', '/records/documents/{index}/thumbnail', '/records/view/{index}', '/records/records.pdf'],
  ...['/packages/{number}/extend', '/records/extend', '/records/not-mine'],
  ...['/records/all.zip', '/records/sealed', '/records/delete', '/records/sign-out', '/sign-out', '/signed-out'],
  ...['/sign-in', '/sign-in/code', '/sign-in/link/{token}', '/profile', '/profile/question', '/profile/reset', '/profile/reset/cancel'],
  ...['/profile/postbox', '/profile/cover-sheet.pdf', '/profile/wallet-card.pdf', '/providers/cover-sheet', '/providers/cover-sheet.pdf'],
  ...['/profile/practice', '/profile/practice/mails', '/profile/recovery-sheet.pdf', '/profile/address', '/profile/address/cancel'],
  ...['/profile/close', '/confirm-address/{token}', '/cancel-address/{token}'],
  ...['/profile/reset/finish', '/cancel-reset/{token}', '/admin', '/admin/log', '/admin/sign-in', '/outgoing', '/outgoing/{id}'],
  ...['/admin/held', '/admin/held/{id}', '/admin/held/{id}/assign', '/admin/held/{id}/refuse', '/admin/held/{id}/look'],
  ...['/sign-in/passkey', '/sign-in/with', '/sign-in/with/return', '/profile/passkeys/add', '/profile/passkeys/{id}/remove'],
  ...['/forms/access.pdf', '/forms/authorization.pdf', '/forms/{number}', '/forms/{number}/{step}', '/forms/{number}/form.pdf'],
  ...['/forms/{number}/reminder.pdf', '/forms/{number}/revocation.pdf', '/forms/{number}/sent', '/forms/{number}/mail'],
  ...['/forms/{number}/answered', '/forms/{number}/received', '/forms/{number}/withdraw', '/forms/{number}/delete'],
  ...['/healthz', '/readyz', '/metrics', '/assets/{file*}', '/favicon.ico', '/robots.txt', '/.well-known/security.txt'],
]

/** Those with a form. */
export const FORMS: readonly string[] = [
  ...['/open/{number}', '/open/{number}/question', '/records/delete', '/records/sign-out', '/sign-out', '/sign-in', '/sign-in/code'],
  ...[
    '/admin/sign-in',
    '/sign-in/link/{token}',
    '/profile/question',
    '/profile/details',
    '/profile/reset',
    '/profile/reset/cancel',
    '/profile/reset/finish',
    '/cancel-reset/{token}',
    '/packages/{number}/extend',
    '/records/extend',
    '/records/not-mine',
    '/profile/practice',
    '/profile/practice/mails',
    '/profile/address',
    '/profile/address/cancel',
    '/profile/close',
    '/confirm-address/{token}',
    '/cancel-address/{token}',
    '/providers/cover-sheet',
    '/sign-in/passkey',
    '/sign-in/with/return',
    '/profile/passkeys/add',
    '/profile/passkeys/{id}/remove',
    '/admin/held/{id}/assign',
    '/admin/held/{id}/refuse',
    '/admin/held/{id}/look',
  ],
  ...['/forms', '/forms/{number}/{step}', '/forms/{number}/sent', '/forms/{number}/mail', '/forms/{number}/answered'],
  ...['/forms/{number}/received', '/forms/{number}/withdraw', '/forms/{number}/delete'],
]

const FIELDS = [
  ...['crumb', 'number', 'code', 'answer', 'again', 'question', 'presentAnswer', 'address', 'token', 'package', 'before', 'done', 'mails'],
  ...['response', 'name', 'state', 'error', 'lang', 'language', 'timeZone', 'postalAddress'],
  ...['kind', 'way', 'go', 'change', 'answered', 'received', 'otherNames', 'bornOn-day', 'bornOn-month', 'bornOn-year', 'phone', 'slug'],
  ...[
    'records',
    'otherRecords',
    'from-day',
    'from-month',
    'from-year',
    'to-year',
    'initials-hiv',
    'isPsychotherapyNotes',
    'formats',
    'fax',
  ],
  ...['purpose', 'expiresOn-year', 'expiresWith', 'typedName', 'strokes', 'isAgreed', 'representativeName', 'representativeAuthority'],
]
const ODD_KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '__proto__[x]',
  'constructor[prototype][x]',
  '',
  'a[]',
  'a[b][c]',
  '\0',
]
const ODD_VALUES = [
  ...[
    '',
    '0',
    '-1',
    '1e999',
    'null',
    'undefined',
    '[object]',
    '{{7*7}}',
    '{% raw %}',
    '<script>',
    '"><b>',
    "' or 1=1 --",
    '../../etc/passwd',
  ],
  ...[
    '\0',
    '%',
    '%zz',
    '%c3%28',
    '\ud800',
    '\u202e',
    'é'.normalize('NFD'),
    '𝒳'.repeat(100),
    `"${'a'.repeat(60)}\x07"@b.example`,
    'a@b.example',
  ],
  ...[
    'x'.repeat(5000),
    '9'.repeat(16),
    '1'.repeat(400),
    ' '.repeat(3000),
    '\u0300'.repeat(3000),
    'ﷺ'.repeat(2000),
    '@'.repeat(500),
    '\r\nSet-Cookie: x=y',
  ],
]

/** Somebody who is signed in and has opened records; what a stranger has is nothing. */
export interface Guests {
  readonly cookies: readonly string[]
  readonly crumb: string
  readonly number: string
  readonly code: string
}

/** Registers a person, mails her records, and opens them. What this machine may no longer ask for after all its requests is forgotten. */
export async function invite(world: FuzzHouse, name: string): Promise<Guests> {
  await world.store.database.write((trx) => trx('limits').delete())
  const address = `${name}@home.example`
  const [question, answer] = ['Whose boat is in the story?', 'The Wandering Albatross']
  const visitor = new Visitor(world.house.webUrl)
  await visitor.submit(await visitor.open('/sign-in'), { address })
  const link = /\/sign-in\/link\/[\w-]+/.exec(await mailTo(world, address, /\/sign-in\/link\//))?.[0] ?? ''
  await visitor.submit(await visitor.open(link))
  await visitor.submit(await visitor.open('/profile/question'), { question, answer, again: answer })
  await post(
    world,
    rawMessage({
      from: SENDER,
      subject: address,
      messageId: `<${name}@clinic.example>`,
      parts: [{ type: 'application/pdf', name: 'a.pdf', content: PDF }],
    }),
  )
  const notice = await mailTo(world, address, /\/open\/\w{12}/)
  const [number = '', code = ''] = [/\/open\/(\w{12})/.exec(notice)?.[1], /\d{4} \d{4} \d{4} \d{4}/.exec(notice)?.[0]]
  const opened = await visitor.submit(await visitor.submit(await visitor.open(`/open/${number}`), { code }), { answer })
  if (!opened.url.endsWith('/records')) throw new Error('the records did not open')
  const crumb = formsOf(opened.html).find(({ hidden }) => hidden.crumb)?.hidden.crumb ?? ''
  return { cookies: visitor.cookies.split('; '), crumb, number, code }
}

async function post(world: FuzzHouse, raw: Buffer): Promise<void> {
  const client = SmtpClient.from(world.nextPeer())
  await client.reply()
  for (const line of ['EHLO a.example', `MAIL FROM:<${SENDER}>`, `RCPT TO:<${INTAKE}>`, 'DATA']) await client.command(line)
  const { code, lines } = await client.command(`${raw.toString('latin1')}\r\n.`)
  client.destroy()
  if (code !== 250) throw new Error(lines.join(' '))
}

async function mailTo(world: FuzzHouse, address: string, pattern: RegExp): Promise<string> {
  const folder = join(world.house.mailboxes, 'outgoing', 'new')
  for (let tries = 0; tries < 600; tries++) {
    for (const name of await readdir(folder).catch(() => [])) {
      const raw = await readFile(join(folder, name))
      if (!raw.includes(address)) continue
      const { text = '' } = await simpleParser(raw)
      if (pattern.test(text)) return text
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('a mail did not come')
}

/** What is no HTTP at all, on a connection that is then half closed. Rejects when the other half stays open. */
export async function shout(random: Random, world: FuzzHouse, patience: number): Promise<void> {
  const socket = connect(Number(new URL(world.house.webUrl).port), '127.0.0.1')
  const odd = [
    'GET / HTTP/1.1\r\n\r\n',
    'GET / HTTP/9.9\r\nHost: a\r\n\r\n',
    'POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\nzz',
  ]
  odd.push(
    'EHLO a\r\n',
    `GET /${'x'.repeat(100_000)}`,
    `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(5000)}\r\n`,
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\x16\x03\x01\x02\x00',
  )
  socket.end(random.chance(0.3) ? random.bytes(random.between(1, 500)) : Buffer.from(random.pick(odd), 'latin1'))
  socket.on('error', () => {})
  socket.resume()
  await inTime(new Promise((resolve) => socket.once('close', resolve)), patience).finally(() => socket.destroy())
}

/** One request and its answer. Rejects when that is a 500, shows our insides, or does not come. */
export async function visit(random: Random, world: FuzzHouse, guests: Guests, patience: number): Promise<string> {
  const method = random.pick(['GET', 'GET', 'POST', 'POST', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND'])
  const [type, body] = method === 'GET' || method === 'HEAD' ? ['', Buffer.alloc(0)] : makeBody(random, guests)
  const headers: Record<string, string | string[]> = {
    ...(type && { 'content-type': type }),
    'x-forwarded-for': `203.0.113.${random.below(250)}`,
    ...(random.chance(0.8) && { cookie: makeCookies(random, guests) }),
    ...(random.chance(0.1) && { [random.pick(ODD_HEADERS)]: random.pick(ODD_VALUES).replace(/[^ -~]/g, '?') }),
  }
  const path = makePath(random, guests, method === 'POST' && random.chance(0.9) ? FORMS : ROUTES)
  const { status, text } = await send(world.house.webUrl, method, path, headers, body, patience)
  if (status >= 500 && status !== 503) throw new Error(`${method} gave ${status}`)
  const inside = INSIDES.exec(text)
  if (inside) throw new Error(`the page shows ${JSON.stringify(text.slice(Math.max(0, inside.index - 60), inside.index + 100))}`)
  return String(status)
}

const ODD_HEADERS = [
  'accept-language',
  'host',
  'x-forwarded-for',
  'forwarded',
  'range',
  'if-modified-since',
  'if-none-match',
  'accept',
  'accept-encoding',
  'origin',
  'referer',
  'expect',
  'content-encoding',
  'authorization',
  'x-http-method-override',
  '__proto__',
]
/** What none of the values sent holds. */
const INSIDES =
  /\bat \S+ \(|node:internal|node_modules|\/src\/|\/dist\/|TypeError|RangeError|ReferenceError|SQLITE|Template render error|\[object Object\]|>undefined<|>NaN</

function makePath(random: Random, { number }: Guests, routes: readonly string[]): string {
  const value = () => random.pick([number, number, '0', '1', random.pick(ODD_VALUES), random.token(12, 12).toUpperCase()])
  const route = random.pick(routes).replace(/\{[^}]*\}/g, () =>
    encodeURIComponent(
      value()
        .toString()
        .replace(/[\ud800-\udfff]/g, ''),
    ),
  )
  const query = random.several(3, () => `${escaped(random.pick([...FIELDS, ...ODD_KEYS]))}=${escaped(value())}`).join('&')
  const path = `${route}${query && random.chance(0.4) ? `?${query}` : ''}`
  return random.chance(0.08)
    ? `${path}${random.pick(['%', '%00', '//', '/..', '/%2e%2e/%2e%2e', '%c0%af', ';', '?%', '?__proto__[x]=y', `/${'x'.repeat(7000)}`])}`
    : path
}

function escaped(text: string): string {
  return encodeURIComponent(text.replace(/[\ud800-\udfff]/g, ''))
}

function makeBody(random: Random, guests: Guests): [type: string, body: Buffer] {
  const key = () => random.pick(random.chance(0.8) ? FIELDS : ODD_KEYS)
  const value = () => random.pick(random.chance(0.3) ? [guests.number, guests.code, 'wrong answer', 'fuzz@home.example'] : ODD_VALUES)
  const pairs: Array<[string, string]> = random.several(10, () => [key(), value()])
  if (random.chance(0.75)) pairs.unshift(['crumb', guests.crumb])
  const form = pairs.map(([name, text]) => `${escaped(name)}=${escaped(text)}`).join('&')
  const boundary = 'x'
  const multipart = `${pairs.map(([name, text]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`).join('')}--${boundary}--`
  return random.pick<() => [string, Buffer]>([
    () => ['application/x-www-form-urlencoded', Buffer.from(form)],
    () => ['application/x-www-form-urlencoded', Buffer.from(form)],
    () => ['application/x-www-form-urlencoded; charset=utf-16', Buffer.from(form)],
    () => ['application/x-www-form-urlencoded', Buffer.from(`${form}&answer=%ff%fe&question=%&%=%zz&&&==`)],
    () => ['application/x-www-form-urlencoded', Buffer.concat([Buffer.from(`${form}&answer=`), random.bytes(200)])],
    () => ['application/x-www-form-urlencoded', Buffer.from(`${form}&answer=${'a'.repeat(random.pick([60_000, 66_000, 200_000]))}`)],
    () => ['application/x-www-form-urlencoded', Buffer.from(`${form}${'&answer=x'.repeat(random.between(2, 3000))}`)],
    () => [`multipart/form-data; boundary=${boundary}`, Buffer.from(multipart)],
    () => ['multipart/form-data', Buffer.from(multipart)],
    () => ['application/json', Buffer.from(JSON.stringify(Object.fromEntries(pairs)))],
    () => ['application/json', Buffer.from(`{"__proto__":{"crumb":"${guests.crumb}"}}`)],
    () => [random.pick(['', 'x', '/', 'text/plain', 'application/x-www-form-urlencoded,x', ';;;']), Buffer.from(form)],
  ])()
}

function makeCookies(random: Random, { cookies }: Guests): string {
  const some = cookies
    .filter(() => random.chance(0.8))
    .map((cookie) => (random.chance(0.1) ? cookie.slice(0, random.below(cookie.length)) : cookie))
  if (random.chance(0.1))
    some.push(
      random.pick(['=', ';;', 'a', '__proto__=x', `x=${'y'.repeat(3000)}`, 'hepoex-pass=Fe26.2**x', 'hepoex-account="', 'a=b; a=c']),
    )
  return some.join('; ')
}

function send(
  origin: string,
  method: string,
  path: string,
  headers: Record<string, string | string[]>,
  body: Buffer,
  patience: number,
): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(origin)
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      hostname,
      port,
      method,
      path,
      headers: { ...headers, 'content-length': String(body.length) },
      agent: false,
      timeout: patience,
    })
    request.on('timeout', () => request.destroy(new Error('no answer')))
    // An answer may come before all is sent, for instance that it is too large: then the rest has nowhere to go.
    request.on('error', (error: NodeJS.ErrnoException) =>
      ['ECONNRESET', 'EPIPE'].includes(error.code ?? '') ? resolve({ status: 0, text: '' }) : reject(error),
    )
    request.on('response', (response) => void read(response).then(resolve, () => resolve({ status: response.statusCode ?? 0, text: '' })))
    request.end(body)
  })
}

async function read(response: IncomingMessage): Promise<{ status: number; text: string }> {
  const pieces: Buffer[] = []
  for await (const piece of response) pieces.push(piece)
  const isText = /^text\/(?:html|plain)/.test(response.headers['content-type'] ?? '')
  return { status: response.statusCode ?? 0, text: isText ? Buffer.concat(pieces).toString() : '' }
}
