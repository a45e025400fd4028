// From the notice to the records: package reference, code, question. A GET only draws a form; the code and the answer come by POST.

import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import { readCode } from '../../hip/code.js'
import { formatPackageNumber, readPackageNumber } from '../../hip/number.js'
import { type App, field, type PageOptions, param, query, seeOther } from '../app.js'
import { readyMail } from '../ask-again.js'
import type { NumberedTicket } from '../cookies.js'
import { signedInConsumer } from '../signed-in.js'
import { BUSY_MS, endedPage } from './ended.js'

export function openRoutes(app: App): ServerRoute[] {
  return [
    { method: 'GET', path: '/open', handler: (request, h) => askNumber(app, request, h) },
    { method: 'GET', path: '/open/{number}', handler: (request, h) => askCode(app, request, h) },
    { method: 'POST', path: '/open/{number}', handler: (request, h) => enterCode(app, request, h) },
    { method: 'GET', path: '/open/{number}/question', handler: (request, h) => askQuestion(app, request, h) },
    { method: 'POST', path: '/open/{number}/question', handler: (request, h) => enterAnswer(app, request, h) },
  ]
}

async function askNumber(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const typed = query(request, 'number')
  const number = readPackageNumber(typed)
  if (number) return seeOther(h, `/open/${number}`)
  if (request.query.number === undefined) return app.page(request, h, 'open-number')
  return numberProblem(app, request, h, typed, 422)
}

function numberProblem(app: App, request: Request, h: ResponseToolkit, number: string, status: number): Promise<ResponseObject> {
  const text = app.t(request)(number.trim() === '' ? 'web.open.number-empty' : 'web.open.number-problem')
  return app.page(request, h, 'open-number', { number }, { status, problems: [{ field: 'number', text }] })
}

async function askCode(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const number = readPackageNumber(param(request, 'number'))
  return number ? codePage(app, request, h, number) : numberProblem(app, request, h, param(request, 'number'), 404)
}

async function codePage(
  app: App,
  request: Request,
  h: ResponseToolkit,
  number: string,
  code = '',
  options: PageOptions = {},
): Promise<ResponseObject> {
  const reference = formatPackageNumber(number)
  // Whoever knows the number alone is told nothing of the package: it is her own id, and only if she is signed in.
  const id = (await signedInConsumer(app, request))?.address ?? null
  const askAgain = readyMail(app.t(request), app.english(request), { why: 'again', reference, id, intakeNumber: null })
  return app.page(request, h, 'open-code', { number: reference, action: `/open/${number}`, code, askAgain }, options)
}

async function enterCode(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const number = readPackageNumber(param(request, 'number'))
  if (!number) return numberProblem(app, request, h, param(request, 'number'), 404)
  const t = app.t(request)
  const typed = field(request, 'code')
  const again = (text: string, options: PageOptions) =>
    codePage(app, request, h, number, typed.slice(0, 200), { ...options, problems: [{ field: 'code', text }] })
  const code = readCode(typed)
  if (!code) return again(codeProblem(t, typed), { status: 422 })
  const outcome = await app.deps.retrieval.enterCode(number, code, app.peer(request))
  switch (outcome.kind) {
    case 'question':
      return app.cookies.set(seeOther(h, `/open/${number}/question`), 'ticket', { ...outcome.ticket, number })
    case 'refused':
      return again(t('web.open.refused'), { status: 422 })
    case 'wait':
      return again(t('web.open.wait', { span: app.words(request).span(outcome.until - app.now()) }), {
        status: 429,
        retryAt: outcome.until,
      })
    case 'busy':
      return again(t('web.open.busy'), { status: 503, retryAt: app.now() + BUSY_MS })
    default:
      return endedPage(app, request, h, outcome.kind, number, 'sender' in outcome ? outcome.sender : undefined)
  }
}

/** Says how many digits there were: a digit lost in copying is the usual mistake. */
function codeProblem(t: ReturnType<App['t']>, typed: string): string {
  const count = typed.match(/\p{Nd}/gu)?.length ?? 0
  return count === 0 ? t('web.open.code-empty') : t('web.open.code-digits', { count })
}

/** The visitor's ticket, if it is for the package of this path. */
function ticketOf(app: App, request: Request): { number: string; ticket: NumberedTicket | null } | null {
  const number = readPackageNumber(param(request, 'number'))
  if (!number) return null
  const ticket = app.cookies.get(request, 'ticket')
  return { number, ticket: ticket && ticket.number === number && ticket.until > app.now() ? ticket : null }
}

/** No ticket any more: who went back from the open records finds them again, all others start with the code. */
async function overOrOpen(app: App, request: Request, h: ResponseToolkit, number: string): Promise<ResponseObject> {
  if (app.cookies.get(request, 'pass')?.number === number) return seeOther(h, '/records')
  return endedPage(app, request, h, 'over', number)
}

async function askQuestion(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const found = ticketOf(app, request)
  if (!found) return numberProblem(app, request, h, param(request, 'number'), 404)
  if (!found.ticket) return overOrOpen(app, request, h, found.number)
  return questionPage(app, request, h, found.ticket)
}

/** @param problem what to say about the answer just given, when the question is still open. */
async function questionPage(
  app: App,
  request: Request,
  h: ResponseToolkit,
  ticket: NumberedTicket,
  problem = '',
  options: PageOptions = {},
): Promise<ResponseObject> {
  const outcome = await app.deps.retrieval.question(ticket)
  if (outcome.kind !== 'question') return endedPage(app, request, h, outcome.kind, ticket.number, outcome.sender)
  const { question, triesLeft, waitUntil } = outcome
  const paused = waitUntil !== null && waitUntil > app.now() ? app.words(request).span(waitUntil - app.now()) : null
  const context = { question, triesLeft, paused, action: `/open/${ticket.number}/question` }
  return app.page(request, h, 'question', context, problem ? { ...options, problems: [{ field: 'answer', text: problem }] } : options)
}

async function enterAnswer(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const found = ticketOf(app, request)
  if (!found) return numberProblem(app, request, h, param(request, 'number'), 404)
  const { number, ticket } = found
  if (!ticket) return overOrOpen(app, request, h, number)
  const t = app.t(request)
  const answer = field(request, 'answer')
  // Costs no try.
  if (answer.trim() === '') return questionPage(app, request, h, ticket, t('web.question.empty'), { status: 422 })
  const outcome = await app.deps.retrieval.enterAnswer(ticket, answer, app.peer(request))
  const span = (until: number) => app.words(request).span(until - app.now())
  switch (outcome.kind) {
    case 'opened':
      return app.cookies.drop(app.cookies.set(seeOther(h, '/records'), 'pass', { ...outcome.pass, number }), 'ticket')
    case 'wrong': {
      const { triesLeft, waitUntil } = outcome
      if (waitUntil === null) return questionPage(app, request, h, ticket, t('web.question.wrong', { count: triesLeft }), { status: 422 })
      const text = t('web.question.wrong-wait', { count: triesLeft, span: span(waitUntil) })
      return questionPage(app, request, h, ticket, text, { status: 422, retryAt: waitUntil })
    }
    case 'wait':
      return questionPage(app, request, h, ticket, t('web.question.wait', { span: span(outcome.until) }), {
        status: 429,
        retryAt: outcome.until,
      })
    case 'busy':
      return questionPage(app, request, h, ticket, t('web.question.busy'), { status: 503, retryAt: app.now() + BUSY_MS })
    default:
      return endedPage(app, request, h, outcome.kind, number, 'sender' in outcome ? outcome.sender : undefined)
  }
}
