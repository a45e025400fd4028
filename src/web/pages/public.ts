// Pages anybody may read. None of them asks a desk for anything.

import type { Request, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import type { App } from '../app.js'

const PAGES: Readonly<Record<string, string>> = {
  '/': 'home',
  '/privacy': 'privacy',
  '/providers': 'providers',
  '/provider': 'provider',
  '/help': 'help',
  '/packages': 'packages',
  '/forms': 'forms',
}

export function publicRoutes(app: App): ServerRoute[] {
  // Base64 makes 57 bytes 78 (RFC 2045 6.8), and the message around the files takes some room.
  const megabytes = Math.max(1, Math.floor((app.deps.settings.maxMessageBytes * 0.73 * 0.97) / 1_000_000))
  const pages = Object.entries(PAGES).map(([path, name]) => ({
    method: 'GET' as const,
    path,
    handler: (request: Request, h: ResponseToolkit) => app.page(request, h, name, { megabytes }),
  }))
  return [...pages, { method: 'GET', path: '/register', handler: (_request, h) => h.redirect('/sign-in') }]
}
