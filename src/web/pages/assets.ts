// The few static files: style sheet, scripts, mark. Written by scripts/build-css.mjs.

import { notFound } from '@hapi/boom'
import type { ServerRoute } from '@hapi/hapi'
import { type App, param } from '../app.js'

/** Bytes. Ours are a few letters long; a file system refuses what is much longer with an error of its own. */
const MAX_NAME = 100

export function assetRoutes(app: App): ServerRoute[] {
  return [
    {
      method: 'GET',
      path: '/assets/{file*}',
      handler: {
        directory: {
          path: app.deps.publicFolder,
          index: false,
          listing: false,
          redirectToSlash: false,
          lookupCompressed: true,
          etagMethod: 'hash',
        },
      },
      options: {
        cache: { otherwise: 'public, max-age=86400' },
        ext: {
          onPreHandler: {
            method: (request, h) => {
              if (Buffer.byteLength(param(request, 'file')) > MAX_NAME) throw notFound()
              return h.continue
            },
          },
        },
      },
    },
    // Browsers ask for this by themselves; the mark is an SVG and named in every page.
    { method: 'GET', path: '/favicon.ico', handler: (_request, h) => h.redirect('/assets/mark.svg') },
    { method: 'GET', path: '/robots.txt', handler: (_request, h) => h.response('User-agent: *\nDisallow: /\n').type('text/plain') },
  ]
}
