// What every page of the site shares: the frame a template is drawn in, form fields, cookies and the visitor's address.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Request, ResponseObject, ResponseToolkit, Server } from '@hapi/hapi'
import type { Text } from '../texts.js'
import type { Cookies } from './cookies.js'
import type { WebDeps } from './deps.js'
import { languageLinks, languageOf } from './language.js'
import { peerOf } from './peer.js'
import { type Words, words } from './words.js'

/** What is wrong with one field of a form, in words. */
export interface Problem {
  readonly field: string
  readonly text: string
}

export interface PageOptions {
  /** 200 unless given. */
  readonly status?: number
  /** Shown in the summary at the top and beside their fields; the title then starts with "Error:". */
  readonly problems?: readonly Problem[]
  /** When to try again, in ms since the epoch: becomes Retry-After (RFC 9110 10.2.3). */
  readonly retryAt?: number
}

export interface App {
  readonly deps: WebDeps
  readonly cookies: Cookies
  readonly now: () => number
  /** Draws templates/web/<name>.njk. Drawn before it is answered, so that a broken template is a page, too. */
  page(
    request: Request,
    h: ResponseToolkit,
    name: string,
    context?: Readonly<Record<string, unknown>>,
    options?: PageOptions,
  ): Promise<ResponseObject>
  language(request: Request): string
  t(request: Request): Text
  /** For what a clinic may read as well; null: the page is in English anyhow. */
  english(request: Request): Text | null
  words(request: Request): Words
  peer(request: Request): string
}

/** @param server with vision registered. */
export function createApp(server: Server, deps: WebDeps, cookies: Cookies): App {
  const { settings, texts } = deps
  const assetVersion = versionOf(deps.publicFolder)
  const language = (request: Request) => languageOf(request, cookies, texts.languages)
  const t = (request: Request) => texts.in(language(request))
  const { operator, packageDays, intakeDomain } = settings
  const always = { operator, packageDays, intakeDomain, assetVersion, tryingOut: deps.outgoing !== undefined }
  return {
    deps,
    cookies,
    now: () => deps.clock.now(),
    language,
    t,
    english: (request) => (language(request) === 'en' ? null : texts.in('en')),
    words: (request) => words(language(request), t(request)),
    peer: (request) => peerOf(request, settings.trustedProxies),
    page: async (request, h, name, context = {}, { status = 200, problems = [], retryAt } = {}) => {
      const html = await server.render(`web/${name}`, {
        ...always,
        t: t(request),
        language: language(request),
        words: words(language(request), t(request)),
        languages: languageLinks(request, language(request), texts.languages),
        path: request.path,
        crumb: crumbOf(request),
        ...problemContext(problems, t(request)),
        ...context,
      })
      const response = h.response(html).type('text/html; charset=utf-8').code(status)
      if (retryAt !== undefined) response.header('retry-after', String(Math.max(1, Math.ceil((retryAt - deps.clock.now()) / 1000))))
      return response
    },
  }
}

function problemContext(problems: readonly Problem[], t: Text): Record<string, unknown> {
  return {
    problems,
    problemList: problems.map(({ field, text }) => ({ text, href: `#${field}` })),
    problemOf: (field: string) => {
      const problem = problems.find((each) => each.field === field)
      return problem && { text: problem.text, visuallyHiddenText: t('web.layout.error') }
    },
  }
}

/** One field of a posted form; '' when it is missing. Twice the same name: the first counts. */
export function field(request: Request, name: string): string {
  const { payload } = request
  if (typeof payload !== 'object' || payload === null || !Object.hasOwn(payload, name)) return ''
  const value: unknown = (payload as Record<string, unknown>)[name]
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' ? first : ''
}

/** All values that a posted form gives one field, in its order: what of a list was chosen. */
export function fields(request: Request, name: string): string[] {
  const { payload } = request
  if (typeof payload !== 'object' || payload === null || !Object.hasOwn(payload, name)) return []
  const value: unknown = (payload as Record<string, unknown>)[name]
  return (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string')
}

/** The random value that this browser holds in a cookie of its own, for its forms; '' where there are none. */
export function crumbOf(request: Request): string {
  const { crumb } = request.plugins as { crumb?: unknown }
  // Twice the same cookie name: somebody planted one, and no form of hers will be taken.
  return typeof crumb === 'string' ? crumb : ''
}

/** Part of the path; '' when it is missing. */
export function param(request: Request, name: string): string {
  const value: unknown = request.params[name]
  return typeof value === 'string' ? value : ''
}

/** Part of the query; '' when it is missing. Twice the same name: the first counts. */
export function query(request: Request, name: string): string {
  const value: unknown = request.query[name]
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' ? first : ''
}

/** The query as it was sent, with its `?`; '' when there is none. Not hapi's `url`, which throws at a Host header that is none. */
export function searchOf({ raw }: Request): string {
  return /\?.*/.exec(raw.req.url ?? '')?.[0] ?? ''
}

/** See other (RFC 9110 15.4.4): after a POST, so that a reload does not send the form again. */
export function seeOther(h: ResponseToolkit, path: string): ResponseObject {
  return h.redirect(path).code(303)
}

/** So that a browser takes the new files after an upgrade. */
function versionOf(folder: string): string {
  const hash = createHash('sha256')
  for (const name of ['hepoex.css', 'hepoex.js', 'log.js', 'nhsuk-frontend.js', 'passkeys.js', 'signature.js', 'simplewebauthn.js'])
    hash.update(readFileSync(join(folder, name)))
  return hash.digest('hex').slice(0, 12)
}
