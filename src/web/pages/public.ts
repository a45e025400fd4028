// Pages anybody may read. None of them asks a desk for anything.

import { notFound } from '@hapi/boom'
import type { Request, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import { megabytesOfFiles } from '../../config.js'
import type { App } from '../app.js'

const PAGES: Readonly<Record<string, string>> = {
  '/': 'home',
  '/privacy': 'privacy',
  '/providers': 'providers',
  '/provider': 'provider',
  '/help': 'help',
  '/contact': 'contact',
  '/accessibility': 'accessibility',
}

export function publicRoutes(app: App): ServerRoute[] {
  const megabytes = megabytesOfFiles(app.deps.settings.maxMessageBytes)
  const pages = Object.entries(PAGES).map(([path, name]) => ({
    method: 'GET' as const,
    path,
    handler: (request: Request, h: ResponseToolkit) => app.page(request, h, name, { megabytes }),
  }))
  return [
    ...pages,
    { method: 'GET', path: '/register', handler: (_request, h) => h.redirect('/sign-in') },
    // hapi's own answer to an unknown path reads no cookies: the page would not be in the language she chose.
    {
      method: 'GET',
      path: '/{path*}',
      handler: () => {
        throw notFound()
      },
    },
  ]
}
