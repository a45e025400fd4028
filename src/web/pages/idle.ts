// When open records close by themselves: told on each of their pages, whose script warns before.

import type { Request } from '@hapi/hapi'
import type { Records } from '../../retrieval/desk.js'
import type { App } from '../app.js'

/** For templates/web/partials/idle.njk: how long the records stay open without a click. */
export function idleContext(app: App, request: Request, { idleUntil, endsAt }: Records): { idleSeconds: number; idleSpan: string } {
  const endsIn = Math.min(idleUntil, endsAt) - app.now()
  return { idleSeconds: Math.max(0, Math.floor(endsIn / 1000)), idleSpan: app.words(request).span(endsIn) }
}
