// Closing a postbox for good: what goes and what stays, and the answer that it takes.

import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import type { Account } from '../../accounts/desk.js'
import { type App, field, type PageOptions } from '../app.js'
import { consumersOnly, signedOut } from './consumers-only.js'
import { answerProblem } from './present-answer.js'

const PATH = '/profile/close'

export function closeRoutes(app: App): ServerRoute[] {
  const signed = consumersOnly(app)
  return [
    { method: 'GET', path: PATH, handler: signed((account, _session, request, h) => closePage(app, account, request, h)) },
    { method: 'POST', path: PATH, handler: signed((account, session, request, h) => close(app, account, session, request, h)) },
  ]
}

function closePage(app: App, account: Account, request: Request, h: ResponseToolkit, options: PageOptions = {}): Promise<ResponseObject> {
  if (account.question === 'set' && account.answerState !== 'ok') return notNowPage(app, request, h, account.answerState)
  return app.page(request, h, 'close', { asksAnswer: account.question === 'set' }, options)
}

function notNowPage(app: App, request: Request, h: ResponseToolkit, why: 'locked' | 'frozen'): Promise<ResponseObject> {
  const t = app.t(request)
  const context = {
    heading: t('life.close.not-now'),
    paragraphs: [t(`life.close.not-now-${why}`)],
    link: { href: '/profile', text: t('life.back') },
  }
  return app.page(request, h, 'message', context, { status: 409 })
}

async function close(app: App, account: Account, session: string, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const t = app.t(request)
  const presentAnswer = field(request, 'presentAnswer')
  if (account.question === 'set' && presentAnswer.trim() === '') {
    const problems = [{ field: 'presentAnswer', text: t('life.close.problem.answer-empty') }]
    return closePage(app, account, request, h, { status: 422, problems })
  }
  const outcome = await app.deps.accounts.life.close(session, presentAnswer)
  switch (outcome.kind) {
    case 'closed':
      return app.cookies.drop(app.cookies.drop(await closedPage(app, request, h), 'account'), 'pass')
    case 'signed-out':
      return signedOut(app, h)
    case 'locked':
    case 'frozen':
      return notNowPage(app, request, h, outcome.kind)
    case 'changed': {
      const problems = [{ field: account.question === 'set' ? 'presentAnswer' : 'close', text: t('life.close.problem.changed') }]
      return closePage(app, account, request, h, { status: 409, problems })
    }
    default:
      return closePage(app, account, request, h, answerProblem(app, request, outcome, 'presentAnswer'))
  }
}

/** In answer to the POST itself: there is nobody any more whom a page could be shown to after it. */
function closedPage(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const t = app.t(request)
  const paragraphs = [t('life.close.closed-text'), t('life.close.closed-clinics')]
  return app.page(request, h, 'message', { heading: t('life.close.closed-title'), paragraphs, contact: true })
}
