// Whom to tell of a weakness, for programs and people who look for it where RFC 9116 says.

import { notFound } from '@hapi/boom'
import type { ServerRoute } from '@hapi/hapi'
import { DAY } from '../../clock.js'
import type { App } from '../app.js'
import type { WebSettings } from '../deps.js'

export const SECURITY_TXT = '/.well-known/security.txt'

/** RFC 9116 2.5.5 wants less than a year: who reads a copy later than this asks again. */
const VALID = 180 * DAY

export function securityTxtRoutes(app: App): ServerRoute[] {
  return [
    {
      method: 'GET',
      path: SECURITY_TXT,
      handler: (_request, h) => {
        const { settings, texts } = app.deps
        const contacts = contactsOf(settings)
        // A file without a contact is none, and one that leads nowhere is worse.
        if (contacts.length === 0) throw notFound()
        const lines = [
          ...contacts.map((uri) => `Contact: ${uri}`),
          `Expires: ${new Date(app.now() + VALID).toISOString().replace(/\.\d+/, '')}`,
          `Preferred-Languages: ${texts.languages.join(', ')}`,
          ...(settings.publicUrl?.startsWith('https:') ? [`Canonical: ${settings.publicUrl}${SECURITY_TXT}`] : []),
        ]
        return h.response(`${lines.join('\n')}\n`).type('text/plain; charset=utf-8')
      },
    },
  ]
}

/** The operator's, the best first. */
function contactsOf({ operator }: WebSettings): string[] {
  // RFC 3966: only digits, and one plus sign before them.
  const phone = operator.phone.replace(/[^\d+]/g, '')
  return [...(operator.email ? [`mailto:${encodeURI(operator.email)}`] : []), ...(/^\+\d{5,}$/.test(phone) ? [`tel:${phone}`] : [])]
}
