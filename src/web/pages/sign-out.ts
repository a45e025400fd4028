// Signing out. Whoever presses that button on a shared device means everything that is open in this browser: the records and the
// profile are two sessions for us, not for her.

import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import { type App, seeOther } from '../app.js'

export function signOutRoutes(app: App): ServerRoute[] {
  return [
    { method: 'POST', path: '/sign-out', handler: (request, h) => signOut(app, request, h) },
    { method: 'POST', path: '/records/sign-out', handler: (request, h) => signOut(app, request, h) },
    { method: 'GET', path: '/signed-out', handler: (request, h) => signedOut(app, request, h) },
  ]
}

async function signOut(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const pass = app.cookies.get(request, 'pass')
  if (pass) await app.deps.retrieval.signOut(pass)
  const account = app.cookies.get(request, 'account')
  if (account) await app.deps.accounts.signOut(account.session)
  // What the browser kept of our pages, for going back, goes too. Not "cookies": that word takes those of the operator's other sites.
  const response = seeOther(h, '/signed-out').header('clear-site-data', '"cache", "storage"')
  return app.cookies.drop(response, 'pass', 'ticket', 'account', 'asked', 'flow')
}

function signedOut(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const t = app.t(request)
  const context = {
    heading: t('web.signed-out.title'),
    paragraphs: [t('web.signed-out.text'), t('web.signed-out.shared')],
    link: { href: '/', text: t('web.signed-out.home') },
  }
  return app.page(request, h, 'message', context)
}
