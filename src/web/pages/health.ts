// For machines that watch the service: alive, ready, and a few numbers.

import { createHash, timingSafeEqual } from 'node:crypto'
import { notFound } from '@hapi/boom'
import type { Request, ServerRoute } from '@hapi/hapi'
import type { App } from '../app.js'
import { isLocal } from '../peer.js'

export function healthRoutes(app: App): ServerRoute[] {
  return [
    { method: 'GET', path: '/healthz', handler: (_request, h) => h.response('ok\n').type('text/plain') },
    {
      method: 'GET',
      path: '/readyz',
      handler: async (request, h) => {
        const { ready, reasons } = await app.deps.readiness()
        // Reasons tell about our insides: for this machine only.
        const text = ready ? 'ready' : ['not ready', ...(isLocal(request) ? reasons : [])].join('\n')
        return h
          .response(`${text}\n`)
          .type('text/plain')
          .code(ready ? 200 : 503)
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      handler: async (request, h) => {
        const { metrics } = app.deps
        if (!metrics || !(isLocal(request) || hasToken(request, metrics.token))) throw notFound()
        return h.response(await metrics.render()).type('text/plain; version=0.0.4; charset=utf-8')
      },
    },
  ]
}

function hasToken(request: Request, token: string | null): boolean {
  const given = /^Bearer (.+)$/i.exec(String(request.headers.authorization ?? ''))?.[1]
  if (token === null || given === undefined) return false
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(token))
}
