// Signing in with the OpenID Connect provider of the operator's choice. The button is a link: a form that posts and is then led to the
// provider would need its origin in the policy's form-action, and starting changes nothing here. Whoever comes back presses a button,
// as a GET acts on nothing: and so the cookie with state, nonce and verifier need not travel with requests that others cause.

import { notFound } from '@hapi/boom'
import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import type { OidcDesk, OidcOutcome } from '../../accounts/ways.js'
import { type App, query, searchOf } from '../app.js'
import { noteRefused, noteSignedIn, signedIn } from './account.js'

const BACK = '/sign-in/with/return'

export function signInWithRoutes(app: App): ServerRoute[] {
  return [
    { method: 'GET', path: '/sign-in/with', handler: (request, h) => start(app, request, h) },
    { method: 'GET', path: BACK, handler: (request, h) => returned(app, request, h) },
    { method: 'POST', path: BACK, handler: (request, h) => finish(app, request, h) },
  ]
}

function deskOf(app: App): OidcDesk {
  const { oidc } = app.deps.accounts
  if (!oidc) throw notFound()
  return oidc
}

async function start(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const outcome = await deskOf(app).start()
  if (outcome.kind === 'go') return app.cookies.set(h.redirect(outcome.url), 'flow', outcome.flow)
  noteRefused(app, request, { reason: 'oidc-unreachable', detail: outcome.detail })
  return endPage(app, request, h, 'unreachable')
}

/** What came with it is looked at when she presses the button. */
async function returned(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const { name } = deskOf(app)
  // The provider's word for "she said no" (RFC 6749 4.1.2.1).
  if (query(request, 'error') !== '') return endPage(app, request, h, query(request, 'error') === 'access_denied' ? 'cancelled' : 'failed')
  const t = app.t(request)
  const context = {
    heading: t('sign-in-ways.with.return-title'),
    paragraphs: [t('sign-in-ways.with.return-text', { name })],
    action: `${BACK}${searchOf(request)}`,
    yes: t('sign-in-ways.with.return-next'),
  }
  return app.page(request, h, 'confirm', context)
}

async function finish(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const desk = deskOf(app)
  const flow = app.cookies.get(request, 'flow')
  const about = { peer: app.peer(request), language: app.language(request) }
  const outcome: OidcOutcome = flow ? await desk.finish(searchOf(request), flow, about) : { kind: 'over' }
  if (outcome.kind === 'signed-in') {
    noteSignedIn(app, request, outcome.role)
    return signedIn(app, request, h, outcome)
  }
  noteRefused(app, request, { reason: `oidc-${outcome.kind}`, ...('detail' in outcome && { detail: outcome.detail }) })
  return endPage(app, request, h, outcome.kind, 'until' in outcome ? outcome.until : undefined)
}

type End = Exclude<OidcOutcome['kind'], 'signed-in'> | 'cancelled'

const STATUS: Readonly<Record<End, number>> = { over: 409, unverified: 422, failed: 422, unreachable: 503, cancelled: 200, wait: 429 }

/** Why it ended, and the way that always works: by mail. */
async function endPage(app: App, request: Request, h: ResponseToolkit, kind: End, retryAt?: number): Promise<ResponseObject> {
  const t = app.t(request)
  const { name } = deskOf(app)
  const context = {
    heading: t(`sign-in-ways.with.${kind}-title`, { name }),
    paragraphs: [t(`sign-in-ways.with.${kind}-text`, { name }), t('sign-in-ways.with.mail')],
    link: { href: '/sign-in', text: t('sign-in-ways.with.mail-next') },
  }
  const response = await app.page(request, h, 'message', context, { status: STATUS[kind], ...(retryAt !== undefined && { retryAt }) })
  return app.cookies.drop(response, 'flow')
}
