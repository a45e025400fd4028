// One request: what its form says, sending it, what became of it, and its papers. Every act is a form; looking changes nothing.

import { notFound } from '@hapi/boom'
import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import { type RequestsDesk, type RequestView, SENT_WAYS, stepsOf } from '../../requests/desk.js'
import { type App, type PageOptions, query } from '../app.js'
import { ownedRequest } from './own-request.js'
import { sendSheet } from './postbox.js'
import { checklist, dateOf, linesOf, signatureOf, standingOf } from './requests-about.js'
import { type Act, ASKED_ACTS, askFirst, DIRECT_ACTS, mayEnd, perform } from './requests-acts.js'

export function requestsRoutes(app: App, desk: RequestsDesk): ServerRoute[] {
  const owned = ownedRequest(app, desk)
  const act = (name: Act): ServerRoute => ({
    method: 'POST',
    path: `/forms/{number}/${name}`,
    handler: owned(async (view, consumerId, request, h) => {
      const outcome = await perform(desk, name, view, consumerId, request)
      return 'to' in outcome ? h.redirect(outcome.to).code(303) : requestPage(app, view, request, h, problemOf(app, request, outcome))
    }),
  })
  const paper = (name: Paper): ServerRoute => ({
    method: 'GET',
    path: `/forms/{number}/${name}.pdf`,
    handler: owned((view, consumerId, request, h) => paperOf(app, desk, name, view, consumerId, request, h)),
  })
  return [
    { method: 'GET', path: '/forms/{number}', handler: owned((view, _consumerId, request, h) => requestPage(app, view, request, h)) },
    ...PAPERS.map(paper),
    ...[...DIRECT_ACTS, ...ASKED_ACTS].map(act),
    ...ASKED_ACTS.map(
      (name): ServerRoute => ({
        method: 'GET',
        path: `/forms/{number}/${name}`,
        handler: owned((view, _consumerId, request, h) => askFirst(app, name, view, request, h)),
      }),
    ),
  ]
}

function requestPage(
  app: App,
  view: RequestView,
  request: Request,
  h: ResponseToolkit,
  options: PageOptions = {},
): Promise<ResponseObject> {
  const [t, words] = [app.t(request), app.words(request)]
  const lines = linesOf(t, words, view.content)
  const signature = signatureOf(t, words, view.content)
  const context = {
    request: standingOf(t, words, view),
    steps: stepsOf(view.kind).map((step) => ({ step, lines: lines.filter((line) => line.step === step) })),
    signature: { ...signature, isSigned: view.content.signature !== null },
    missing: view.missing,
    canBeMailed: view.canBeMailed && view.content.signature !== null,
    providerName: view.providerName,
    ways: SENT_WAYS.filter((way) => way !== 'mailed-by-us'),
    checklist: checklist(t, view),
    letterFrom: view.sent && dateOf(words, view.sent.letterFrom),
    letters: view.letters,
    mayEnd: mayEnd(view),
    notice: noticeOf(view, query(request, 'done')),
  }
  return app.page(request, h, view.state === 'draft' ? 'requests-check' : 'requests-one', context, options)
}

/** What the last press of a button did, as far as the request bears it out: anybody can write such a link. */
function noticeOf(view: RequestView, done: string): string | null {
  const { state, sent } = view
  const isSo: Readonly<Record<string, boolean>> = {
    sent: state === 'sent' && sent?.way !== 'mailed-by-us',
    mailed: state === 'sent' && sent?.way === 'mailed-by-us',
    answered: state === 'answered',
    unanswered: state === 'sent',
    received: state === 'answered',
    ...{ withdrawn: state === 'withdrawn', revoked: state === 'revoked', not: true },
  }
  return Object.hasOwn(isSo, done) && isSo[done] ? done : null
}

function problemOf(app: App, request: Request, { field, problem }: { readonly field: string; readonly problem: string }): PageOptions {
  const text = app.t(request)(`requests.send.problem.${problem}`)
  return { status: problem === 'way' ? 422 : 409, problems: [{ field, text }] }
}

const PAPERS = ['form', 'reminder', 'revocation'] as const
type Paper = (typeof PAPERS)[number]

async function paperOf(
  app: App,
  desk: RequestsDesk,
  paper: Paper,
  view: RequestView,
  consumerId: string,
  request: Request,
  h: ResponseToolkit,
): Promise<ResponseObject> {
  const language = app.language(request)
  const { number } = view
  const file = await (paper === 'form' ? desk.pdf(consumerId, number, language) : desk.letter(consumerId, number, paper, language))
  if (!file) throw notFound()
  return sendSheet(h, file.bytes, file.name)
}
