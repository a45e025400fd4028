// Her profile: the HePoEx id, the secret question, and the slow way round a forgotten answer.

import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import type { Account, QuestionForm, SetOutcome } from '../../accounts/desk.js'
import { formatPostboxNumber } from '../../postbox-number.js'
import { type App, field, type PageOptions, type Problem, param, query, seeOther } from '../app.js'
import { ownName } from '../language.js'
import { zoneName } from '../zones.js'
import { consumersOnly } from './consumers-only.js'
import { BUSY_MS } from './ended.js'

export function profileRoutes(app: App): ServerRoute[] {
  const signed = consumersOnly(app)
  return [
    { method: 'GET', path: '/profile', handler: signed((account, session, request, h) => profile(app, account, session, request, h)) },
    {
      method: 'GET',
      path: '/profile/question',
      handler: signed((account, _session, request, h) => choosePage(app, account, request, h, false)),
    },
    {
      method: 'POST',
      path: '/profile/question',
      handler: signed((account, session, request, h) => choose(app, account, session, request, h, false)),
    },
    { method: 'GET', path: '/profile/reset', handler: signed((_account, _session, request, h) => resetPage(app, request, h)) },
    { method: 'POST', path: '/profile/reset', handler: signed((_account, session, _request, h) => startReset(app, session, h)) },
    { method: 'POST', path: '/profile/reset/cancel', handler: signed((_account, session, _request, h) => cancelMine(app, session, h)) },
    {
      method: 'GET',
      path: '/profile/reset/finish',
      handler: signed((account, _session, request, h) => choosePage(app, account, request, h, true)),
    },
    {
      method: 'POST',
      path: '/profile/reset/finish',
      handler: signed((account, session, request, h) => choose(app, account, session, request, h, true)),
    },
    { method: 'GET', path: '/cancel-reset/{token}', handler: (request, h) => cancelPage(app, request, h) },
    { method: 'POST', path: '/cancel-reset/{token}', handler: (request, h) => cancelByLink(app, request, h) },
  ]
}

async function profile(app: App, account: Account, session: string, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const done = query(request, 'done')
  const notice = ['saved', 'cancelled', 'unlocked', 'details'].find((name) => name === done)
  const wayNotice = ['passkey-added', 'passkey-removed'].find((name) => name === done)
  const passkeys = await app.deps.accounts.passkeys.list(session)
  const canChange = account.question === 'set' && account.answerState === 'ok' && account.reset === null
  const canReset = account.question === 'set' && account.reset === null
  const postboxNumber = formatPostboxNumber(account.postboxNumber ?? '')
  const zone = account.preferences?.timeZone ?? null
  const details = app.t(request)('settings.profile.details-text', {
    language: ownName(account.language),
    zone: zone === null ? 'UTC' : zoneName(zone, app.language(request), app.now()),
  })
  const addressChange = await app.deps.accounts.life.addressChange(session)
  const state = stateOf(account, app.now())
  const context = { account, postboxNumber, details, notice, wayNotice, passkeys, state, canChange, canReset, addressChange }
  return app.page(request, h, 'profile', context)
}

/** The one thing to tell her first; null when all is well. */
function stateOf({ question, answerState, reset }: Account, now: number): string | null {
  if (reset) return reset.effectiveAt <= now ? 'reset-ready' : 'reset'
  if (question === 'unset') return 'unset'
  return answerState === 'ok' ? null : answerState
}

/** @param finishing after the 72 hours: the present answer is not asked for. */
async function choosePage(
  app: App,
  account: Account,
  request: Request,
  h: ResponseToolkit,
  finishing: boolean,
  options: PageOptions = {},
): Promise<ResponseObject> {
  if (finishing !== (stateOf(account, app.now()) === 'reset-ready') || (account.answerState === 'frozen' && !finishing))
    return seeOther(h, '/profile')
  const isChange = account.question === 'set'
  const context = { isChange, asksPresent: isChange && !finishing, question: field(request, 'question').slice(0, 1000) }
  return app.page(request, h, 'choose', context, options)
}

async function choose(
  app: App,
  account: Account,
  session: string,
  request: Request,
  h: ResponseToolkit,
  finishing: boolean,
): Promise<ResponseObject> {
  const { accounts } = app.deps
  const form = readForm(request, account.question === 'set' && !finishing)
  const outcome = await (finishing ? accounts.finishReset(session, form) : accounts.setQuestion(session, form))
  if (outcome.kind === 'set') return seeOther(h, '/profile?done=saved')
  if (outcome.kind === 'signed-out') return app.cookies.drop(seeOther(h, '/sign-in'), 'account')
  if (outcome.kind === 'locked' || outcome.kind === 'frozen') return seeOther(h, '/profile')
  return choosePage(app, account, request, h, finishing, problemsOf(app, request, outcome, finishing))
}

function readForm(request: Request, withPresent: boolean): QuestionForm {
  const form = { question: field(request, 'question'), answer: field(request, 'answer'), again: field(request, 'again') }
  return withPresent ? { ...form, presentAnswer: field(request, 'presentAnswer') } : form
}

function problemsOf(app: App, request: Request, outcome: SetOutcome, finishing: boolean): PageOptions {
  const t = app.t(request)
  if (outcome.kind === 'wait') {
    const text = t('web.choose.wait', { span: app.words(request).span(outcome.until - app.now()) })
    return { status: 429, retryAt: outcome.until, problems: [{ field: finishing ? 'answer' : 'presentAnswer', text }] }
  }
  if (outcome.kind !== 'problems')
    return { status: 503, retryAt: app.now() + BUSY_MS, problems: [{ field: 'answer', text: t('web.choose.busy') }] }
  const problems: Problem[] = outcome.problems.map((problem) => {
    const left = problem.field === 'presentAnswer' && problem.triesLeft !== undefined ? problem.triesLeft : null
    const key = `web.choose.problem.${problem.field}.${problem.reason}`
    return { field: problem.field, text: left === null ? t(key) : t(`${key}-left`, { count: left }) }
  })
  return { status: 422, problems }
}

function resetPage(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const t = app.t(request)
  return app.page(request, h, 'confirm', {
    heading: t('web.reset.title'),
    paragraphs: [t('web.reset.lead'), t('web.reset.old')],
    points: [t('web.reset.how-1'), t('web.reset.how-2'), t('web.reset.how-3')],
    action: '/profile/reset',
    yes: t('web.reset.next'),
    no: { href: '/profile', text: t('web.layout.back') },
  })
}

async function startReset(app: App, session: string, h: ResponseToolkit): Promise<ResponseObject> {
  const outcome = await app.deps.accounts.startReset(session)
  return seeOther(h, outcome.kind === 'signed-out' ? '/sign-in' : '/profile')
}

async function cancelMine(app: App, session: string, h: ResponseToolkit): Promise<ResponseObject> {
  const cancelled = await app.deps.accounts.cancelReset(session)
  return seeOther(h, cancelled ? '/profile?done=cancelled' : '/profile')
}

/** From a mailed link: nobody need be signed in to keep things as they are. */
function cancelPage(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const t = app.t(request)
  return app.page(request, h, 'confirm', {
    heading: t('web.reset.cancel-title'),
    paragraphs: [t('web.reset.cancel-text')],
    action: `/cancel-reset/${encodeURIComponent(param(request, 'token'))}`,
    yes: t('web.reset.cancel-next'),
  })
}

async function cancelByLink(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const t = app.t(request)
  const which = (await app.deps.accounts.cancelReset(param(request, 'token'))) ? 'cancelled' : 'not-cancelled'
  const context = { heading: t(`web.reset.${which}-title`), paragraphs: [t(`web.reset.${which}-text`)] }
  return app.page(request, h, 'message', context, { status: which === 'cancelled' ? 200 : 410 })
}
