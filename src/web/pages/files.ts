// The bytes of an opened package: documents as they were sent, their readable copies, all of it at once, and the sealed file.

import type { Readable } from 'node:stream'
import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import type { Pass } from '../../retrieval/desk.js'
import type { App } from '../app.js'
import { contentType, disposition, mayShow, wholeOnly } from '../download.js'
import { DOCUMENT_POLICY, frameable, PDF_POLICY } from '../headers.js'
import { indexOf, nothingThere, withPass } from './pass.js'

export function fileRoutes(app: App): ServerRoute[] {
  const get = (path: string, work: (pass: Pass, request: Request, h: ResponseToolkit) => Promise<ResponseObject | null>): ServerRoute => ({
    method: 'GET',
    path,
    handler: withPass(app, work),
  })
  return [
    get('/records/documents/{index}', (pass, request, h) => document(app, pass, request, h, 'attachment')),
    get('/records/documents/{index}/view', (pass, request, h) => document(app, pass, request, h, 'inline')),
    get('/records/documents/{index}/copy', (pass, request, h) => copy(app, pass, request, h)),
    get('/records/documents/{index}/thumbnail', (pass, request, h) => thumbnail(app, pass, request, h)),
    get('/records/records.pdf', (pass, request, h) => readable(app, pass, request, h)),
    get('/records/all.zip', (pass, _request, h) => zip(app, pass, h)),
    get('/records/sealed', (pass, _request, h) => sealed(app, pass, h)),
  ]
}

/** Null, here and below: the session is over. */
async function document(
  app: App,
  pass: Pass,
  request: Request,
  h: ResponseToolkit,
  asked: 'inline' | 'attachment',
): Promise<ResponseObject | null> {
  const found = await app.deps.retrieval.document(pass, indexOf(request))
  if (!found) return nothingThere(app, pass)
  const { name, mediaType, bytes } = found.document
  const isShown = asked === 'inline' && mayShow(mediaType)
  const response = send(h, found.stream, bytes, contentType(mediaType), disposition(isShown ? 'inline' : 'attachment', name))
  return isShown ? frameable(response, DOCUMENT_POLICY) : response.header('content-security-policy', DOCUMENT_POLICY)
}

async function copy(app: App, pass: Pass, request: Request, h: ResponseToolkit): Promise<ResponseObject | null> {
  const found = await app.deps.retrieval.copy(pass, indexOf(request))
  if (!found) return nothingThere(app, pass)
  const name = `${found.document.name}.html`
  return frameable(send(h, found.stream, found.bytes, 'text/html; charset=utf-8', disposition('inline', name)), DOCUMENT_POLICY)
}

async function thumbnail(app: App, pass: Pass, request: Request, h: ResponseToolkit): Promise<ResponseObject | null> {
  const found = await app.deps.retrieval.thumbnail(pass, indexOf(request))
  if (!found) return nothingThere(app, pass)
  const ending = found.mediaType === 'image/png' ? 'png' : 'jpg'
  const response = send(h, found.stream, found.bytes, found.mediaType, disposition('inline', `thumbnail.${ending}`))
  return response.header('content-security-policy', DOCUMENT_POLICY)
}

async function readable(app: App, pass: Pass, request: Request, h: ResponseToolkit): Promise<ResponseObject | null> {
  const found = await app.deps.retrieval.readable(pass)
  if (!found) return nothingThere(app, pass)
  const how = Object.hasOwn(request.query, 'download') ? 'attachment' : 'inline'
  return frameable(send(h, found.stream, found.bytes, 'application/pdf', disposition(how, found.name)), PDF_POLICY)
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
