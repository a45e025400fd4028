// What every page of an opened package begins with: whose it is, and which package a link meant.

import { notFound } from '@hapi/boom'
import type { Request, ResponseObject, ResponseToolkit } from '@hapi/hapi'
import type { Pass } from '../../retrieval/desk.js'
import { type App, param, query } from '../app.js'
import { endedPage } from './ended.js'

/** Null: the session is over. */
export type PassWork = (pass: Pass, request: Request, h: ResponseToolkit) => Promise<ResponseObject | null>

/** A route's handler: `work` with the visitor's pass, or the page that says why the records aren't open. */
export function withPass(app: App, work: PassWork) {
  return async (request: Request, h: ResponseToolkit): Promise<ResponseObject> => {
    const pass = app.cookies.get(request, 'pass')
    const meant = query(request, 'package')
    if (pass && meant !== '' && meant !== pass.number) return anotherPage(app, request, h)
    return (pass && (await work(pass, request, h))) ?? endedPage(app, request, h, 'session', null)
  }
}

/** Each link says which package it means, as a page may be older than what was opened since in another tab. */
function anotherPage(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const t = app.t(request)
  const context = {
    heading: t('web.another.title'),
    paragraphs: [t('web.another.text'), t('web.another.next')],
    link: { href: '/records', text: t('web.another.link') },
  }
  return app.page(request, h, 'message', context, { status: 409 })
}

/** The document that the path asks for; -1 when it is no number. */
export function indexOf(request: Request): number {
  return /^\d{1,6}$/.test(param(request, 'index')) ? Number(param(request, 'index')) : -1
}

/** To be called when something was not found: a mistyped number is no reason to take the open records away. Null: the session is over. */
export async function nothingThere(app: App, pass: Pass): Promise<null> {
  if (await app.deps.retrieval.records(pass)) throw notFound()
  return null
}
