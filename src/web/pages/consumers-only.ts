// Pages of somebody who is signed in: who isn't is asked to, and an admin has a page of her own.

import type { Request, ResponseObject, ResponseToolkit } from '@hapi/hapi'
import type { Account } from '../../accounts/desk.js'
import { type App, seeOther } from '../app.js'
import { noteWanted } from '../wanted.js'

export type Signed = (account: Account, session: string, request: Request, h: ResponseToolkit) => Promise<ResponseObject>

/** A handler that gives `work` the consumer and her session. */
export function consumersOnly(app: App): (work: Signed) => (request: Request, h: ResponseToolkit) => Promise<ResponseObject> {
  return (work) => async (request, h) => {
    const session = app.cookies.get(request, 'account')?.session
    const account = session ? await app.deps.accounts.account(session) : null
    if (!account || session === undefined) return toSignIn(app, request, h)
    return account.role === 'consumer' ? work(account, session, request, h) : seeOther(h, '/admin')
  }
}

function toSignIn(app: App, request: Request, h: ResponseToolkit): ResponseObject {
  return noteWanted(app, signedOut(app, h), request.path)
}

/** Her session is over: she has to sign in again. */
export function signedOut(app: App, h: ResponseToolkit): ResponseObject {
  return app.cookies.drop(seeOther(h, '/sign-in'), 'account')
}
