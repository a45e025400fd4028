// HTML as mails and files hold it.

import type { Text } from '../../texts.js'
import { NotConvertibleError } from '../copy.js'
import { escapeHtml } from '../html-page.js'
import { decodeText } from './charset.js'
import { type OfficeOptions, officePage } from './page.js'
import type { InlineImages } from './pictures.js'
import { cleanHtml } from './sanitise.js'

export interface HtmlCopyOptions extends OfficeOptions {
  /** As declared by Content-Type; null or left out when it wasn't. */
  readonly charset?: string | null
  /** The mail's other parts, which the HTML may show by `cid:`. */
  readonly images?: InlineImages
}

/** What we don't run may be what makes the text. */
const DRAWN_BY_PROGRAM = /<(?:script|object|embed|iframe|canvas|svg)\b/i

const MAX_BYTES = 40 * 1024 * 1024

/**
 * The HTML body of a mail, or an HTML file, as a page of ours. Throws NotConvertibleError: `too-big` for more than 40 MB or 400,000 tags,
 * `damaged` when all there is to see in it would be drawn by a program. Of nothing at all the page says so.
 */
export function htmlCopy(bytes: Buffer, { charset = null, title = '', images }: HtmlCopyOptions, text: Text): Buffer {
  if (bytes.length > MAX_BYTES) throw new NotConvertibleError('too-big')
  return htmlTextCopy(decodeText(bytes, charset), { title, ...(images && { images }) }, text)
}

/** The same for HTML that is text already. */
export function htmlTextCopy(
  source: string,
  { title = '', images }: OfficeOptions & { readonly images?: InlineImages },
  text: Text,
): Buffer {
  const { html, title: own } = cleanHtml(source, { text, ...(images && { images }) })
  const isEmpty = html.replace(/<(?!img\b)[^>]*>/g, '').trim() === ''
  if (isEmpty && own === '' && DRAWN_BY_PROGRAM.test(source)) throw new NotConvertibleError('damaged')
  const heading = title || own || text('office.html')
  const named = own !== '' && own !== heading ? `<p class="note">${escapeHtml(text('office.ownTitle', { title: own }))}</p>` : ''
  return officePage({ title: heading, notes: isEmpty ? [text('office.empty')] : [], html: named + html }, text)
}
