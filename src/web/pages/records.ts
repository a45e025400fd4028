// The opened package: its documents, one by one or all at once, the sealed file to keep, and the ways to close it.

import type { Readable } from 'node:stream'
import { notFound } from '@hapi/boom'
import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import { formatPackageNumber } from '../../hip/number.js'
import type { Pass, Records } from '../../retrieval/desk.js'
import { type App, param, query } from '../app.js'
import { contentType, disposition, mayShow, wholeOnly } from '../download.js'
import { DOCUMENT_POLICY } from '../headers.js'
import { endedPage } from './ended.js'

export function recordsRoutes(app: App): ServerRoute[] {
  const withPass =
    (work: (pass: Pass, request: Request, h: ResponseToolkit) => Promise<ResponseObject | null>) =>
    async (request: Request, h: ResponseToolkit) => {
      const pass = app.cookies.get(request, 'pass')
      const meant = query(request, 'package')
      if (pass && meant !== '' && meant !== pass.number) return anotherPage(app, request, h)
      return (pass && (await work(pass, request, h))) ?? endedPage(app, request, h, 'session', null)
    }
  return [
    { method: 'GET', path: '/records', handler: withPass((pass, request, h) => show(app, pass, request, h)) },
    {
      method: 'GET',
      path: '/records/documents/{index}',
      handler: withPass((pass, request, h) => document(app, pass, request, h, 'attachment')),
    },
    {
      method: 'GET',
      path: '/records/documents/{index}/view',
      handler: withPass((pass, request, h) => document(app, pass, request, h, 'inline')),
    },
    { method: 'GET', path: '/records/all.zip', handler: withPass((pass, _request, h) => zip(app, pass, h)) },
    { method: 'GET', path: '/records/sealed', handler: withPass((pass, _request, h) => sealed(app, pass, h)) },
    { method: 'GET', path: '/records/delete', handler: withPass((pass, request, h) => askDelete(app, pass, request, h)) },
    { method: 'POST', path: '/records/delete', handler: withPass((pass, request, h) => deleteNow(app, pass, request, h)) },
  ]
}

/** Each link says which package it means, as a page may be older than what was opened since in another tab. */
function anotherPage(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const t = app.t(request)
  const context = {
    heading: t('web.another.title'),
    paragraphs: [t('web.another.text'), t('web.another.next')],
    link: { href: '/records', text: t('web.another.link') },
  }
  return app.page(request, h, 'message', context, { status: 409 })
}

async function show(app: App, pass: Pass, request: Request, h: ResponseToolkit): Promise<ResponseObject | null> {
  const records = await app.deps.retrieval.records(pass)
  if (!records) return null
  const endsIn = Math.min(records.idleUntil, records.endsAt) - app.now()
  return app.page(request, h, 'records', {
    records,
    number: formatPackageNumber(records.number),
    documents: listed(records),
    idleSeconds: Math.max(0, Math.floor(endsIn / 1000)),
    idleSpan: app.words(request).span(endsIn),
  })
}

function listed(records: Records): Array<Record<string, unknown>> {
  return records.documents.map(({ name, mediaType, bytes }, index) => ({ index, name, mediaType, bytes, shown: mayShow(mediaType) }))
}

/** Null: the session is over. */
async function document(
  app: App,
  pass: Pass,
  request: Request,
  h: ResponseToolkit,
  asked: 'inline' | 'attachment',
): Promise<ResponseObject | null> {
  const index = /^\d{1,6}$/.test(param(request, 'index')) ? Number(param(request, 'index')) : -1
  const found = await app.deps.retrieval.document(pass, index)
  if (!found) {
    // A mistyped number is no reason to take the open records away.
    if (await app.deps.retrieval.records(pass)) throw notFound()
    return null
  }
  const { name, mediaType, bytes } = found.document
  const how = asked === 'inline' && mayShow(mediaType) ? 'inline' : 'attachment'
  return send(h, found.stream, bytes, contentType(mediaType), disposition(how, name)).header('content-security-policy', DOCUMENT_POLICY)
}

async function zip(app: App, pass: Pass, h: ResponseToolkit): Promise<ResponseObject | null> {
  const found = await app.deps.retrieval.zip(pass)
  return found && send(h, found.stream, found.bytes, 'application/zip', disposition('attachment', found.name))
}

async function sealed(app: App, pass: Pass, h: ResponseToolkit): Promise<ResponseObject | null> {
  const found = await app.deps.retrieval.sealedFile(pass)
  return found && send(h, found.stream, found.bytes, 'application/octet-stream', disposition('attachment', found.name))
}

function send(h: ResponseToolkit, stream: Readable, bytes: number, type: string, how: string): ResponseObject {
  return h.response(wholeOnly(stream)).type(type).bytes(bytes).header('content-disposition', how)
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
