// Who may see an admin's pages, and who may act there. For everybody else signed in, there are no such pages.

import { notFound } from '@hapi/boom'
import type { Request, ResponseObject, ResponseToolkit } from '@hapi/hapi'
import type { Account } from '../accounts/desk.js'
import { type App, seeOther } from './app.js'

export type AdminWork = (admin: Account, request: Request, h: ResponseToolkit) => Promise<ResponseObject>

/** For signed-in admins, of whatever role: others are asked to sign in, and for anybody else there is no such page. */
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

/** For what changes something. */
export function operatorsOnly(app: App, work: AdminWork): (request: Request, h: ResponseToolkit) => Promise<ResponseObject> {
  return adminsOnly(app, work)
}
