// The field for her present answer, on pages whose acts need more than her mailbox: what to say when it leads no further.

import type { Request } from '@hapi/hapi'
import type { AnswerProblem } from '../../accounts/life-desk.js'
import type { App, PageOptions } from '../app.js'
import { BUSY_MS } from './ended.js'

/** @param name of the field. */
export function answerProblem(app: App, request: Request, refusal: AnswerProblem, name: string): PageOptions {
  const t = app.t(request)
  const span = (until: number) => app.words(request).span(until - app.now())
  const problem = (text: string, options: PageOptions): PageOptions => ({ ...options, problems: [{ field: name, text }] })
  if (refusal.kind === 'busy') return problem(t('life.answer.busy'), { status: 503, retryAt: app.now() + BUSY_MS })
  if (refusal.kind === 'wait')
    return problem(t('web.question.wait', { span: span(refusal.until) }), { status: 429, retryAt: refusal.until })
  const { triesLeft: count, waitUntil } = refusal
  if (waitUntil === null) return problem(t('web.question.wrong', { count }), { status: 422 })
  return problem(t('web.question.wrong-wait', { count, span: span(waitUntil) }), { status: 422, retryAt: waitUntil })
}
