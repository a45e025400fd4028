// While trying out, the mail that would have left: codes stand in it in the clear. So these pages exist only for a visitor on
// this very machine, by this machine's name, and only while there is no relay.

import { notFound } from '@hapi/boom'
import type { Request, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import { isLoopbackHost } from '../../config.js'
import { type App, param } from '../app.js'
import type { Outgoing } from '../deps.js'
import { isLocal } from '../peer.js'

export function outgoingRoutes(app: App): ServerRoute[] {
  const { outgoing } = app.deps
  if (!outgoing) return []
  const locally =
    <Result>(work: (outgoing: Outgoing, request: Request, h: ResponseToolkit) => Result) =>
    (request: Request, h: ResponseToolkit) => {
      if (!isLocal(request)) throw notFound()
      return work(outgoing, request, h)
    }
  return [
    {
      method: 'GET',
      path: '/outgoing',
      handler: locally(async (mail, request, h) => app.page(request, h, 'outgoing', { mails: await mail.list() })),
    },
    {
      method: 'GET',
      path: '/outgoing/{id}',
      handler: locally(async (mails, request, h) => {
        const mail = await mails.read(param(request, 'id'))
        if (!mail) throw notFound()
        return app.page(request, h, 'outgoing-mail', {
          mail,
          parts: linked(mail.text, oursOn(request, app.deps.settings.publicUrl)),
        })
      }),
    },
  ]
}

/** The text with links to our own site told apart, as paths; other links stay text. */
function linked(text: string, isOurs: (url: URL) => boolean): Array<{ text: string; href?: string }> {
  return text.split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)])/).map((part) => {
    const url = /^https?:/.test(part) && URL.canParse(part) ? new URL(part) : null
    return url && isOurs(url) ? { text: part, href: `${url.pathname}${url.search}` } : { text: part }
  })
}

/** By the public origin, or by any name of this machine with the door's port: a mail may say localhost, the visitor 127.0.0.1. */
function oursOn(request: Request, publicUrl: string | null): (url: URL) => boolean {
  const port = /:(\d+)$/.exec(request.info.host)?.[1] ?? ''
  return (url) => url.origin === publicUrl || (isLoopbackHost(url.hostname) && url.port === port)
}
