// Signing in by mail, for consumers and admins. The pages say the same whoever asks; the mailed link acts on POST only.

import { randomBytes } from 'node:crypto'
import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import type { Role, SignInOutcome } from '../../accounts/desk.js'
import { MINUTE } from '../../clock.js'
import { type App, crumbOf, field, type PageOptions, param, query, seeOther } from '../app.js'
import { noteWanted, wantedPath } from '../wanted.js'

type SignedIn = Extract<SignInOutcome, { kind: 'signed-in' }>

/** As long as the mailed characters live. */
const ASKED_MS = 15 * MINUTE

export function accountRoutes(app: App): ServerRoute[] {
  return [
    { method: 'GET', path: '/sign-in', handler: (request, h) => signInPage(app, request, h) },
    { method: 'POST', path: '/sign-in', handler: (request, h) => ask(app, request, h, 'consumer') },
    { method: 'GET', path: '/admin/sign-in', handler: (request, h) => askPage(app, request, h, 'admin') },
    { method: 'POST', path: '/admin/sign-in', handler: (request, h) => ask(app, request, h, 'admin') },
    { method: 'GET', path: '/sign-in/code', handler: (request, h) => codePage(app, request, h) },
    { method: 'POST', path: '/sign-in/code', handler: (request, h) => enterCode(app, request, h) },
    { method: 'GET', path: '/sign-in/link/{token}', handler: (request, h) => linkPage(app, request, h) },
    { method: 'POST', path: '/sign-in/link/{token}', handler: (request, h) => useLink(app, request, h) },
  ]
}

/** From the page about forms she comes to begin one, and is led back there. */
async function signInPage(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const response = await askPage(app, request, h, 'consumer')
  return query(request, 'for') === 'forms' ? noteWanted(app, response, '/forms') : response
}

/** Where signing in begins: for an address, with the other ways beside it that there are for her. */
export async function askPage(
  app: App,
  request: Request,
  h: ResponseToolkit,
  role: Role,
  address = '',
  options: PageOptions = {},
): Promise<ResponseObject> {
  const t = app.t(request)
  const admin = role === 'admin'
  const { passkeys, oidc } = app.deps.accounts
  const context = {
    admin,
    address,
    passkey: admin ? null : await passkeys.toSignIn(crumbOf(request)),
    provider: admin ? null : oidc?.name,
    heading: t(admin ? 'web.sign-in.admin-title' : 'web.sign-in.title'),
    lead: t(admin ? 'web.sign-in.admin-lead' : 'web.sign-in.lead'),
  }
  return app.page(request, h, 'sign-in', context, options)
}

async function ask(app: App, request: Request, h: ResponseToolkit, role: Role): Promise<ResponseObject> {
  const t = app.t(request)
  const address = field(request, 'address').trim()
  const browser = app.cookies.get(request, 'asked')?.browser ?? randomBytes(16).toString('base64url')
  const outcome = await app.deps.accounts.askSignIn(address, browser, app.peer(request), app.language(request), role)
  const again = (text: string, options: PageOptions) =>
    askPage(app, request, h, role, address.slice(0, 320), { ...options, problems: [{ field: 'address', text }] })
  if (outcome.kind === 'not-an-address') return again(t('web.sign-in.address-problem'), { status: 422 })
  if (outcome.kind === 'wait')
    return again(t('web.sign-in.wait', { span: app.words(request).span(outcome.until - app.now()) }), {
      status: 429,
      retryAt: outcome.until,
    })
  return app.cookies.set(seeOther(h, '/sign-in/code'), 'asked', { browser, address, until: app.now() + ASKED_MS })
}

async function codePage(app: App, request: Request, h: ResponseToolkit, code = '', options: PageOptions = {}): Promise<ResponseObject> {
  const asked = app.cookies.get(request, 'asked')
  if (!asked || asked.until <= app.now()) return overPage(app, request, h)
  return app.page(request, h, 'sign-in-code', { address: asked.address, code }, options)
}

async function enterCode(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const asked = app.cookies.get(request, 'asked')
  if (!asked || asked.until <= app.now()) return overPage(app, request, h)
  const t = app.t(request)
  const code = field(request, 'code')
  const again = (text: string) => codePage(app, request, h, code.slice(0, 40), { status: 422, problems: [{ field: 'code', text }] })
  if (code.trim() === '') return again(t('web.sign-in.code-empty'))
  const outcome = await app.deps.accounts.byCode(code, asked.browser, asked.address, app.peer(request))
  note(app, request, outcome)
  if (outcome.kind === 'wrong') return again(t('web.sign-in.code-wrong', { count: outcome.triesLeft }))
  return outcome.kind === 'over' ? overPage(app, request, h) : signedIn(app, request, h, outcome)
}

/** Mail scanners follow links: this draws a button, whatever the token. */
function linkPage(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const t = app.t(request)
  const context = {
    heading: t('web.sign-in.link-title'),
    paragraphs: [t('web.sign-in.link-text')],
    action: `/sign-in/link/${encodeURIComponent(param(request, 'token'))}`,
    yes: t('web.sign-in.link-next'),
  }
  return app.page(request, h, 'confirm', context)
}

async function useLink(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const outcome = await app.deps.accounts.byLink(param(request, 'token'))
  note(app, request, outcome)
  if (outcome.kind === 'signed-in') return signedIn(app, request, h, outcome)
  // Pressed a second time: she is in already, and reads no riddle about a link that was used.
  const session = app.cookies.get(request, 'account')?.session
  const account = session ? await app.deps.accounts.account(session) : null
  return account ? seeOther(h, homeOf(account.role)) : overPage(app, request, h)
}

function homeOf(role: Role): string {
  return role === 'admin' ? '/admin' : '/profile'
}

function note(app: App, request: Request, outcome: SignInOutcome): void {
  if (outcome.kind === 'signed-in') noteSignedIn(app, request, outcome.role)
  else noteRefused(app, request, { reason: outcome.kind })
}

export function noteSignedIn(app: App, request: Request, role: Role): void {
  app.deps.log.event('signed-in', { peer: app.peer(request), route: request.route.path, role })
}

/** Closed words only. */
export function noteRefused(app: App, request: Request, why: { readonly reason: string; readonly detail?: string }): void {
  app.deps.log.event('sign-in-refused', { peer: app.peer(request), route: request.route.path, ...why })
}

/** Gives her the cookie and leads her on. */
export async function signedIn(
  app: App,
  request: Request,
  h: ResponseToolkit,
  { session, role, language, unlocked }: SignedIn,
): Promise<ResponseObject> {
  // Whoever was signed in here before is not any more, whether it was her or somebody who left his session in her browser.
  const before = app.cookies.get(request, 'account')
  if (before) await app.deps.accounts.signOut(before.session)
  const response = seeOther(h, unlocked ? '/profile?done=unlocked' : ((await wantedPath(app, request, session)) ?? homeOf(role)))
  // In a browser where nothing was chosen, her own choice counts for more than what the browser asks for.
  if (!app.cookies.get(request, 'language') && language !== app.language(request)) app.cookies.set(response, 'language', { language })
  return app.cookies.drop(app.cookies.set(response, 'account', { session }), 'asked', 'flow', 'wanted')
}

function overPage(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const t = app.t(request)
  const context = {
    heading: t('web.sign-in.over-title'),
    paragraphs: [t('web.sign-in.over-text')],
    link: { href: '/sign-in', text: t('web.sign-in.over-next') },
  }
  return app.page(request, h, 'message', context, { status: 409 })
}
