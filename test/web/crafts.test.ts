// The small crafts of the room: addresses behind proxies, file names in headers, sizes, times, languages.

import fc from 'fast-check'
import t from 'tap'
import { contentType, disposition, mayShow } from '../../src/web/download.js'
import { chooseLanguage } from '../../src/web/language.js'
import { words } from '../../src/web/words.js'
import { CODE, NUMBER, newWorld, t as text, webServer } from './fakes.js'

async function peerSeen(trustedProxies: string[], remoteAddress: string, forwarded?: string): Promise<string> {
  const world = newWorld()
  const server = await webServer(world, { settings: { trustedProxies } })
  const page = await server.inject({ url: '/sign-in' })
  const cookie = String(page.headers['set-cookie']).split(';')[0] ?? ''
  const payload = new URLSearchParams({ crumb: cookie.split('=')[1] ?? '', code: CODE }).toString()
  const headers = {
    cookie,
    'content-type': 'application/x-www-form-urlencoded',
    ...(forwarded !== undefined && { 'x-forwarded-for': forwarded }),
  }
  await server.inject({ method: 'POST', url: `/open/${NUMBER}`, payload, headers, remoteAddress })
  return world.asked[0]?.split(' ').at(-1) ?? ''
}

t.test('X-Forwarded-For counts only as far as trusted proxies wrote it', async (t) => {
  const cases: Array<[string[], string, string | undefined, string]> = [
    [[], '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    [['10.0.0.0/8'], '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    [['10.0.0.0/8'], '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    [['10.0.0.0/8'], '::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
    [['10.0.0.0/8'], '10.0.0.1', '1.2.3.4, 198.51.100.1', '198.51.100.1'],
    [['10.0.0.0/8'], '10.0.0.1', '1.2.3.4, 198.51.100.1, 10.0.0.2', '198.51.100.1'],
    [['10.0.0.0/8'], '10.0.0.1', 'nonsense', '10.0.0.1'],
    [['10.0.0.0/8'], '10.0.0.1', undefined, '10.0.0.1'],
    [['::1/128'], '::1', '2001:db8::5', '2001:db8::5'],
  ]
  for (const [proxies, remote, forwarded, expected] of cases)
    t.equal(await peerSeen(proxies, remote, forwarded), expected, `${remote} ${forwarded}`)
})

t.test('a file name survives in a header, whatever it is', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      const header = disposition('attachment', name)
      const extended = /; filename\*=UTF-8''(.*)$/.exec(header)?.[1] ?? ''
      return (
        /^[\x20-\x7e]+$/.test(header) &&
        /^attachment; filename="[^"\\%;]+"; /.test(header) &&
        decodeURIComponent(extended) === Buffer.from(name).toString()
      )
    }),
  )
  t.equal(disposition('inline', 'Łuczak "x".pdf'), `inline; filename="_uczak _x_.pdf"; filename*=UTF-8''%C5%81uczak%20%22x%22.pdf`)
  t.match(disposition('inline', 'a\r\nSet-Cookie: b=c'), /^inline; filename="a__Set-Cookie: b=c"/)
})

t.test('only what runs nothing is shown; a type that is none is bytes', async (t) => {
  for (const type of ['application/pdf', 'image/png', 'Image/JPEG', 'text/plain; charset=latin1']) t.ok(mayShow(type), type)
  for (const type of ['text/html', 'image/svg+xml', 'application/xml', 'application/xhtml+xml', 'text/xml', ''])
    t.notOk(mayShow(type), type)
  t.equal(contentType('application/PDF; name="x"'), 'application/pdf')
  t.equal(contentType('text/plain; charset=utf-7'), 'text/plain; charset=utf-8')
  for (const type of ['', 'pdf', 'a/b\r\nx: y', 'text/html<', `a/${'b'.repeat(100)}`])
    t.equal(contentType(type), 'application/octet-stream')
})

t.test('the language is the best of those we speak', async (t) => {
  const spoken = ['en', 'es']
  for (const [header, expected] of [
    ['', 'en'],
    ['es', 'es'],
    ['es-MX,es;q=0.9', 'es'],
    ['de, es;q=0.5, en;q=0.7', 'en'],
    ['en;q=0, es;q=0.1', 'es'],
    ['xx', 'en'],
    ['*', 'en'],
    [';;q=x,,', 'en'],
  ] as const) {
    t.equal(chooseLanguage(header, spoken), expected, header)
  }
})

t.test('sizes and times are written for people', async (t) => {
  const { size, span, time, date, kindOf } = words('en', text)
  t.equal(size(0), '0 bytes')
  t.equal(size(1), '1 byte')
  t.equal(size(999), '999 bytes')
  t.equal(size(1500), '2 KB')
  t.equal(size(999_600), '1 MB')
  t.equal(size(1_250_000), '1.3 MB')
  t.equal(size(52_428_800), '52 MB')
  t.equal(span(-5), '1 second')
  t.equal(span(59_000), '59 seconds')
  t.equal(span(60_001), '2 minutes')
  t.equal(span(3_600_000), '1 hour')
  t.equal(span(72 * 3_600_000), '3 days')
  t.match(time(Date.UTC(2026, 10, 22, 14, 5)), /^November 22, 2026 at 2:05\sPM UTC$/)
  t.equal(date(0), 'January 1, 1970')
  for (const type of [
    'application/pdf',
    'image/tiff',
    'image/png',
    'text/plain',
    'text/html',
    'application/xml',
    'application/fhir+json',
    'application/zip',
    'application/rtf',
    'text/csv',
    'message/rfc822',
    'x',
  ])
    t.ok(kindOf(type))
})
