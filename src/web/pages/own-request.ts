// The request of hers that a path names: what is another person's is not found, like what never was.

import { notFound } from '@hapi/boom'
import type { Request, ResponseObject, ResponseToolkit } from '@hapi/hapi'
import { readRequestNumber } from '../../request-number.js'
import type { RequestsDesk, RequestView } from '../../requests/desk.js'
import { type App, param } from '../app.js'
import { consumersOnly } from './consumers-only.js'

export type Owned = (view: RequestView, consumerId: string, request: Request, h: ResponseToolkit) => Promise<ResponseObject>

/** A handler that gives `work` her request. */
export function ownedRequest(app: App, desk: RequestsDesk): (work: Owned) => ReturnType<ReturnType<typeof consumersOnly>> {
  const signed = consumersOnly(app)
  return (work) =>
    signed(async (account, _session, request, h) => {
      const number = readRequestNumber(param(request, 'number'))
      const view = number === null ? null : await desk.view(account.id, number)
      if (!view) throw notFound()
      return work(view, account.id, request, h)
    })
}
