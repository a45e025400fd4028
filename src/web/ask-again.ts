// A mail that is ready to be sent to a clinic: please send my records again. We don't send it, and it names no clinic's address: to whom it
// goes only she knows.

import type { Text } from '../texts.js'

export interface ReadyMail {
  readonly why: AskedAgain['why']
  /** A mailto link (RFC 6068) without an address. */
  readonly href: string
  readonly subject: string
  /** Its text, a paragraph each. */
  readonly paragraphs: readonly string[]
}

export interface AskedAgain {
  /** `recalled`: the sender took it back, so it is asked why. */
  readonly why: 'again' | 'recalled'
  /** As people read it. */
  readonly reference: string
  /** Hers; null: we don't know who asks, and leave a place for it. */
  readonly id: string | null
  /** Null before a right code. */
  readonly intakeNumber: string | null
}

/**
 * The mail in the language of the page, and below it in English, which every clinic reads. Nothing in it says anything of anybody's health.
 * @param english null: the page is in English.
 */
export function readyMail(t: Text, english: Text | null, asked: AskedAgain): ReadyMail {
  const { why } = asked
  const both = english ? [t, english] : [t]
  const paragraphs = both.flatMap((text) => paragraphsIn(text, asked))
  const subject = both.map((text) => text(why === 'recalled' ? 'packages.mail.recalled-subject' : 'packages.mail.subject')).join(' / ')
  return {
    why,
    href: `mailto:?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(paragraphs.join('\r\n\r\n'))}`,
    subject,
    paragraphs,
  }
}

function paragraphsIn(t: Text, { why, reference, id, intakeNumber }: AskedAgain): string[] {
  const about =
    why === 'recalled'
      ? [t('packages.mail.recalled', { reference }), t('packages.mail.recalled-again')]
      : [t('packages.mail.again'), t('packages.mail.reference', { reference })]
  return [
    t('packages.mail.hello'),
    ...about,
    ...(intakeNumber === null ? [] : [t('packages.mail.intake', { intakeNumber })]),
    t('packages.mail.how', { id: id ?? t('packages.mail.id') }),
    t('packages.mail.where'),
    t('packages.mail.thanks'),
  ]
}
