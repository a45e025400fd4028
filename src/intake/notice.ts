// The notice to the consumer: the one mail that carries the code. It is composed in memory, handed to the relay and forgotten; it is
// never queued, since a queue would be a place where the code is stored.

import { dayInWords } from '../dates.js'
import { formatCode } from '../hip/code.js'
import { formatPackageNumber } from '../hip/number.js'
import { composeLetter } from '../mail/letter.js'
import type { Consumer } from '../store/consumers.js'
import type { Templates } from '../templates.js'
import { inLanguage, type Texts } from '../texts.js'
import type { Sender } from './post.js'

export interface Notice {
  readonly consumer: Consumer
  readonly code: string
  readonly packageNumber: string
  readonly expiresAt: number
  /** They came by fax: nobody knows who sent one. */
  readonly isFax: boolean
  /** Shown only to a person who wants that. */
  readonly providerName: string
}

/** The whole message, ready for the relay. */
export function composeNotice(notice: Notice, sender: Sender, templates: Templates, texts: Texts): Promise<Buffer> {
  const { language, timeZone, showProvider } = notice.consumer
  const values = {
    code: formatCode(notice.code),
    openLink: inLanguage(`${sender.publicUrl()}/open/${notice.packageNumber}`, language),
    packageReference: formatPackageNumber(notice.packageNumber),
    expiresOn: dayInWords(notice.expiresAt, language, timeZone),
    operatorName: sender.operatorName,
    operatorContact: sender.operatorContact,
    announcedAs: showProvider ? notice.providerName : '',
    fax: notice.isFax ? 'yes' : '',
  }
  return composeLetter(
    {
      from: { name: sender.operatorName, address: sender.mailFrom },
      to: notice.consumer.address,
      subject: texts.in(language)('mail.notice.subject', values),
      text: templates.render('mail/notice.txt', language, values),
      html: templates.render('mail/notice.html', language, values),
      automatic: 'auto-generated',
    },
    sender.dkim ? { dkim: sender.dkim } : {},
  )
}
