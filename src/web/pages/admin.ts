// The intake log, for invited admins.

import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import { adminsOnly } from '../admins-only.js'
import { type App, query } from '../app.js'

/** Rows on a page. */
const ROWS = 50

export function adminRoutes(app: App): ServerRoute[] {
  return [{ method: 'GET', path: '/admin/log', handler: adminsOnly(app, (_admin, request, h) => intakeLog(app, request, h)) }]
}

async function intakeLog(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const before = readKey(query(request, 'before'))
  // One more than is shown: whether there are older ones.
  const entries = await app.deps.intakes.page({ ...(before && { before }), limit: ROWS + 1 })
  const shown = entries.slice(0, ROWS)
  const last = shown.at(-1)
  const older = entries.length > ROWS && last ? `${last.at}.${encodeURIComponent(last.number)}` : null
  return app.page(request, h, 'intake-log', { entries: shown, older, isOlder: before !== null, heldCount: await app.deps.held.count() })
}

/** `1700000000000.NUMBER`; null for anything else, which shows the newest. */
function readKey(text: string): { at: number; number: string } | null {
  const [, at, number] = /^(\d{1,15})\.([\w-]{1,64})$/.exec(text) ?? []
  return at === undefined || number === undefined ? null : { at: Number(at), number }
}
