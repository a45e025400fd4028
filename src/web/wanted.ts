// The page of a form she wanted before she had to sign in: she is led there afterwards, and not left to find it again from her profile.

import type { Request, ResponseObject } from '@hapi/hapi'
import { MINUTE } from '../clock.js'
import type { App } from './app.js'

/** As long as the mailed characters live. */
const WANTED_MS = 15 * MINUTE
/** Pages about forms, and none that is a file. */
const WANTABLE = /^\/forms(?:\/[0-9A-Za-z-]{8,16}(?:\/[a-z]{1,20})?)?$/

/** Notes on the response that asks her to sign in which page she came for. It is opened again; what a form sent there is not sent again. */
export function noteWanted(app: App, response: ResponseObject, path: string): ResponseObject {
  return WANTABLE.test(path) ? app.cookies.set(response, 'wanted', { path, until: app.now() + WANTED_MS }) : response
}

/** Where to lead whoever has just signed in; null: nowhere in particular. Somebody new has her question to choose first. */
export async function wantedPath(app: App, request: Request, session: string): Promise<string | null> {
  const wanted = app.cookies.get(request, 'wanted')
  if (!wanted || wanted.until <= app.now()) return null
  const account = await app.deps.accounts.account(session)
  return account?.role === 'consumer' && account.question === 'set' ? wanted.path : null
}
