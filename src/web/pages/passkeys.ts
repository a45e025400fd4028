// Passkeys: signing in with one, and adding and removing them. What the browser's script says comes as a form like any other, so there is
// no fetch, and no JSON but what stands in a field.

import { notFound } from '@hapi/boom'
import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import type { AddOutcome, PasskeyAsk } from '../../accounts/ways.js'
import { type App, crumbOf, field, type PageOptions, param, seeOther } from '../app.js'
import { askPage, noteRefused, noteSignedIn, signedIn } from './account.js'
import { consumersOnly } from './consumers-only.js'

/** Letters of a name that come back on the page. */
const MOST_NAME = 200

export function passkeyRoutes(app: App): ServerRoute[] {
  const signed = consumersOnly(app)
  return [
    // The page with its problem is the answer to a form, and reloading it asks for its path.
    { method: 'GET', path: '/sign-in/passkey', handler: (_request, h) => h.redirect('/sign-in') },
    { method: 'POST', path: '/sign-in/passkey', handler: (request, h) => signIn(app, request, h) },
    {
      method: 'GET',
      path: '/profile/passkeys/add',
      handler: signed((_account, session, request, h) => addPage(app, session, request, h)),
    },
    {
      method: 'POST',
      path: '/profile/passkeys/add',
      handler: signed((_account, session, request, h) => add(app, session, request, h)),
    },
    {
      method: 'GET',
      path: '/profile/passkeys/{id}/remove',
      handler: signed((_account, session, request, h) => removePage(app, session, request, h)),
    },
    {
      method: 'POST',
      path: '/profile/passkeys/{id}/remove',
      handler: signed((_account, session, request, h) => remove(app, session, request, h)),
    },
  ]
}

async function signIn(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const outcome = await app.deps.accounts.passkeys.signIn(field(request, 'response'), crumbOf(request), app.peer(request))
  if (outcome.kind === 'signed-in') {
    noteSignedIn(app, request, outcome.role)
    return signedIn(app, request, h, outcome)
  }
  noteRefused(app, request, { reason: outcome.kind === 'wait' ? 'wait' : `passkey-${outcome.reason}` })
  const t = app.t(request)
  if (outcome.kind === 'refused')
    return askPage(app, request, h, 'consumer', '', {
      status: 422,
      problems: [{ field: 'passkey', text: t('sign-in-ways.sign-in.refused') }],
    })
  const text = t('sign-in-ways.sign-in.wait', { span: app.words(request).span(outcome.until - app.now()) })
  return askPage(app, request, h, 'consumer', '', { status: 429, retryAt: outcome.until, problems: [{ field: 'passkey', text }] })
}

async function addPage(
  app: App,
  session: string,
  request: Request,
  h: ResponseToolkit,
  options: PageOptions = {},
): Promise<ResponseObject> {
  const outcome = await app.deps.accounts.passkeys.toAdd(session, crumbOf(request))
  return outcome.kind === 'ask' ? formPage(app, outcome.ask, request, h, options) : cannotAdd(app, outcome.kind, request, h)
}

function formPage(app: App, ask: PasskeyAsk, request: Request, h: ResponseToolkit, options: PageOptions): Promise<ResponseObject> {
  return app.page(request, h, 'passkey-add', { ask, name: field(request, 'name').slice(0, MOST_NAME) }, options)
}

async function add(app: App, session: string, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const form = { response: field(request, 'response'), name: field(request, 'name') }
  const { kind } = await app.deps.accounts.passkeys.add(session, crumbOf(request), form)
  if (kind === 'added') {
    app.deps.log.event('account-changed', { peer: app.peer(request), kind: 'passkey-added' })
    return seeOther(h, '/profile?done=passkey-added')
  }
  if (kind !== 'refused' && kind !== 'known' && kind !== 'name-too-long') return cannotAdd(app, kind, request, h)
  const problem = { field: kind === 'name-too-long' ? 'name' : 'passkey', text: app.t(request)(`sign-in-ways.add.${kind}`) }
  return addPage(app, session, request, h, { status: 422, problems: [problem] })
}

async function cannotAdd(
  app: App,
  kind: Extract<AddOutcome['kind'], 'not-offered' | 'signed-out' | 'stale' | 'full'>,
  request: Request,
  h: ResponseToolkit,
): Promise<ResponseObject> {
  if (kind === 'not-offered') throw notFound()
  if (kind === 'signed-out') return app.cookies.drop(seeOther(h, '/sign-in'), 'account')
  const t = app.t(request)
  const context = {
    heading: t(`sign-in-ways.${kind}.title`),
    paragraphs: [t(`sign-in-ways.${kind}.text`)],
    link: { href: kind === 'stale' ? '/sign-in' : '/profile', text: t(`sign-in-ways.${kind}.next`) },
  }
  return app.page(request, h, 'message', context, { status: 409 })
}

async function removePage(app: App, session: string, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const id = param(request, 'id')
  const kept = (await app.deps.accounts.passkeys.list(session))?.passkeys.find((each) => each.id === id)
  if (!kept) throw notFound()
  const t = app.t(request)
  const name = kept.name ?? t('sign-in-ways.profile.unnamed')
  return app.page(request, h, 'confirm', {
    heading: t('sign-in-ways.remove.title'),
    paragraphs: [
      t('sign-in-ways.remove.which', { name, date: app.words(request).date(kept.createdAt) }),
      t('sign-in-ways.remove.text'),
      t('sign-in-ways.remove.device'),
    ],
    action: `/profile/passkeys/${encodeURIComponent(id)}/remove`,
    yes: t('sign-in-ways.remove.next'),
    warning: true,
    no: { href: '/profile', text: t('web.layout.back') },
  })
}

async function remove(app: App, session: string, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  // Pressed a second time it is gone already, as she wanted.
  const removed = await app.deps.accounts.passkeys.remove(session, param(request, 'id'))
  if (removed) app.deps.log.event('account-changed', { peer: app.peer(request), kind: 'passkey-removed' })
  return seeOther(h, removed ? '/profile?done=passkey-removed' : '/profile')
}
