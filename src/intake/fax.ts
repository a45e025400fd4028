// What a fax gateway mails when there is no fax in it.

import type { Message } from '../mail/envelope.js'
import type { CollectedDocument } from './collect.js'
import { because, type Disposition } from './disposition.js'

/** How gateways word that a fax did not come through. */
const FAILURE = /\b(fail(ed|ure)?|error|unsuccessful(ly)?|incomplete|not received|could not be received|aborted)\b/i
const LINK = /\bhttps?:\/\/[^\s"'<>]+/i
/** Of a body: what says anything stands at its head. */
const MOST_BYTES = 200_000

/** null: there is something that can be a fax. Else why not, as far as the gateway's own words tell. */
export function missesFax(message: Message, documents: readonly CollectedDocument[] | Disposition): Disposition | null {
  if (!('reason' in documents) && documents.some(mayBeFax)) return null
  if (FAILURE.test(message.subject)) return because('fax-failed')
  const bodies = message.parts.filter(({ role }) => role === 'body').map(({ bytes }) => bytes.toString('latin1', 0, MOST_BYTES))
  if (bodies.some((text) => FAILURE.test(text))) return because('fax-failed')
  return bodies.some((text) => LINK.test(withoutNames(text))) ? because('fax-behind-link') : because('no-documents', 'fax')
}

/** A picture in the text is the gateway's own. */
function mayBeFax({ role, contentId, mediaType, bytes }: CollectedDocument): boolean {
  return role === 'attachment' && bytes.length > 0 && !(contentId !== null && mediaType.startsWith('image/') && mediaType !== 'image/tiff')
}

/** Of HTML: the names of its grammar look like links. */
function withoutNames(text: string): string {
  return text.replace(/<!DOCTYPE[^>]{0,500}>/gi, '').replace(/\bxmlns\S{0,50}="[^"]{0,200}"/gi, '')
}
