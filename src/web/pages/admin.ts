// The intake log, for invited admins. For everybody else signed in, there is no such page.

import { notFound } from '@hapi/boom'
import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import type { Account } from '../../accounts/desk.js'
import { type App, query, seeOther } from '../app.js'

/** Rows on a page. */
const ROWS = 50

export function adminRoutes(app: App): ServerRoute[] {
  return [{ method: 'GET', path: '/admin', handler: adminsOnly(app, (_admin, request, h) => intakeLog(app, request, h)) }]
}

type AdminWork = (admin: Account, request: Request, h: ResponseToolkit) => Promise<ResponseObject>

/** For signed-in admins: others are asked to sign in, and for anybody else there is no such page. */
export function adminsOnly(app: App, work: AdminWork): (request: Request, h: ResponseToolkit) => Promise<ResponseObject> {
  return async (request, h) => {
    const session = app.cookies.get(request, 'account')?.session
    const account = session ? await app.deps.accounts.account(session) : null
    if (!account) return seeOther(h, '/admin/sign-in')
    if (account.role === 'admin') return work(account, request, h)
    const about = { reason: 'not-an-admin', method: request.method, route: request.route.path }
    app.deps.log.event('page-refused', { ...about, peer: app.peer(request) })
    throw notFound()
  }
}

async function intakeLog(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const before = readKey(query(request, 'before'))
  // One more than is shown: whether there are older ones.
  const entries = await app.deps.intakes.page({ ...(before && { before }), limit: ROWS + 1 })
  const shown = entries.slice(0, ROWS)
  const last = shown.at(-1)
  const older = entries.length > ROWS && last ? `${last.at}.${encodeURIComponent(last.number)}` : null
  return app.page(request, h, 'admin', { entries: shown, older, isOlder: before !== null, heldCount: await app.deps.held.count() })
}

/** `1700000000000.NUMBER`; null for anything else, which shows the newest. */
function readKey(text: string): { at: number; number: string } | null {
  const [, at, number] = /^(\d{1,15})\.([\w-]{1,64})$/.exec(text) ?? []
  return at === undefined || number === undefined ? null : { at: Number(at), number }
}
