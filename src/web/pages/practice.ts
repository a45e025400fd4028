// Practising the answer, and the sheet that says what to do when it is forgotten.

import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import type { Account } from '../../accounts/desk.js'
import { recoverySheetPdf } from '../../documents/sheets/recovery-sheet.js'
import { formatPostboxNumber } from '../../postbox-number.js'
import { type App, field, type PageOptions, query, seeOther } from '../app.js'
import { consumersOnly, signedOut } from './consumers-only.js'
import { sendSheet, siteOf } from './postbox.js'
import { answerProblem } from './present-answer.js'

const PATH = '/profile/practice'

export function practiceRoutes(app: App): ServerRoute[] {
  const signed = consumersOnly(app)
  return [
    { method: 'GET', path: PATH, handler: signed((_account, session, request, h) => practicePage(app, session, request, h)) },
    { method: 'POST', path: PATH, handler: signed((_account, session, request, h) => practise(app, session, request, h)) },
    { method: 'POST', path: `${PATH}/mails`, handler: signed((_account, session, request, h) => setMails(app, session, request, h)) },
    {
      method: 'GET',
      path: '/profile/recovery-sheet.pdf',
      handler: signed((account, _session, request, h) => recoverySheet(app, account, request, h)),
    },
  ]
}

async function practicePage(
  app: App,
  session: string,
  request: Request,
  h: ResponseToolkit,
  options: PageOptions = {},
): Promise<ResponseObject> {
  const practice = await app.deps.accounts.life.practice(session)
  if (practice.kind === 'signed-out') return signedOut(app, h)
  // Her profile says what is the matter, and what to do.
  if (practice.kind !== 'question') return seeOther(h, '/profile')
  const done = ['right', 'stopped', 'started'].find((name) => name === query(request, 'done'))
  const { waitUntil } = practice
  const paused = waitUntil !== null && waitUntil > app.now() ? app.words(request).span(waitUntil - app.now()) : null
  return app.page(request, h, 'practice', { practice, paused, done }, options)
}

async function practise(app: App, session: string, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const answer = field(request, 'answer')
  // Costs no try.
  if (answer.trim() === '') {
    const problems = [{ field: 'answer', text: app.t(request)('web.question.empty') }]
    return practicePage(app, session, request, h, { status: 422, problems })
  }
  const refusal = await app.deps.accounts.life.practise(session, answer)
  if (refusal === null) return seeOther(h, `${PATH}?done=right`)
  if (refusal.kind === 'signed-out') return signedOut(app, h)
  if (refusal.kind === 'locked' || refusal.kind === 'frozen' || refusal.kind === 'unset') return seeOther(h, '/profile')
  return practicePage(app, session, request, h, answerProblem(app, request, refusal, 'answer'))
}

async function setMails(app: App, session: string, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const isWanted = field(request, 'mails') === 'on'
  if (!(await app.deps.accounts.life.setPracticeMails(session, isWanted))) return signedOut(app, h)
  return seeOther(h, `${PATH}?done=${isWanted ? 'started' : 'stopped'}`)
}

async function recoverySheet(app: App, { address, postboxNumber }: Account, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const sheet = {
    ...{ address, postboxNumber: formatPostboxNumber(postboxNumber ?? ''), operator: app.deps.settings.operator },
    ...{ site: siteOf(app, request), date: app.words(request).date(app.now()) },
  }
  return sendSheet(h, await recoverySheetPdf(sheet, app.t(request), app.now()), 'recovery-sheet.pdf')
}
