// Following the intake log over a socket: what comes, in what form, for how long, and for how many.

import t, { type Test } from 'tap'
import { NOW, newWorld, signedIn, type World, webServer } from './fakes.js'
import { logEntry } from './log-fakes.js'

const QUICK = { everyMs: 10, heartbeatMs: 30 }

async function openSite(t: Test, change: Parameters<typeof webServer>[1] = {}) {
  const world: World = newWorld()
  if (world.account) world.account = { ...world.account, role: 'admin', id: 'a1', postboxNumber: null }
  const server = await webServer(world, { live: QUICK, ...change })
  const visitor = await signedIn(server)
  await server.start()
  t.teardown(() => server.stop({ timeout: 100 }))
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const follow = (search = '?after=7', headers: Record<string, string> = {}) =>
    fetch(`${server.info.uri}/admin/log/live${search}`, {
      headers: { cookie, accept: 'text/event-stream', 'accept-encoding': 'gzip, br', ...headers },
      redirect: 'manual',
    })
  return { world, server, follow }
}

/** Reads until the text has what is looked for, or the stream ends. */
async function readUntil(answer: Response, wanted: RegExp): Promise<string> {
  const reader = answer.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (;;) {
    const piece = await reader?.read()
    if (!piece || piece.done) return text
    text += decoder.decode(piece.value, { stream: true })
    if (!wanted.test(text)) continue
    await reader?.cancel()
    return text
  }
}

t.test('a new row comes at once, as text, with where to go on from', async (t) => {
  const { world, follow } = await openSite(t)
  const answer = await follow()
  t.equal(answer.status, 200)
  t.equal(answer.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  t.match(answer.headers.get('content-encoding'), /^identity$/, 'nothing holds it back')
  t.equal(answer.headers.get('cache-control'), 'no-store')
  world.log.arrivals.push(logEntry(3, NOW, { providerName: '<b>\nevent: x\n\n' }))
  const text = await readUntil(answer, /event: rows\n.*\n\n/)
  t.match(text, /^retry: \d+\n\n/)
  const [, id, data = ''] = /id: (\d+)\nevent: rows\ndata: (.*)\n\n/.exec(text) ?? []
  t.equal(id, '8')
  t.match(JSON.parse(data), [{ number: logEntry(3, NOW).number, provider: '<b>\nevent: x\n\n', outcome: 'Rejected', colour: 'red' }])
})

t.test('it goes on after the last row that the browser has heard of', async (t) => {
  const { world, follow } = await openSite(t)
  world.log.arrivals.push(logEntry(3, NOW), logEntry(4, NOW))
  const text = await readUntil(await follow('?after=7', { 'last-event-id': '8' }), /event: rows\n.*\n\n/)
  t.ok(world.asked.includes('journal.since 8'))
  t.notOk(world.asked.includes('journal.since 7'))
  t.match(text, logEntry(4, NOW).number)
  t.notMatch(text, logEntry(3, NOW).number)
  await readUntil(await follow('?after=x'), /retry/)
  t.ok(world.asked.includes('journal.newest '), 'what is no place means: from now on')
})

t.test('while nothing comes a line keeps the connection alive', async (t) => {
  const { follow } = await openSite(t)
  t.match(await readUntil(await follow(), /\n:\n\n/), /:\n\n/)
})

t.test('it ends with the session, and says so', async (t) => {
  const { world, follow } = await openSite(t)
  const answer = await follow()
  world.account = null
  t.match(await readUntil(answer, /never/), /event: ended\ndata: \{\}\n\n$/)
  t.equal((await follow()).headers.get('location'), '/admin/sign-in', 'and does not begin again')
})

t.test('so many of one admin and no more; a place is free again when one goes', async (t) => {
  const { follow } = await openSite(t, { live: { ...QUICK, streamsEach: 2 } })
  const [first, second] = [await follow(), await follow()]
  t.equal((await follow()).status, 503)
  await first.body?.cancel()
  let third = await follow()
  for (let tries = 0; third.status === 503 && tries < 200; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    third = await follow()
  }
  t.equal(third.status, 200)
  await Promise.all([second.body?.cancel(), third.body?.cancel()])
})

t.test('a service that stops waits for none of them', async (t) => {
  const { server, follow } = await openSite(t)
  const answer = await follow()
  const ended = readUntil(answer, /never/)
  // Longer than the test may take: whoever waited would fail it.
  await server.stop({ timeout: 300_000 })
  await ended
})

t.test('opened by hand it is the page; with a damaged filter, too', async (t) => {
  const { follow } = await openSite(t)
  t.equal((await follow('?outcome=held', { accept: 'text/html' })).headers.get('location'), '/admin/log?outcome=held')
  t.equal((await follow('?outcome=lost')).headers.get('location'), '/admin/log?outcome=lost')
})

t.test('when a look fails it ends, and the log says so', async (t) => {
  const failures: string[] = []
  const log = { event: () => {}, failure: (where: string) => void failures.push(where) }
  const { world, follow } = await openSite(t, { log, live: QUICK })
  const answer = await follow()
  world.broken = new Error('x')
  await readUntil(answer, /never/)
  t.strictSame(failures, ['web'])
})
