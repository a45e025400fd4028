// The one place where errors become pages. What went wrong inside is for the log; the visitor reads what it means and what to do.

import type { Boom } from '@hapi/boom'
import type { Request, ResponseObject, ResponseToolkit, Server } from '@hapi/hapi'
import { BusyError } from '../semaphore.js'
import type { App } from './app.js'

type ErrorPage = 'not-found' | 'stale-form' | 'too-large' | 'unreadable' | 'busy' | 'broken'

export function registerErrors(server: Server, app: App): void {
  server.ext('onPreResponse', async (request, h) => {
    const { response } = request
    if (!('isBoom' in response)) return h.continue
    note(app, request, response)
    try {
      return await errorPage(app, request, h, response)
    } catch (error) {
      // Even the page for errors cannot be drawn. Words from the catalogue, without a frame.
      app.deps.log.failure('web', error, { method: request.method, status: 500 })
      const t = app.t(request)
      return h
        .response(`${t('web.error.broken.title')}\n${t('web.error.broken.text')}\n`)
        .type('text/plain; charset=utf-8')
        .code(500)
    }
  })
}

function errorPage(app: App, request: Request, h: ResponseToolkit, boom: Boom): Promise<ResponseObject> {
  const status = statusOf(boom)
  const page = pageFor(status, request.method)
  const t = app.t(request)
  const context = {
    heading: t(`web.error.${page}.title`),
    paragraphs: [t(`web.error.${page}.text`)],
    link: {
      text: t(`web.error.${page}.next`),
      href: page === 'stale-form' || page === 'too-large' || page === 'busy' ? formOf(request) : '/',
    },
    contact: page === 'broken',
  }
  const retryAt = status === 503 || status === 429 ? { retryAt: app.now() + 10_000 } : {}
  return app.page(request, h, 'message', context, { status, ...retryAt })
}

/** A line that is full is no fault: whoever comes again finds it shorter. */
function statusOf(boom: Boom): number {
  return boom instanceof BusyError ? 503 : boom.output.statusCode
}

function pageFor(status: number, method: string): ErrorPage {
  if (status === 404 || status === 405) return 'not-found'
  // To a form, the check against forged ones answers 403; to anything else, the folder of files does.
  if (status === 403) return method === 'post' ? 'stale-form' : 'not-found'
  if (status === 413 || status === 414) return 'too-large'
  if (status === 408 || status === 429 || status === 503) return 'busy'
  return status < 500 ? 'unreadable' : 'broken'
}

/** The page that has the form: forms post to their own path, and the few that do not lead to the first page. */
function formOf(request: Request): string {
  const route = request.server.match('get', request.path)
  return route && !route.path.includes('*') ? request.path : '/'
}

/** Any other has no page here: whoever sends it is no browser. */
const USUAL_METHODS = new Set(['get', 'head', 'post'])

function note(app: App, request: Request, boom: Boom): void {
  const status = statusOf(boom)
  const about = { method: request.method, status, route: request.route.path }
  if (status >= 500 && status !== 503) app.deps.log.failure('web', boom, about)
  else if (status !== 404 || !USUAL_METHODS.has(request.method)) app.deps.log.event('page-refused', { ...about, peer: app.peer(request) })
}
