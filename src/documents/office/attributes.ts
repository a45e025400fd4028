// What stays of the attributes: links that say where they lead, language and direction, and the few styles that carry meaning (struck
// through, bold, to the right). Values are never passed on as they were: they are read and written again.

import { escapeHtml } from '../html-page.js'

type Attributes = ReadonlyMap<string, string>

const MAX_URL = 4000
const MAX_STYLE = 4000
const languages = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' })

/** A link that leads out of the document, for use in an attribute (still to be escaped); null for what a copy must not link to. */
export function outwardLink(href: string): string | null {
  // Browsers take control characters and line ends out before they look at the scheme.
  const bare = href
    .slice(0, MAX_URL + 1)
    .replace(/[^\P{Cc}]/gu, '')
    .trim()
  if (bare.length > MAX_URL || !/^(?:https?:\/\/|mailto:|tel:)/i.test(bare)) return null
  if (/^(?:mailto|tel):/i.test(bare)) return bare
  try {
    return new URL(bare).href
  } catch {
    return null
  }
}

/** Written out, each with a space before it: ` lang="es" dir="ltr"`; '' for none. */
export function languageOf(attributes: Attributes): string {
  const lang = validLanguage(attributes.get('lang') ?? '')
  const dir = attributes.get('dir')?.trim().toLowerCase() ?? (/direction\s*:\s*rtl/i.test(style(attributes)) ? 'rtl' : '')
  return `${lang === null ? '' : ` lang="${lang}"`}${dir === 'ltr' || dir === 'rtl' || dir === 'auto' ? ` dir="${dir}"` : ''}`
}

/** A language that exists (BCP 47), as it is spelt; null for anything else. */
export function validLanguage(said: string): string | null {
  if (!/^[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3}$/i.test(said)) return null
  try {
    const [canonical = ''] = Intl.getCanonicalLocales(said)
    return languages.of(canonical.split('-')[0] ?? '') === undefined ? null : canonical
  } catch {
    return null
  }
}

/** ` style="…"` of what an element does to its text, made of fixed words only; '' for nothing. `block` elements may also align it. */
export function styleOf(attributes: Attributes, block: boolean): string {
  const css = style(attributes).toLowerCase()
  const said = (pattern: RegExp): string => pattern.exec(css)?.[1] ?? ''
  const declarations: string[] = []
  const align = said(/(?:^|[;\s])text-align\s*:\s*(left|right|center)/) || (attributes.get('align')?.trim().toLowerCase() ?? '')
  if (block && /^(left|right|center)$/.test(align)) declarations.push(`text-align:${align}`)
  const weight = said(/(?:^|[;\s])font-weight\s*:\s*(bold|bolder|[6-9]00|normal|400)/)
  if (weight) declarations.push(/^b|^[6-9]/.test(weight) ? 'font-weight:bold' : 'font-weight:normal')
  const slant = said(/(?:^|[;\s])font-style\s*:\s*(italic|oblique|normal)/)
  if (slant) declarations.push(slant === 'normal' ? 'font-style:normal' : 'font-style:italic')
  const lines = said(/(?:^|[;\s])text-decoration(?:-line)?\s*:([^;]*)/)
  if (/line-through/.test(lines)) declarations.push('text-decoration:line-through')
  else if (/underline/.test(lines)) declarations.push('text-decoration:underline')
  const place = said(/(?:^|[;\s])vertical-align\s*:\s*(super|sub)/)
  if (place) declarations.push(`vertical-align:${place}`)
  if (said(/(?:^|[;\s])white-space\s*:\s*(pre)/)) declarations.push('white-space:pre-wrap')
  return declarations.length === 0 ? '' : ` style="${declarations.join(';')}"`
}

/** A whole number between the two, written out as ` name="5"`; '' for anything else. */
export function numberOf(attributes: Attributes, name: string, least: number, most: number): string {
  const value = /^\s*-?\d{1,6}\s*(?:px)?$/.test(attributes.get(name) ?? '') ? Number.parseInt(attributes.get(name) ?? '', 10) : Number.NaN
  return value >= least && value <= most ? ` ${name}="${value}"` : ''
}

/** Text of an attribute, shortened and escaped. */
export function quoted(text: string, most = 1000): string {
  return escapeHtml(clean(text).slice(0, most).replace(/\s+/g, ' ').trim())
}

/** Without the control characters that no browser shows. */
export function clean(text: string): string {
  return text.replace(/\f/g, ' ').replace(/[^\P{Cc}\t\r\n\u0085]|[\ufffe\uffff]/gu, '')
}

function style(attributes: Attributes): string {
  return (attributes.get('style') ?? '').slice(0, MAX_STYLE)
}
