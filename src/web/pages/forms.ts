// The two forms that make a clinic send: what they are, blank ones to print, beginning one here, and the list of her requests.

import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import type { FormKind } from '../../documents/forms/content.js'
import { readRequestNumber } from '../../request-number.js'
import { MOST_REQUESTS, type RequestEntry, type RequestsDesk } from '../../requests/desk.js'
import { type App, field, type PageOptions, query, seeOther } from '../app.js'
import { signedInConsumer } from '../signed-in.js'
import { consumersOnly } from './consumers-only.js'
import { sendSheet } from './postbox.js'
import { standingOf } from './requests-about.js'

const KINDS: readonly FormKind[] = ['access', 'authorization']

export function formsRoutes(app: App, desk: RequestsDesk): ServerRoute[] {
  const signed = consumersOnly(app)
  return [
    { method: 'GET', path: '/forms', handler: (request, h) => formsPage(app, desk, request, h) },
    { method: 'POST', path: '/forms', handler: signed((account, _session, request, h) => begin(app, desk, account.id, request, h)) },
    ...KINDS.map((kind) => ({
      method: 'GET' as const,
      path: `/forms/${kind}.pdf`,
      handler: (request: Request, h: ResponseToolkit) => blank(app, desk, kind, request, h),
    })),
  ]
}

async function formsPage(
  app: App,
  desk: RequestsDesk,
  request: Request,
  h: ResponseToolkit,
  options: PageOptions = {},
): Promise<ResponseObject> {
  const account = await signedInConsumer(app, request)
  const entries = account ? await desk.list(account.id) : null
  const context = { kinds: KINDS, requests: entries?.map((entry) => inList(app, request, entry)) ?? null, ...noticeOf(request, entries) }
  return app.page(request, h, 'requests', context, options)
}

function inList(app: App, request: Request, entry: RequestEntry) {
  const t = app.t(request)
  return { ...standingOf(t, app.words(request), entry), providerName: entry.providerName }
}

/** What the last press of a button did, as far as the list bears it out: anybody can write such a link. */
function noticeOf(request: Request, entries: readonly RequestEntry[] | null) {
  const of = (name: string) => readRequestNumber(query(request, name))
  const saved = entries?.find(({ number, state }) => number === of('saved') && state === 'draft') ?? null
  const deleted = of('deleted')
  return { saved, isDeleted: entries !== null && deleted !== null && !entries.some(({ number }) => number === deleted) }
}

async function begin(app: App, desk: RequestsDesk, consumerId: string, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const t = app.t(request)
  const kind = KINDS.find((each) => each === field(request, 'kind'))
  if (!kind) return formsPage(app, desk, request, h, { status: 422, problems: [{ field: 'begin', text: t('requests.begin.problem') }] })
  const number = await desk.begin(consumerId, kind)
  if (number !== null) return seeOther(h, `/forms/${number}/person`)
  const problems = [{ field: 'mine', text: t('requests.mine.too-many', { count: MOST_REQUESTS }) }]
  return formsPage(app, desk, request, h, { status: 409, problems })
}

async function blank(app: App, desk: RequestsDesk, kind: FormKind, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const account = await signedInConsumer(app, request)
  const { bytes, name } = await desk.blank(kind, app.language(request), account?.id ?? null)
  return sendSheet(h, bytes, name)
}
