// The intake log as admins see it: filters in the address, what is typed wrongly, exports, one message, and rows that mean harm.

import t from 'tap'
import { REASONS } from '../../src/intake/disposition.js'
import { NOW, newWorld, signedIn, texts, Visitor, type World, webServer } from './fakes.js'
import { INTAKE, logEntry } from './log-fakes.js'

const DAY = 86_400_000
const FOREVER = 8.64e15

function adminWorld(): World {
  const world = newWorld()
  if (world.account) world.account = { ...world.account, role: 'admin', id: 'a1', postboxNumber: null }
  return world
}

async function asAdmin(world = adminWorld()) {
  const visitor = await signedIn(await webServer(world))
  world.asked.length = 0
  return { world, visitor }
}

/** What the desk was asked for last. */
function askedFor(world: World): Record<string, unknown> {
  const line = world.asked.filter((each) => each.startsWith('journal.open ')).at(-1) ?? ''
  return JSON.parse(line.slice('journal.open '.length) || '{}')
}

t.test('the log says what came of each message in plain words, how many there are, and leads to each', async (t) => {
  const { visitor, world } = await asAdmin()
  const { payload, statusCode } = await visitor.get('/admin/log')
  t.equal(statusCode, 200)
  for (const text of [
    '2026-11-22 14:05:00',
    'Sample Clinic',
    'm***@example.org',
    '123 KB',
    'No documents are attached',
    '554 5.6.1',
    'DKIM signature',
  ])
    t.ok(payload.includes(text), text)
  t.match(payload, /1,234 messages<br>Accepted: 1,200 · Held: 3 · Rejected: 20 · Try later: 11/)
  t.ok(payload.includes(`href="/admin/log/${INTAKE}"`))
  t.strictSame(askedFor(world), { from: Math.floor(NOW / DAY) * DAY - 29 * DAY, to: FOREVER }, 'of the last thirty days')
  t.match(payload, /From 2026-10-24 00:00 UTC on/)
})

t.test('for a consumer there is no such page; a stranger is asked to sign in', async (t) => {
  for (const path of ['/admin/log', `/admin/log/${INTAKE}`, '/admin/log/live']) {
    t.equal((await (await signedIn(await webServer(newWorld()))).get(path)).statusCode, 404, path)
    t.equal((await new Visitor(await webServer(newWorld())).get(path)).headers.location, '/admin/sign-in', path)
  }
  const consumer = await signedIn(await webServer(newWorld()))
  for (const path of ['/admin/log', '/admin/log/export']) t.equal((await consumer.post(path, {})).statusCode, 404, path)
})

t.test('every filter stands in the address, and is understood', async (t) => {
  const { visitor, world } = await asAdmin()
  const filters: ReadonlyArray<readonly [search: string, asked: Record<string, unknown>]> = [
    ['last=24h', { from: NOW - DAY }],
    ['last=7d', { from: Math.floor(NOW / DAY) * DAY - 6 * DAY }],
    ['last=all', { from: 0 }],
    ['from=2026-11-20', { from: Date.UTC(2026, 10, 20), to: FOREVER }],
    ['to=2026-11-20', { from: 0, to: Date.UTC(2026, 10, 21) }],
    ['from=2026-11-20+08:30&to=2026-11-20+08:31', { from: Date.UTC(2026, 10, 20, 8, 30), to: Date.UTC(2026, 10, 20, 8, 32) }],
    ['provider=clinic', { provider: 'clinic' }],
    ['provider=-', { provider: '-' }],
    ['outcome=held&reason=held', { outcome: 'held', reason: 'held' }],
    ['how=none&size=huge', { how: 'none', size: 'huge' }],
    ['text=5.7.26', { text: '5.7.26' }],
    [`number=${INTAKE}`, { number: INTAKE, from: 0 }],
    ['number=20261122-7k2m9qxd', { number: INTAKE }],
    [`person=k${'x'.repeat(22)}`, { person: `k${'x'.repeat(22)}`, from: 0 }],
    [`message=k${'x'.repeat(22)}`, { message: `k${'x'.repeat(22)}`, from: 0 }],
  ]
  for (const [search, asked] of filters) {
    const { statusCode, payload } = await visitor.get(`/admin/log?${search}`)
    t.equal(statusCode, 200, search)
    t.match(askedFor(world), asked, search)
    t.match(payload, /href="\/admin\/log">Remove all filters/, search)
  }
})

t.test('the form leads to the address, which holds a hash and never what was typed', async (t) => {
  const { visitor, world } = await asAdmin()
  const answer = await visitor.post('/admin/log', {
    person: ' maria@example.org ',
    message: '<secret.name@example.org>',
    outcome: 'rejected',
    from: '',
  })
  t.equal(answer.statusCode, 303)
  const { location = '' } = answer.headers as { location?: string }
  t.equal(location, `/admin/log?outcome=rejected&person=k${'A'.repeat(22)}.c${'B'.repeat(48)}&message=k${'C'.repeat(22)}`)
  t.ok(world.asked.includes('journal.personToken maria@example.org'))
  const { payload } = await visitor.get(location)
  t.match(payload, /HePoEx id or postbox number: One person, as typed/)
  t.match(payload, `name="person-kept" value="k${'A'.repeat(22)}`)
  const refined = await visitor.post('/admin/log', { 'person-kept': `k${'A'.repeat(22)}`, how: 'spf' })
  t.equal(refined.headers.location, `/admin/log?how=spf&person=k${'A'.repeat(22)}`, 'and more is asked of the same person')
  t.equal((await visitor.post('/admin/log', {})).headers.location, '/admin/log')
})

t.test('what can’t be read is said beside its field, and stays typed', async (t) => {
  const { visitor, world } = await asAdmin()
  const wrong: ReadonlyArray<readonly [field: string, value: string, words: string]> = [
    ['from', 'yesterday', 'Write a day as 2026-11-22'],
    ['from', '2026-02-31', 'Write a day as 2026-11-22'],
    ['to', '22.11.2026', 'Write a day as 2026-11-22'],
    ['number', 'I-1', 'An intake number is a day'],
    ['text', 'x', 'Type at least 2'],
    ['text', 'y'.repeat(101), 'Type at least 2'],
  ]
  for (const [field, value, words] of wrong) {
    for (const answer of [
      await visitor.post('/admin/log', { [field]: value }),
      await visitor.get(`/admin/log?${new URLSearchParams({ [field]: value })}`),
    ]) {
      t.equal(answer.statusCode, 422, `${field} ${value}`)
      t.ok(answer.payload.includes(words), `${field} ${value}`)
      t.ok(answer.payload.includes(`value="${value}"`), `${value} is still there`)
      t.notMatch(answer.payload, 'data-log-rows')
    }
  }
  for (const [field, value] of [
    ['last', '99d'],
    ['outcome', 'lost'],
    ['reason', '__proto__'],
    ['how', 'x'],
    ['size', 'XL'],
    ['provider', '../x'],
    ['person', 'maria@example.org'],
    ['message', "' or 1=1"],
  ] as const)
    t.equal((await visitor.get(`/admin/log?${new URLSearchParams({ [field]: value })}`)).statusCode, 422, field)
  t.match((await visitor.get('/admin/log?from=2026-11-22&to=2026-11-21')).payload, /must not be before/)
  t.notOk(world.asked.some((line) => line.startsWith('journal.open')))
  world.log.person = 'mistyped'
  const mistyped = await visitor.post('/admin/log', { person: 'K7M-2QX-9DD', outcome: 'held' })
  t.equal(mistyped.statusCode, 422)
  t.match(mistyped.payload, /There is a mistake in this postbox number/)
  t.match(mistyped.payload, /value="K7M-2QX-9DD"/)
  t.match(mistyped.payload, /value="held" selected/)
  world.log.person = 'neither'
  world.log.message = null
  const neither = await visitor.post('/admin/log', { person: 'maria', message: 'two words' })
  t.match(neither.payload, /Type a whole e-mail address/)
  t.match(neither.payload, /Type the whole Message-ID/)
  t.match(neither.payload, /value="two words"/)
})

t.test('what the desk can’t answer is said beside its field', async (t) => {
  const { visitor, world } = await asAdmin()
  world.log.refusal = { kind: 'unknown-provider' }
  t.match((await visitor.get('/admin/log?provider=gone')).payload, /There is no such provider/)
  world.log.refusal = { kind: 'too-wide', count: 31 }
  const wide = await visitor.get('/admin/log?text=clinic')
  t.equal(wide.statusCode, 422)
  t.match(wide.payload, /This fits 31 providers/)
  t.match(wide.payload, /value="clinic"/)
})

t.test('older pages follow by key with the same filters, each row once', async (t) => {
  const { visitor, world } = await asAdmin()
  world.log.entries = Array.from({ length: 120 }, (_each, index) => logEntry(index, NOW))
  const seen: string[] = []
  let path: string | undefined = '/admin/log?outcome=rejected'
  for (let page = 0; path && page < 5; page++) {
    const { payload } = await visitor.get(path)
    seen.push(...[...payload.matchAll(/id="row-([\w-]+)"/g)].map(([, number = '']) => number))
    path = /rel="next" href="([^"]+)"/.exec(payload)?.[1]?.replaceAll('&amp;', '&')
    if (path) t.match(path, /^\/admin\/log\?outcome=rejected&before=/)
    t.equal(payload.includes('data-log-live'), page === 0, 'only the newest page can be followed')
  }
  t.strictSame(
    seen,
    world.log.entries.map(({ number }) => number),
  )
  for (const key of ['x', "1.'; DROP", '99999999999999999.I', ''])
    t.equal((await visitor.get(`/admin/log?before=${encodeURIComponent(key)}`)).statusCode, 200)
})

t.test('nothing found: says so, and where else to look; counts that are not whole say so', async (t) => {
  const { visitor, world } = await asAdmin()
  world.log.entries = []
  world.log.totals = { accepted: 0, held: 0, rejected: 0, deferred: 0, messages: 0, isWhole: true }
  const empty = (await visitor.get('/admin/log?outcome=held')).payload
  t.match(empty, /No message fits\. <a href="\/admin\/log\?outcome=held&amp;last=all">/)
  t.notMatch((await visitor.get('/admin/log?last=all')).payload, /Look in all time/)
  world.log.totals = { accepted: 10_000, held: 0, rejected: 0, deferred: 0, messages: 10_000, isWhole: false }
  t.match((await visitor.get('/admin/log?last=24h')).payload, /10,000 messages or more/)
})

t.test('the language can be changed without losing the filters', async (t) => {
  const { visitor } = await asAdmin()
  const { payload } = await visitor.get('/admin/log?outcome=held&text=5.7')
  t.match(payload, 'href="/admin/log?outcome=held&amp;text=5.7&amp;lang=es"')
})

const HOSTILE = '<img src=x onerror=alert(1)>"\'&{{7*7}}'

t.test('markup in what came from outside is text', async (t) => {
  const { visitor, world } = await asAdmin()
  const about = {
    providerName: HOSTILE,
    consumerMasked: HOSTILE,
    replyText: HOSTILE,
    detail: HOSTILE,
    peer: HOSTILE,
    tls: HOSTILE,
    intakeAddress: HOSTILE,
  }
  world.log.entries = [logEntry(0, NOW, { ...about, reason: HOSTILE })]
  for (const path of ['/admin/log', `/admin/log/${INTAKE}`, `/admin/log?text=${encodeURIComponent(HOSTILE)}`]) {
    const { payload, statusCode } = await visitor.get(path)
    t.equal(statusCode, 200)
    t.notMatch(payload, '<img src=x', path)
    t.notMatch(payload, /\b49\b/, path)
    t.match(payload, '&lt;img src=x', path)
  }
})

t.test('one message: what happened, what to tell the provider, and all that is known', async (t) => {
  const { visitor } = await asAdmin()
  const { payload } = await visitor.get(`/admin/log/${INTAKE}`)
  for (const text of [
    'No documents are attached',
    'Attach the records as files, and send again.',
    '554 5.6.1 No documents are attached.',
    'clinic@intake.example.org',
    '<span>no-documents</span> / <span>no-files</span>',
    '192.0.2.1',
    'TLSv1.3',
    '12 milliseconds',
  ])
    t.ok(payload.includes(text), text)
  t.equal((await visitor.get(`/admin/log/${INTAKE.toLowerCase()}`)).statusCode, 200, 'as it was written down')
  for (const number of ['20261122-00000000', 'x', '..%2f', '%00', 'export'])
    t.equal((await visitor.get(`/admin/log/${number}`)).statusCode, 404, number)
})

t.test('every reason has its words and what to tell the provider, in every language, and there are no others', async (t) => {
  for (const language of texts.languages) {
    for (const reason of [...REASONS, 'other']) {
      t.ok(texts.in(language)(`log.reasons.${reason}.what`).length > 5, `${language} ${reason}`)
      t.ok(texts.in(language)(`log.reasons.${reason}.tell`).length > 5, `${language} ${reason}`)
    }
  }
})

async function exported(visitor: Visitor, form: Record<string, string>) {
  const answer = await visitor.post('/admin/log/export', form)
  return { ...answer, text: answer.rawPayload.toString(), lines: answer.rawPayload.toString().trimEnd().split(/\r?\n/) }
}

t.test('an export has all rows of the filter, as text that no spreadsheet runs, and goes on record', async (t) => {
  const { visitor, world } = await asAdmin()
  world.log.entries = Array.from({ length: 5 }, (_each, index) =>
    logEntry(index, NOW, index === 1 ? { providerName: '=HYPERLINK("x")' } : {}),
  )
  const csv = await exported(visitor, { outcome: 'rejected', last: 'all', format: 'csv' })
  t.equal(csv.statusCode, 200)
  t.match(csv.headers, { 'content-type': 'text/csv; charset=utf-8', 'content-encoding': 'identity' })
  t.match(csv.headers['content-disposition'], /^attachment; filename="intake-log-2026-11-22-14-05\.csv"/)
  t.equal(csv.rawPayload.subarray(0, 3).toString('hex'), 'efbbbf', 'with a byte order mark')
  t.equal(csv.lines.length, 6)
  t.match(csv.lines[0], /intake_number,time,provider,/)
  t.match(csv.text, '"\'=HYPERLINK(""x"")"')
  t.match(askedFor(world), { outcome: 'rejected', from: 0 })
  const json = await exported(visitor, { format: 'json' })
  t.match(json.headers, { 'content-type': 'application/x-ndjson; charset=utf-8' })
  t.strictSame(
    json.lines.map((line) => JSON.parse(line).intake_number),
    world.log.entries.map(({ number }) => number),
  )
  t.equal(JSON.parse(json.lines[1] ?? '').provider, '=HYPERLINK("x")', 'as it is')
  t.strictSame(world.log.exports, ['a1 csv last+outcome', 'a1 json '])
  const wrong = await exported(visitor, { outcome: 'lost', format: 'csv' })
  t.equal(wrong.statusCode, 422)
  t.equal(world.log.exports.length, 2, 'nothing was taken away')
})

t.test('a third export at once is asked to wait, and its filter stays', async (t) => {
  const { visitor, world } = await asAdmin()
  let release = () => {}
  world.log.hold = new Promise((resolve) => {
    release = resolve
  })
  const running = [exported(visitor, { format: 'csv' }), exported(visitor, { format: 'json' })]
  for (let tries = 0; world.log.exports.length < 2 && tries < 1000; tries++) await new Promise((resolve) => setTimeout(resolve, 5))
  const third = await exported(visitor, { format: 'csv', outcome: 'held' })
  t.equal(third.statusCode, 503)
  t.equal(third.headers['retry-after'], '10')
  t.match(third.text, /Two exports are running already/)
  t.match(third.text, /value="held" selected/)
  release()
  for (const each of await Promise.all(running)) t.equal(each.statusCode, 200)
  t.equal((await exported(visitor, { format: 'csv' })).statusCode, 200, 'and a place is free again')
})
