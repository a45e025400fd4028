// What she can do with a request: each act, what the desk made of it, and the page that asks first where an act can't be undone.

import type { Request, ResponseObject, ResponseToolkit } from '@hapi/hapi'
import { type RequestsDesk, type RequestView, SENT_WAYS, type SendOutcome, type SentWay } from '../../requests/desk.js'
import { type App, field, fields, seeOther } from '../app.js'

/** Done where the button is. */
export const DIRECT_ACTS = ['sent', 'answered', 'received'] as const
/** With a page before it that says what happens. */
export const ASKED_ACTS = ['mail', 'withdraw', 'delete'] as const
export type AskedAct = (typeof ASKED_ACTS)[number]
export type Act = (typeof DIRECT_ACTS)[number] | AskedAct

/** Where to go on, or what is wrong: `problem` is a key below 'requests.send.problem'. */
export type Performed = { readonly to: string } | { readonly field: string; readonly problem: string }

/** Does it. Nothing of it depends on what her page showed: the desk says what came of it. */
export async function perform(desk: RequestsDesk, act: Act, view: RequestView, consumerId: string, request: Request): Promise<Performed> {
  const { number } = view
  const here = `/forms/${number}`
  const done = (isDone: boolean, what: string): Performed => ({ to: `${here}?done=${isDone ? what : 'not'}` })
  switch (act) {
    case 'sent': {
      const way = wayOf(field(request, 'way'))
      return way ? sending(here, 'sent', await desk.markSent(consumerId, number, way)) : { field: 'way', problem: 'way' }
    }
    case 'mail':
      return sending(here, 'mailed', await desk.mailIt(consumerId, number))
    case 'answered': {
      const isAnswered = field(request, 'answered') === 'yes'
      return done(await desk.markAnswered(consumerId, number, isAnswered), isAnswered ? 'answered' : 'unanswered')
    }
    case 'received':
      return done(await desk.markReceived(consumerId, number, fields(request, 'received')), 'received')
    case 'withdraw':
      return done(await desk.withdraw(consumerId, number), view.kind === 'authorization' ? 'revoked' : 'withdrawn')
    case 'delete':
      return { to: (await desk.remove(consumerId, number)) ? `/forms?deleted=${number}` : '/forms' }
  }
}

function wayOf(typed: string): Exclude<SentWay, 'mailed-by-us'> | null {
  const way = SENT_WAYS.find((each) => each === typed)
  return way === undefined || way === 'mailed-by-us' ? null : way
}

function sending(here: string, what: string, { kind }: SendOutcome): Performed {
  if (kind === 'sent') return { to: `${here}?done=${what}` }
  // Gone, or sent from another tab: her page shows what there is.
  if (kind === 'not-found' || kind === 'not-draft') return { to: `${here}?done=not` }
  return { field: 'send', problem: kind }
}

/** Draws a button, and changes nothing. What has no such act leads to the request. */
export async function askFirst(app: App, act: AskedAct, view: RequestView, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const here = `/forms/${view.number}`
  const question = questionOf(app, act, view, request)
  if (!question) return seeOther(h, here)
  return app.page(request, h, 'confirm', {
    action: `${here}/${act}`,
    no: { href: here, text: app.t(request)('requests.end.no') },
    ...question,
  })
}

function questionOf(app: App, act: AskedAct, view: RequestView, request: Request): Record<string, unknown> | null {
  const t = app.t(request)
  if (act === 'mail') return view.state === 'draft' && view.canBeMailed && view.content.signature ? mailQuestion(app, view, request) : null
  const of = (what: string, more: readonly string[] = []) => ({
    heading: t(`requests.end.${what}-title`),
    paragraphs: [t(`requests.end.${what}-text`), ...more],
    yes: t(`requests.end.${what}-yes`),
  })
  if (act === 'delete') return { ...of('delete', view.state === 'draft' ? [] : [t('requests.end.delete-sent')]), warning: true }
  if (!mayEnd(view)) return null
  return of(view.kind === 'authorization' ? 'revoke' : 'withdraw')
}

/** An authorization goes on after it was answered once. */
export function mayEnd({ kind, state }: RequestView): boolean {
  return state === 'sent' || (kind === 'authorization' && state === 'answered')
}

function mailQuestion(app: App, view: RequestView, request: Request): Record<string, unknown> {
  const t = app.t(request)
  return {
    heading: t('requests.send.confirm', { provider: view.providerName }),
    paragraphs: [t('requests.send.confirm-text')],
    points: [1, 2, 3].map((point) => t(`requests.send.goes-${point}`)),
    after: t('requests.send.confirm-after'),
    yes: t('requests.send.confirm-yes'),
    no: { href: `/forms/${view.number}`, text: t('requests.send.confirm-no') },
  }
}
