// Taking the intake log away: exactly what a filter finds, as CSV or as JSON Lines (one object a line), streamed row by row. By POST, as
// that somebody did so goes on record.

import { once } from 'node:events'
import { Readable } from 'node:stream'
import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import type { Account } from '../../accounts/desk.js'
import type { JournalEntry, JournalView } from '../../intake/journal-desk.js'
import { BusyError, Semaphore } from '../../semaphore.js'
import { adminsOnly } from '../admins-only.js'
import { type App, field } from '../app.js'
import { BYTE_ORDER_MARK, csvLine } from '../csv.js'
import { disposition } from '../download.js'
import { showLog } from './log.js'
import { FILTERS, readFilter, valuesOf } from './log-filter.js'

/** Each reads the log from end to end; whoever comes third is asked to wait. */
const AT_ONCE = 2

/** What programs read: names that no language changes. No consumer but masked, nothing of the content. */
const COLUMNS = {
  intake_number: (entry: JournalEntry) => entry.number,
  time: (entry: JournalEntry) => new Date(entry.at).toISOString(),
  provider: (entry: JournalEntry) => entry.providerName,
  intake_address: (entry: JournalEntry) => entry.intakeAddress,
  consumer: (entry: JournalEntry) => entry.consumerMasked,
  documents: (entry: JournalEntry) => entry.documents,
  bytes: (entry: JournalEntry) => entry.bytes,
  sender_known_by: (entry: JournalEntry) => entry.how,
  outcome: (entry: JournalEntry) => entry.outcome,
  reason: (entry: JournalEntry) => entry.reason,
  detail: (entry: JournalEntry) => entry.detail,
  reply_code: (entry: JournalEntry) => entry.replyCode,
  enhanced_code: (entry: JournalEntry) => entry.enhancedCode,
  reply: (entry: JournalEntry) => entry.replyText,
  peer: (entry: JournalEntry) => entry.peer,
  tls: (entry: JournalEntry) => entry.tls,
  duration_ms: (entry: JournalEntry) => entry.durationMs,
} as const

type Format = 'csv' | 'json'

export function logExportRoutes(app: App): ServerRoute[] {
  const places = new Semaphore(AT_ONCE, 0)
  return [
    {
      method: 'POST',
      path: '/admin/log/export',
      handler: adminsOnly(app, (admin, request, h) => exportLog(app, places, admin, request, h)),
    },
  ]
}

async function exportLog(app: App, places: Semaphore, admin: Account, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const format: Format = field(request, 'format') === 'json' ? 'json' : 'csv'
  const asked = readFilter(
    valuesOf((name) => field(request, name)),
    app.now(),
  )
  if (asked.problems.length > 0) return showLog(app, request, h, asked)
  const outcome = await app.deps.journal.open(asked.filter)
  // Shown by the page, with what to do.
  if (outcome.kind !== 'open') return showLog(app, request, h, asked)
  const body = Readable.from(linesOf(outcome.view, format), { objectMode: false })
  try {
    await takePlace(places, body)
  } catch (error) {
    if (!(error instanceof BusyError)) throw error
    const problems = [{ field: 'export', text: app.t(request)('log.problem.busy') }]
    return showLog(app, request, h, asked, { problems, status: 503, retryAt: app.now() + 10_000 })
  }
  try {
    await app.deps.journal.noteExport(admin.id, { format, by: FILTERS.filter((name) => asked.values[name] !== undefined) })
  } catch (error) {
    body.destroy()
    throw error
  }
  const [type, ending] = format === 'csv' ? ['text/csv; charset=utf-8', 'csv'] : ['application/x-ndjson; charset=utf-8', 'jsonl']
  const name = `intake-log-${new Date(app.now()).toISOString().slice(0, 16).replace(/[T:]/g, '-')}.${ending}`
  const response = h.response(body).type(type).header('content-disposition', disposition('attachment', name))
  // Nothing of it waits in a compressor.
  return response.header('content-encoding', 'identity')
}

/** Resolves once there is a place, which is kept until the stream has ended, well or not. Throws BusyError. */
function takePlace(places: Semaphore, body: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    const until = async () => {
      resolve()
      await once(body, 'close').catch(() => {})
    }
    places.run(until).catch((error) => {
      body.destroy()
      reject(error)
    })
  })
}

async function* linesOf(view: JournalView, format: Format): AsyncGenerator<string> {
  const columns = Object.entries(COLUMNS)
  if (format === 'csv') yield BYTE_ORDER_MARK + csvLine(columns.map(([name]) => name))
  for await (const entries of view.all()) {
    const lines = entries.map((entry) =>
      format === 'csv'
        ? csvLine(columns.map(([, value]) => value(entry) ?? ''))
        : `${JSON.stringify(Object.fromEntries(columns.map(([name, value]) => [name, value(entry)])))}\n`,
    )
    yield lines.join('')
  }
}
