// One document to read: it or its copy on a page of ours, with the way to the one before and the one after.

import { buffer } from 'node:stream/consumers'
import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import type { ManifestDocument } from '../../hip/manifest.js'
import type { Pass, Records } from '../../retrieval/desk.js'
import type { App } from '../app.js'
import { mayShow } from '../download.js'
import { VIEWER_POLICY } from '../headers.js'
import { type Listed, listDocuments, type Shown } from '../listing.js'
import { idleContext } from './idle.js'
import { indexOf, nothingThere, withPass } from './pass.js'

/** A longer text is left to the browser: a page of it would take long to draw. */
const MAX_TEXT = 512 * 1024

export function viewRoutes(app: App): ServerRoute[] {
  return [{ method: 'GET', path: '/records/view/{index}', handler: withPass(app, (pass, request, h) => view(app, pass, request, h)) }]
}

/** Null: the session is over. */
async function view(app: App, pass: Pass, request: Request, h: ResponseToolkit): Promise<ResponseObject | null> {
  const index = indexOf(request)
  const records = await app.deps.retrieval.records(pass)
  const document = records?.documents[index]
  if (!records || !document) return nothingThere(app, pass)
  const { inOrder } = listDocuments(records, app.words(request), app.t(request))
  const listed = inOrder.find((each) => each.index === index)
  if (!listed) throw new Error('viewing: a document is not listed')
  const text = listed.shown === 'text' ? await textOf(app, pass, index, document) : null
  const place = placeOf(records, document, text === null ? shownWithoutText(listed.shown, document) : 'text', index)
  const response = await app.page(request, h, 'view', {
    ...{ document: listed, records, text, total: inOrder.length },
    previous: neighbour(inOrder[listed.place - 2]),
    next: neighbour(inOrder[listed.place]),
    ...place,
    ...idleContext(app, request, records),
  })
  return place.frame === null ? response : response.header('content-security-policy', VIEWER_POLICY)
}

function neighbour(listed: Listed | undefined): { index: number; title: string } | null {
  return listed ? { index: listed.index, title: listed.title } : null
}

interface Place {
  readonly shown: Shown
  /** What the frame or the picture shows; null: there is none. */
  readonly frame: string | null
  readonly picture: string | null
  /** Where it opens alone, as large as the window, to be printed; null: nowhere. */
  readonly alone: string | null
  /** Its pages in records.pdf. */
  readonly pages: { readonly first: number; readonly last: number; readonly count: number } | null
}

/** What stands where on the page. */
function placeOf({ number }: Records, { copy, mediaType }: ManifestDocument, shown: Shown, index: number): Place {
  const query = `?package=${number}`
  const itself = `/records/documents/${index}/view${query}`
  const pages = copy?.kind === 'pages' ? { first: copy.first, last: copy.first + copy.count - 1, count: copy.count } : null
  const inRecords = `/records/records.pdf${query}#page=${pages?.first ?? 1}`
  // As wide as the frame, without a column of small pages beside it, where the browser's viewer understands that.
  const wide = 'view=FitH&navpanes=0'
  const nothing = { shown, frame: null, picture: null, alone: mayShow(mediaType) ? itself : null, pages }
  // It is on the page itself, to be read and printed.
  if (shown === 'text') return { ...nothing, alone: null }
  if (shown === 'image') return { ...nothing, picture: itself }
  if (shown === 'pdf') return { ...nothing, frame: `${itself}#${wide}` }
  if (shown === 'pages') return { ...nothing, frame: `${inRecords}&${wide}`, alone: inRecords }
  if (shown !== 'html') return nothing
  const own = `/records/documents/${index}/copy${query}`
  return { ...nothing, frame: own, alone: own }
}

/** Of a text that isn't one for us its pages, if it has any. */
function shownWithoutText(shown: Shown, { copy }: ManifestDocument): Shown {
  if (shown !== 'text') return shown
  return copy?.kind === 'pages' ? 'pages' : null
}

/** The document as text; null when it is too long, or isn't UTF-8. */
async function textOf({ deps }: App, pass: Pass, index: number, { bytes }: ManifestDocument): Promise<string | null> {
  const found = bytes <= MAX_TEXT ? await deps.retrieval.document(pass, index) : null
  if (!found) return null
  try {
    return readable(new TextDecoder('utf-8', { fatal: true }).decode(await buffer(found.stream)))
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}

/** Without the control characters that HTML forbids. */
function readable(text: string): string {
  return text.replace(/\r\n?|\f/g, '\n').replace(/[^\P{Cc}\t\n]/gu, '')
}
