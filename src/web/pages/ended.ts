// Where a way ends: why, what it means, and what to do now.

import type { Request, ResponseObject, ResponseToolkit } from '@hapi/hapi'
import type { EndedKind } from '../../retrieval/desk.js'
import type { App } from '../app.js'

/** After "busy", when to try again. */
export const BUSY_MS = 5000

/** `session`: the records were open and are not any more. `damaged`: the sealed file is broken. */
export type EndKind = EndedKind | 'session' | 'damaged'

const STATUS: Readonly<Record<EndKind, number>> = {
  expired: 410,
  deleted: 410,
  recalled: 410,
  undeliverable: 410,
  'not-mine': 410,
  locked: 423,
  frozen: 410,
  over: 409,
  session: 409,
  damaged: 500,
}

/** Kinds after which a word with the people who run the service helps. */
const CONTACT: ReadonlySet<EndKind> = new Set(['deleted', 'not-mine', 'damaged'])

/** @param number the package, canonical; null when it is not known any more. Drops the cookies that lead nowhere now,
 * and leaves a ticket for another package alone. */
export async function endedPage(
  app: App,
  request: Request,
  h: ResponseToolkit,
  kind: EndKind,
  number: string | null,
): Promise<ResponseObject> {
  const t = app.t(request)
  const href = { locked: '/sign-in', frozen: '/profile', over: number ? `/open/${number}` : '/open', session: '/open' }[kind as string]
  const context = {
    heading: t(`web.ended.${kind}.title`),
    paragraphs: [t(`web.ended.${kind}.text`), t(`web.ended.${kind}.next`)],
    link: href && { href, text: t(`web.ended.${kind}.link`) },
    contact: CONTACT.has(kind),
  }
  const response = await app.page(request, h, 'message', context, { status: STATUS[kind] })
  if (kind === 'session') return app.cookies.drop(response, 'pass')
  const ticket = app.cookies.get(request, 'ticket')
  return ticket && ticket.number !== number ? response : app.cookies.drop(response, 'ticket')
}
