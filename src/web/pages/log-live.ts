// The intake log as it comes in, for a page that follows it: each new row as text, for the page's script to put into a copy of its own row.

import { PassThrough } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type { Request, ResponseObject, ResponseToolkit, Server, ServerRoute } from '@hapi/hapi'
import type { Account } from '../../accounts/desk.js'
import { BusyError } from '../../semaphore.js'
import { adminsOnly } from '../admins-only.js'
import { type App, query, seeOther } from '../app.js'
import { eventOf, HEARTBEAT, LIVE_BOUNDS, type LiveBounds, Streams } from '../live.js'
import { addressOf, readFilter, valuesOf } from './log-filter.js'
import { type Cells, cellsOf } from './log-words.js'

/** Rows in one event. */
const ROWS = 100

export function logLiveRoutes(app: App, server: Server): ServerRoute[] {
  const bounds = { ...LIVE_BOUNDS, ...app.deps.live }
  const streams = new Streams(bounds)
  // Otherwise the server would wait for them.
  server.ext('onPreStop', () => streams.stop())
  return [
    {
      method: 'GET',
      path: '/admin/log/live',
      handler: adminsOnly(app, (admin, request, h) => live(app, streams, bounds, admin, request, h)),
      options: { timeout: { server: false } },
    },
  ]
}

async function live(
  app: App,
  streams: Streams,
  bounds: LiveBounds,
  admin: Account,
  request: Request,
  h: ResponseToolkit,
): Promise<ResponseObject> {
  const asked = readFilter(
    valuesOf((name) => query(request, name)),
    app.now(),
  )
  const isEvents = String(request.headers.accept ?? '').includes('text/event-stream')
  // Opened by hand, or damaged: the page says more.
  if (!isEvents || asked.problems.length > 0) return seeOther(h, addressOf(asked.values))
  const seq = startOf(request) ?? (await app.deps.journal.newest())
  const stream = new PassThrough()
  if (!streams.add(stream, admin.id)) throw new BusyError('too many streams')
  request.raw.res.once('close', () => stream.destroy())
  const [t, words] = [app.t(request), app.words(request)]
  const session = app.cookies.get(request, 'account')?.session ?? ''
  const source: Source = {
    isAllowed: () => app.deps.accounts.isSignedIn(session),
    next: async (seq) => {
      const { seq: reached, entries } = await app.deps.journal.since(asked.filter, seq, ROWS)
      return { seq: reached, rows: entries.map((entry) => cellsOf(entry, t, words)), isMore: entries.length === ROWS }
    },
  }
  follow(stream, source, seq, bounds).catch((error) => {
    // Of one that has ended nobody waits for anything, and the store may be closed.
    if (stream.writable) app.deps.log.failure('web', error, { route: request.route.path })
    stream.destroy()
  })
  const response = h.response(stream).type('text/event-stream; charset=utf-8')
  // A compressor would keep events back until it has enough of them, and a proxy too (nginx heeds the last one).
  return response.header('content-encoding', 'identity').header('x-accel-buffering', 'no')
}

/** After which row it goes on: the last one that this browser heard of, else the newest one of its page. */
function startOf({ headers, query: asked }: Request): number | null {
  const given = [headers['last-event-id'], (asked as Record<string, unknown>).after]
  const numbers = given.map((text) => (typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : null))
  return numbers.find((number) => number !== null) ?? null
}

interface Source {
  /** Whether the session lives; it is not kept alive by this. */
  isAllowed(): Promise<boolean>
  next(seq: number): Promise<{ readonly seq: number; readonly rows: readonly Cells[]; readonly isMore: boolean }>
}

/** Until the browser goes, the session ends or the service stops. */
async function follow(
  stream: PassThrough,
  source: Source,
  start: number,
  { everyMs, heartbeatMs, waitingBytes }: LiveBounds,
): Promise<void> {
  stream.write(`retry: 5000\n\n`)
  let seq = start
  let silentMs = 0
  while (stream.writable) {
    if (!(await source.isAllowed())) return void stream.end(eventOf('ended', '{}'))
    const found = await source.next(seq)
    if (!stream.writable) return
    seq = found.seq
    if (found.rows.length > 0) stream.write(eventOf('rows', JSON.stringify(found.rows), seq))
    else if (silentMs >= heartbeatMs) stream.write(HEARTBEAT)
    silentMs = found.rows.length > 0 || silentMs >= heartbeatMs ? 0 : silentMs + everyMs
    if (stream.writableLength > waitingBytes) return void stream.destroy()
    if (!found.isMore) await pause(everyMs, undefined, { ref: false })
  }
}
