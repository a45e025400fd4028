// The opened package: what came and from whom, its documents, and the ways to close it.

import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import { formatPackageNumber } from '../../hip/number.js'
import type { Pass } from '../../retrieval/desk.js'
import type { App } from '../app.js'
import { mayShow } from '../download.js'
import { listDocuments } from '../listing.js'
import { idleContext } from './idle.js'
import { withPass } from './pass.js'

export function recordsRoutes(app: App): ServerRoute[] {
  return [
    { method: 'GET', path: '/records', handler: withPass(app, (pass, request, h) => show(app, pass, request, h)) },
    { method: 'GET', path: '/records/delete', handler: withPass(app, (pass, request, h) => askDelete(app, pass, request, h)) },
    { method: 'POST', path: '/records/delete', handler: withPass(app, (pass, request, h) => deleteNow(app, pass, request, h)) },
  ]
}

/** Null, here and below: the session is over. */
async function show(app: App, pass: Pass, request: Request, h: ResponseToolkit): Promise<ResponseObject | null> {
  const records = await app.deps.retrieval.records(pass)
  if (!records) return null
  const about = { records, number: formatPackageNumber(records.number), ...idleContext(app, request, records) }
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
