// RTF as documents and as Outlook's mail bodies, which often are HTML carried in RTF ([MS-OXRTFEX]).

import type { Text } from '../../texts.js'
import { NotConvertibleError } from '../copy.js'
import { htmlTextCopy } from './html.js'
import { type OfficeOptions, officePage, section } from './page.js'
import type { InlineImages } from './pictures.js'
import { RtfPage } from './rtf-page.js'
import { RtfReader } from './rtf-reader.js'
import { cleanHtml } from './sanitise.js'

export interface RtfCopyOptions extends OfficeOptions {
  /** Other parts of the mail that its body may show by `cid:`. */
  readonly images?: InlineImages
}

const MAX_BYTES = 40 * 1024 * 1024

/**
 * An RTF document, or the decompressed RTF body of a message ([MS-OXRTFCP] is not read here), as a page of ours. Text that tracked
 * changes have deleted is left out, hidden text is shown. Throws NotConvertibleError: `damaged` when it is no RTF or holds nothing,
 * `too-big` for more than 40 MB.
 */
export function rtfCopy(bytes: Buffer, text: Text, { title = '', images }: RtfCopyOptions = {}): Buffer {
  if (bytes.length > MAX_BYTES) throw new NotConvertibleError('too-big')
  const page = new RtfPage()
  const reader = new RtfReader(bytes, page)
  reader.read()
  if (reader.isHtml) return htmlTextCopy(page.carried, { title, ...(images && { images }) }, text)
  const { body, heads, feet, notes } = page.finish()
  const pieces = [
    section(text('office.pageHead'), heads),
    heads === '' ? body : section(text('office.documentText'), body),
    section(text('office.notes'), notes && `<ol>${notes}</ol>`),
    section(text('office.pageFoot'), feet),
  ]
  const { html } = cleanHtml(pieces.join(''), { text, ...(images && { images }) })
  if (html.trim() === '') throw new NotConvertibleError('damaged')
  return officePage({ title: title || text('office.rtf'), html }, text)
}
