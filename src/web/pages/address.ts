// A new address for a postbox: the form, what is still missing, and the pages that the two mailed links lead to.

import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import type { Account } from '../../accounts/desk.js'
import { type AnswerBlock, CHANGE_HOURS, type ChangeOutcome, type ConfirmOutcome } from '../../accounts/life-desk.js'
import { type App, field, type PageOptions, type Problem, param, query, seeOther } from '../app.js'
import { consumersOnly, signedOut } from './consumers-only.js'
import { answerProblem } from './present-answer.js'

const PATH = '/profile/address'

export function addressRoutes(app: App): ServerRoute[] {
  const signed = consumersOnly(app)
  return [
    { method: 'GET', path: PATH, handler: signed((account, session, request, h) => addressPage(app, account, session, request, h)) },
    { method: 'POST', path: PATH, handler: signed((account, session, request, h) => change(app, account, session, request, h)) },
    { method: 'POST', path: `${PATH}/cancel`, handler: signed((_account, session, _request, h) => cancelMine(app, session, h)) },
    { method: 'GET', path: '/confirm-address/{token}', handler: (request, h) => confirmPage(app, request, h) },
    { method: 'POST', path: '/confirm-address/{token}', handler: (request, h) => confirm(app, request, h) },
    { method: 'GET', path: '/cancel-address/{token}', handler: (request, h) => cancelPage(app, request, h) },
    { method: 'POST', path: '/cancel-address/{token}', handler: (request, h) => cancelByLink(app, request, h) },
  ]
}

async function addressPage(
  app: App,
  account: Account,
  session: string,
  request: Request,
  h: ResponseToolkit,
  options: PageOptions = {},
): Promise<ResponseObject> {
  const pending = await app.deps.accounts.life.addressChange(session)
  const blocked = blockedBy(account)
  if (!pending && blocked) return notNowPage(app, request, h, blocked)
  const done = query(request, 'done') === 'cancelled'
  const context = { account, pending, done, hours: CHANGE_HOURS, address: field(request, 'address').slice(0, 320) }
  return app.page(request, h, 'address', context, options)
}

type Block = 'unset' | 'locked' | 'frozen' | 'reset'

function blockedBy({ question, answerState, reset }: Account): Block | null {
  if (question === 'unset') return 'unset'
  if (reset) return 'reset'
  return answerState === 'ok' ? null : answerState
}

function notNowPage(app: App, request: Request, h: ResponseToolkit, why: Block): Promise<ResponseObject> {
  const t = app.t(request)
  const context = {
    heading: t('life.address.not-now'),
    paragraphs: [t(`life.address.not-now-${why}`)],
    link: { href: '/profile', text: t('life.back') },
  }
  return app.page(request, h, 'message', context, { status: 409 })
}

async function change(app: App, account: Account, session: string, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const t = app.t(request)
  const [address, presentAnswer] = [field(request, 'address').trim(), field(request, 'presentAnswer')]
  const problems: Problem[] = []
  if (address === '') problems.push({ field: 'address', text: t('life.address.problem.empty') })
  if (presentAnswer.trim() === '') problems.push({ field: 'presentAnswer', text: t('life.address.problem.answer-empty') })
  if (problems.length > 0) return addressPage(app, account, session, request, h, { status: 422, problems })
  const outcome = await app.deps.accounts.life.changeAddress(session, { address, presentAnswer })
  switch (outcome.kind) {
    case 'started':
    case 'pending':
      return seeOther(h, PATH)
    case 'signed-out':
      return signedOut(app, h)
    case 'unset':
    case 'locked':
    case 'frozen':
    case 'reset':
      return notNowPage(app, request, h, outcome.kind)
    default:
      return addressPage(app, account, session, request, h, problemsOf(app, request, outcome))
  }
}

type Mendable = Exclude<ChangeOutcome, { kind: 'started' | 'pending' | 'reset' } | AnswerBlock>

function problemsOf(app: App, request: Request, outcome: Mendable): PageOptions {
  const t = app.t(request)
  const problem = (text: string): Problem[] => [{ field: 'address', text }]
  if (outcome.kind === 'not-an-address' || outcome.kind === 'same-address')
    return { status: 422, problems: problem(t(`life.address.problem.${outcome.kind}`)) }
  if (outcome.kind === 'too-often') {
    const span = app.words(request).span(outcome.until - app.now())
    return { status: 429, retryAt: outcome.until, problems: problem(t('life.address.problem.too-often', { span })) }
  }
  return answerProblem(app, request, outcome, 'presentAnswer')
}

async function cancelMine(app: App, session: string, h: ResponseToolkit): Promise<ResponseObject> {
  return seeOther(h, (await app.deps.accounts.life.cancelAddress(session)) ? `${PATH}?done=cancelled` : PATH)
}

/** Mail scanners follow links: this draws a button, whatever the token. */
function confirmPage(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const t = app.t(request)
  return app.page(request, h, 'confirm', {
    heading: t('life.address.confirm-title'),
    paragraphs: [t('life.address.confirm-text')],
    action: `/confirm-address/${encodeURIComponent(param(request, 'token'))}`,
    yes: t('life.address.confirm-next'),
  })
}

const STATUS: Readonly<Record<ConfirmOutcome['kind'], number>> = { half: 200, changed: 200, over: 410, reset: 409 }

async function confirm(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const t = app.t(request)
  const session = app.cookies.get(request, 'account')?.session ?? null
  const outcome = await app.deps.accounts.life.confirmAddress(param(request, 'token'), session)
  if (outcome.kind === 'reset') return notNowPage(app, request, h, 'reset')
  const { kind } = outcome
  const paragraph = outcome.kind === 'half' ? t(`life.address.half-${outcome.proved}`) : t(`life.address.${kind}-text`)
  const link = kind === 'half' ? null : { href: kind === 'changed' ? '/profile' : '/sign-in', text: t(`life.address.${kind}-next`) }
  const context = { heading: t(`life.address.${kind}-title`), paragraphs: [paragraph], link }
  return app.page(request, h, 'message', context, { status: STATUS[kind] })
}

/** Nobody need be signed in to keep things as they are. */
function cancelPage(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const t = app.t(request)
  return app.page(request, h, 'confirm', {
    heading: t('life.address.stop-title'),
    paragraphs: [t('life.address.stop-text')],
    action: `/cancel-address/${encodeURIComponent(param(request, 'token'))}`,
    yes: t('life.address.stop-next'),
  })
}

async function cancelByLink(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const t = app.t(request)
  const which = (await app.deps.accounts.life.cancelAddress(param(request, 'token'))) ? 'stopped' : 'not-stopped'
  const context = { heading: t(`life.address.${which}-title`), paragraphs: [t(`life.address.${which}-text`)] }
  return app.page(request, h, 'message', context, { status: which === 'stopped' ? 200 : 410 })
}
