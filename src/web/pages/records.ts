// The opened package: what came and from whom, its documents, and the ways to close it.

import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import { formatPackageNumber } from '../../hip/number.js'
import type { Pass } from '../../retrieval/desk.js'
import { type App, query, seeOther } from '../app.js'
import { mayShow } from '../download.js'
import { listDocuments } from '../listing.js'
import { idleContext } from './idle.js'
import { withPass } from './pass.js'

export function recordsRoutes(app: App): ServerRoute[] {
  return [
    { method: 'GET', path: '/records', handler: withPass(app, (pass, request, h) => show(app, pass, request, h)) },
    { method: 'GET', path: '/records/delete', handler: withPass(app, (pass, request, h) => askDelete(app, pass, request, h)) },
    { method: 'POST', path: '/records/delete', handler: withPass(app, (pass, request, h) => deleteNow(app, pass, request, h)) },
    { method: 'POST', path: '/records/extend', handler: withPass(app, (pass, _request, h) => extend(app, pass, h)) },
    { method: 'GET', path: '/records/not-mine', handler: withPass(app, (pass, request, h) => askNotMine(app, pass, request, h)) },
    { method: 'POST', path: '/records/not-mine', handler: withPass(app, (pass, request, h) => notMine(app, pass, request, h)) },
  ]
}

/** Null, here and below: the session is over. */
async function show(app: App, pass: Pass, request: Request, h: ResponseToolkit): Promise<ResponseObject | null> {
  const records = await app.deps.retrieval.records(pass)
  if (!records) return null
  const isKept = query(request, 'done') === 'extended' && records.extendsTo === null
  const about = { records, number: formatPackageNumber(records.number), isKept, ...idleContext(app, request, records) }
  const listing = listDocuments(records, app.words(request), app.t(request))
  if (listing.hasCopies) return app.page(request, h, 'records', { ...about, listing })
  const documents = records.documents.map(({ name, mediaType, bytes }, index) => ({
    index,
    name,
    mediaType,
    bytes,
    shown: mayShow(mediaType),
  }))
  return app.page(request, h, 'records-plain', { ...about, documents })
}

async function askDelete(app: App, pass: Pass, request: Request, h: ResponseToolkit): Promise<ResponseObject | null> {
  const records = await app.deps.retrieval.records(pass)
  if (!records) return null
  const t = app.t(request)
  return app.page(request, h, 'confirm', {
    heading: t('web.delete.title'),
    paragraphs: [
      t('web.delete.text', { number: formatPackageNumber(records.number), provider: records.providerName }),
      t('web.delete.keep'),
    ],
    action: `/records/delete?package=${records.number}`,
    yes: t('web.delete.yes'),
    warning: true,
    no: { href: '/records', text: t('web.delete.no') },
  })
}

async function deleteNow(app: App, pass: Pass, request: Request, h: ResponseToolkit): Promise<ResponseObject | null> {
  if (!(await app.deps.retrieval.deleteNow(pass))) return null
  const t = app.t(request)
  const context = { heading: t('web.delete.done-title'), paragraphs: [t('web.delete.done-text'), t('web.delete.keep')] }
  return app.cookies.drop(await app.page(request, h, 'message', context), 'pass')
}

/** The page of the records says what came of it: the new date, or that the session is over. */
async function extend(app: App, pass: Pass, h: ResponseToolkit): Promise<ResponseObject> {
  const until = await app.deps.retrieval.extend(pass)
  return seeOther(h, until === null ? '/records' : '/records?done=extended')
}

async function askNotMine(app: App, pass: Pass, request: Request, h: ResponseToolkit): Promise<ResponseObject | null> {
  const records = await app.deps.retrieval.records(pass)
  if (!records) return null
  const t = app.t(request)
  return app.page(request, h, 'confirm', {
    heading: t('packages.not-mine.title'),
    paragraphs: [t('packages.not-mine.text')],
    points: ['closed', 'told', 'quiet', 'delete'].map((point) => t(`packages.not-mine.point-${point}`)),
    after: t('packages.not-mine.sure'),
    action: `/records/not-mine?package=${records.number}`,
    yes: t('packages.not-mine.yes'),
    warning: true,
    no: { href: '/records', text: t('packages.not-mine.no') },
  })
}

async function notMine(app: App, pass: Pass, request: Request, h: ResponseToolkit): Promise<ResponseObject | null> {
  if (!(await app.deps.retrieval.notMine(pass))) return null
  const t = app.t(request)
  const context = {
    heading: t('packages.not-mine.done-title'),
    paragraphs: ['text', 'please', 'mail'].map((each) => t(`packages.not-mine.done-${each}`)),
    contact: true,
  }
  return app.cookies.drop(await app.page(request, h, 'message', context), 'pass')
}
