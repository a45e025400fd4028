// The postbox number on paper: the page that tells a person her number, her cover sheet and her card, and the cover sheet that a clinic
// prints for whoever names a number.

import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import { type CoverSheet, coverSheetPdf, type PostboxNumber } from '../../documents/sheets/cover-sheet.js'
import { walletCardPdf } from '../../documents/sheets/wallet-card.js'
import { formatPostboxNumber, postboxQrText, readPostboxNumber } from '../../postbox-number.js'
import { type App, field, query } from '../app.js'
import { disposition } from '../download.js'
import { PDF_POLICY } from '../headers.js'
import { consumersOnly } from './consumers-only.js'

type Owned = (number: string, request: Request, h: ResponseToolkit) => Promise<ResponseObject>

export function postboxRoutes(app: App): ServerRoute[] {
  const signed = consumersOnly(app)
  const owned = (work: Owned) => signed((account, _session, request, h) => work(account.postboxNumber ?? '', request, h))
  return [
    { method: 'GET', path: '/profile/postbox', handler: owned((number, request, h) => postboxPage(app, number, request, h)) },
    { method: 'GET', path: '/profile/cover-sheet.pdf', handler: owned((number, request, h) => ownCoverSheet(app, number, request, h)) },
    { method: 'GET', path: '/profile/wallet-card.pdf', handler: owned((number, request, h) => walletCard(app, number, request, h)) },
    { method: 'GET', path: '/providers/cover-sheet', handler: (request, h) => app.page(request, h, 'cover-sheet') },
    { method: 'POST', path: '/providers/cover-sheet', handler: (request, h) => clinicsCoverSheet(app, request, h) },
    { method: 'GET', path: '/providers/cover-sheet.pdf', handler: (request, h) => blankCoverSheet(app, request, h) },
  ]
}

async function postboxPage(app: App, number: string, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const providers = await app.deps.accounts.providers()
  const items = [
    { value: '', text: app.t(request)('web.postbox.any-clinic') },
    ...providers.map(({ slug, name }) => ({ value: slug, text: name })),
  ]
  return app.page(request, h, 'postbox', { number: formatPostboxNumber(number), providers: providers.length > 0 ? items : [] })
}

async function ownCoverSheet(app: App, number: string, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const slug = query(request, 'clinic')
  const chosen = slug === '' ? undefined : (await app.deps.accounts.providers()).find((provider) => provider.slug === slug)
  const to = chosen ? { name: chosen.name, fax: chosen.fax, intakeAddress: `${chosen.slug}@${app.deps.settings.intakeDomain}` } : null
  return coverSheet(app, request, h, { postbox: onPaper(number), to })
}

/** The number is told to nobody: whether somebody has it shows when the fax arrives. */
async function clinicsCoverSheet(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const given = field(request, 'number')
  const typed = readPostboxNumber(given)
  if (typed.kind === 'number') return coverSheet(app, request, h, { postbox: onPaper(typed.number), to: null })
  const reason = given.trim() === '' ? 'missing' : typed.kind === 'mistyped' ? 'mistyped' : 'wrong'
  const problems = [{ field: 'number', text: app.t(request)(`web.cover-sheet.${reason}`) }]
  return app.page(request, h, 'cover-sheet', { number: given.slice(0, 200) }, { status: 422, problems })
}

function blankCoverSheet(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  return coverSheet(app, request, h, { postbox: null, to: null })
}

async function coverSheet(
  app: App,
  request: Request,
  h: ResponseToolkit,
  about: Pick<CoverSheet, 'postbox' | 'to'>,
): Promise<ResponseObject> {
  const { operator } = app.deps.settings
  const sheet = { ...about, operatorName: operator.name, site: siteOf(app, request) }
  return sendSheet(h, await coverSheetPdf(sheet, app.t(request), app.now()), 'cover-sheet.pdf')
}

async function walletCard(app: App, number: string, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const { operator } = app.deps.settings
  const card = { postbox: onPaper(number), operatorName: operator.name, site: siteOf(app, request) }
  return sendSheet(h, await walletCardPdf(card, app.t(request), app.now()), 'postbox-cards.pdf')
}

/** Never what the visitor's Host header says: it is printed. */
export function siteOf(app: App, request: Request): string {
  return app.deps.settings.publicUrl ?? request.server.info.uri
}

function onPaper(number: string): PostboxNumber {
  return { shown: formatPostboxNumber(number), qrText: postboxQrText(number) }
}

/** A PDF of ours, shown in the browser. */
export function sendSheet(h: ResponseToolkit, pdf: Buffer, name: string): ResponseObject {
  return h
    .response(pdf)
    .type('application/pdf')
    .header('content-disposition', disposition('inline', name))
    .header('content-security-policy', PDF_POLICY)
}
