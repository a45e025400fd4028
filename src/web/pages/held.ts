// Held mail, for admins: what waits for somebody who knows whose it is, and what may be done about it. Nothing of its content is shown, but
// for its first page to an admin who has just signed in and says why.

import { notFound } from '@hapi/boom'
import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import type { Account } from '../../accounts/desk.js'
import { MINUTE } from '../../clock.js'
import type { AssignOutcome, HeldEntry } from '../../intake/held-desk.js'
import { adminsOnly, operatorsOnly } from '../admins-only.js'
import { type App, field, type PageOptions, type Problem, param, query, seeOther } from '../app.js'
import { disposition } from '../download.js'
import { DOCUMENT_POLICY } from '../headers.js'

/** More than anybody settles in a day. */
const ROWS = 200
/** Those with words of their own. */
const REASONS: ReadonlySet<string> = new Set([
  ...['no-id', 'two-ids', 'unknown-tag', 'number-mistyped', 'number-unknown', 'sources-disagree', 'consumer-unknown'],
  ...['consumer-unreachable', 'provider-suspended'],
])
/** Letters of a reason. */
const MOST_REASON = 300
/** Signing in takes a code from the mailbox: so long ago at most, and it counts as one for looking. */
const FRESH = 10 * MINUTE

export function heldRoutes(app: App): ServerRoute[] {
  return [
    { method: 'GET', path: '/admin/held', handler: adminsOnly(app, (_admin, request, h) => list(app, request, h)) },
    { method: 'GET', path: '/admin/held/{id}', handler: adminsOnly(app, (admin, request, h) => settle(app, admin, request, h)) },
    { method: 'POST', path: '/admin/held/{id}/assign', handler: operatorsOnly(app, (admin, request, h) => assign(app, admin, request, h)) },
    { method: 'POST', path: '/admin/held/{id}/refuse', handler: operatorsOnly(app, (admin, request, h) => refuse(app, admin, request, h)) },
    { method: 'POST', path: '/admin/held/{id}/look', handler: operatorsOnly(app, (admin, request, h) => look(app, admin, request, h)) },
  ]
}

async function list(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const done = ['assigned', 'refused', 'gone'].find((name) => name === query(request, 'done'))
  const entries = (await app.deps.held.list(ROWS)).map(inWords)
  return app.page(request, h, 'held', { entries, done })
}

async function settle(app: App, admin: Account, request: Request, h: ResponseToolkit, options: PageOptions = {}): Promise<ResponseObject> {
  const entry = await app.deps.held.byId(param(request, 'id'))
  if (!entry) {
    if (request.method === 'get' && query(request, 'done') === '') throw notFound()
    return seeOther(h, '/admin/held?done=gone')
  }
  const typed = { to: field(request, 'to').slice(0, 400), why: field(request, 'why').slice(0, MOST_REASON) }
  return app.page(request, h, 'held-one', { entry: inWords(entry), typed, isFresh: isFresh(app, admin) }, options)
}

/** What can't be sent on may be for any reason of the intake desk; one for all of those that nobody can mend here. */
function inWords(entry: HeldEntry): HeldEntry {
  return { ...entry, reason: REASONS.has(entry.reason) ? entry.reason : 'internal' }
}

function isFresh(app: App, { signedInAt }: Account): boolean {
  return app.now() - signedInAt <= FRESH
}

async function assign(app: App, admin: Account, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const t = app.t(request)
  const to = field(request, 'to').trim()
  const problems = [...(to === '' ? [{ field: 'to', text: t('web.held.problem.missing') }] : []), ...whyProblems(app, request, 'why')]
  if (problems.length > 0) return settle(app, admin, request, h, { status: 422, problems })
  const outcome: AssignOutcome = await app.deps.held.assign(param(request, 'id'), to, actOf(admin, request, 'why'))
  if (outcome === 'assigned' || outcome === 'gone') return seeOther(h, `/admin/held?done=${outcome}`)
  return settle(app, admin, request, h, { status: 422, problems: [{ field: 'to', text: t(`web.held.problem.${outcome}`) }] })
}

async function refuse(app: App, admin: Account, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const problems = whyProblems(app, request, 'refuse-why')
  if (problems.length > 0) return settle(app, admin, request, h, { status: 422, problems })
  const isRefused = await app.deps.held.refuse(param(request, 'id'), actOf(admin, request, 'refuse-why'))
  return seeOther(h, `/admin/held?done=${isRefused ? 'refused' : 'gone'}`)
}

async function look(app: App, admin: Account, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const t = app.t(request)
  if (!isFresh(app, admin)) {
    return settle(app, admin, request, h, { status: 403, problems: [{ field: 'look-why', text: t('web.held.problem.not-fresh') }] })
  }
  const problems = whyProblems(app, request, 'look-why')
  if (problems.length > 0) return settle(app, admin, request, h, { status: 422, problems })
  const page = await app.deps.held.look(param(request, 'id'), actOf(admin, request, 'look-why'))
  if (page === null) return seeOther(h, '/admin/held?done=gone')
  if (page === 'no-pages') {
    return settle(app, admin, request, h, { status: 422, problems: [{ field: 'look-why', text: t('web.held.problem.no-pages') }] })
  }
  const response = h.response(page).type('image/png').header('content-disposition', disposition('inline', 'page.png'))
  return response.header('content-security-policy', DOCUMENT_POLICY)
}

function actOf({ id }: Account, request: Request, name: string): { readonly actor: string; readonly why: string } {
  return { actor: id, why: field(request, name).trim() }
}

function whyProblems(app: App, request: Request, name: string): Problem[] {
  const why = field(request, name).trim()
  if (why !== '' && why.length <= MOST_REASON && !/\p{Cc}/u.test(why)) return []
  return [{ field: name, text: app.t(request)(why === '' ? 'web.held.problem.why' : 'web.held.problem.why-long', { count: MOST_REASON }) }]
}
