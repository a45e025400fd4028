// The language of a page: what the visitor chose, else the best of those we speak, as the browser asks (RFC 9110 12.5.4).

import type { Request, Server } from '@hapi/hapi'
import type { Cookies } from './cookies.js'

/** Part of the query of any page: shows it in that language, and the pages after it. */
const PARAMETER = 'lang'

/** What else of a query says which page it is. The rest may be a secret on its way through, and is not repeated. */
const OF_THE_PAGE = ['package', 'before', 'clinic']
/** The filters of the intake log. Whom they name stands there as a keyed hash. */
const OF_THE_LOG = ['last', 'from', 'to', 'provider', 'outcome', 'reason', 'how', 'size', 'number', 'person', 'message', 'text']

/** What the address of the page asks for; null when it asks for none that we speak. */
function askedLanguage(request: Request, spoken: readonly string[]): string | null {
  const [value] = ofQuery(request, PARAMETER)
  return spoken.find((language) => language === value) ?? null
}

/**
 * A value of the query that stands there once, or none. hapi reads no query where the path itself can't be read; and its `url` is no way
 * round, as it throws at a Host header that is none.
 */
function ofQuery({ query }: Request, name: string): string[] {
  const value: unknown = (query as Request['query'] | null)?.[name]
  return typeof value === 'string' ? [value] : []
}

/** Of the page that answers this request. @param spoken languages of the catalogue. */
export function languageOf(request: Request, cookies: Cookies, spoken: readonly string[]): string {
  const chosen = askedLanguage(request, spoken) ?? cookies.get(request, 'language')?.language
  if (chosen !== undefined && spoken.includes(chosen)) return chosen
  return chooseLanguage(String(request.headers['accept-language'] ?? ''), spoken)
}

/** Each language in its own words, with the address of this page in it; empty where only one is spoken. */
export interface LanguageLink {
  readonly language: string
  readonly name: string
  readonly href: string
  readonly isCurrent: boolean
}

export function languageLinks(request: Request, current: string, spoken: readonly string[]): LanguageLink[] {
  if (spoken.length < 2) return []
  return [...spoken].sort().map((language) => {
    const kept = request.route.path === '/admin/log' ? [...OF_THE_PAGE, ...OF_THE_LOG] : OF_THE_PAGE
    const query = new URLSearchParams(kept.flatMap((name) => ofQuery(request, name).map((value): [string, string] => [name, value])))
    query.set(PARAMETER, language)
    const href = `${pageOf(request)}?${query}`
    return { language, name: ownName(language), href, isCurrent: language === current }
  })
}

/** `Español`: as people who speak it write it, with a capital letter. */
export function ownName(language: string): string {
  const name = new Intl.DisplayNames([language], { type: 'language' }).of(language) ?? language
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1)
}

/** The page itself, or the first page where a form was posted to an address that has none. */
function pageOf({ route, method, path, server }: Request): string {
  // Also what could not be decoded: the router would throw.
  if (route.path.includes('*')) return '/'
  const page = method === 'get' ? route : server.match('get', path)
  return page && !page.path.includes('*') ? path : '/'
}

/** A choice made by the address of a page stays with the browser. It changes nothing else, so that a GET may make it. */
export function registerLanguage(server: Server, cookies: Cookies, spoken: readonly string[]): void {
  server.ext('onPreResponse', (request, h) => {
    const { response } = request
    const asked = askedLanguage(request, spoken)
    if (asked !== null && !('isBoom' in response)) cookies.set(response, 'language', { language: asked })
    return h.continue
  })
}

/** @param header Accept-Language. @param spoken languages of the catalogue. English when none fits. */
export function chooseLanguage(header: string, spoken: readonly string[]): string {
  const wishes = header
    .slice(0, 500)
    .split(',')
    .map((part) => {
      const [tag = '', quality] = part
        .trim()
        .toLowerCase()
        .split(/;\s*q=/)
      return { tag: tag.trim(), quality: quality === undefined ? 1 : Number(quality) }
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
  for (const { tag } of wishes) {
    const found = spoken.find((language) => language.toLowerCase() === tag || language.toLowerCase() === tag.split('-')[0])
    if (found) return found
  }
  return 'en'
}
