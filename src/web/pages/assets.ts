// The few static files: style sheet, scripts, mark. Written by scripts/build-css.mjs.

import type { ServerRoute } from '@hapi/hapi'
import type { App } from '../app.js'

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
      options: { cache: { otherwise: 'public, max-age=86400' } },
    },
    // Browsers ask for this by themselves; the mark is an SVG and named in every page.
    { method: 'GET', path: '/favicon.ico', handler: (_request, h) => h.redirect('/assets/mark.svg') },
    { method: 'GET', path: '/robots.txt', handler: (_request, h) => h.response('User-agent: *\nDisallow: /\n').type('text/plain') },
  ]
}
