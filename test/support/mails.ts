// Every mail with sample values, drawn in every language.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTemplates } from '../../src/templates.js'
import { loadTexts, type Texts } from '../../src/texts.js'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const templatesFolder = join(root, 'templates')

export const SITE = 'https://postbox.example.org'
const signInLink = `${SITE}/sign-in`
const time = 'November 22, 2026 at 2:05 PM UTC'

export type Values = Readonly<Record<string, string>>

/** Every mail and what it needs besides `operatorName` and `operatorContact`, which all get. '' and 'yes' stand for no and yes. */
export const mails: Readonly<Record<string, Values>> = {
  notice: {
    code: '1234 5678 9012 3456',
    openLink: `${SITE}/open/ABCDEFGHJKMN`,
    packageReference: 'ABCD-EFGH-JKMN',
    expiresOn: 'December 22, 2026',
    announcedAs: 'Sample Clinic & Sons',
    fax: 'yes',
  },
  receipt: {
    intakeNumber: '7K2M-9QXR-41TB',
    receivedAt: 'November 22, 2026 at 2:03:04 PM UTC',
    handedOverAt: 'November 22, 2026 at 2:03:08 PM UTC',
    documentLines: '1. PDF document, 182 kB, 3 pages\n2. TIFF image (fax), 24 kB',
    authenticatedBy: 'DKIM: the message is signed by clinic.example.com.',
    resend: 'yes',
    protected: 'yes',
  },
  'sign-in': { link: `${SITE}/sign-in/link/abc`, code: 'ABCD-EFGH', minutes: '15' },
  'admin-sign-in': { link: `${SITE}/sign-in/link/abc`, code: 'ABCD-EFGH', minutes: '15' },
  'admin-invitation': { link: `${SITE}/sign-in/link/abc`, hours: '72' },
  'answer-slowed': { time, signInLink, wrong: '5' },
  'answer-locked': { time, signInLink, wrong: '10' },
  'answer-frozen': { time, signInLink, wrong: '1' },
  'answer-changed': { time, signInLink },
  'passkey-added': { time, signInLink },
  'passkey-removed': { time, signInLink },
  'reset-started': { effectiveTime: time, cancelLink: `${SITE}/cancel-reset/abc`, signInLink, ready: '' },
  'reset-reminder': { effectiveTime: time, cancelLink: `${SITE}/cancel-reset/abc`, signInLink, ready: 'yes' },
  opened: { time, packageReference: 'ABCD-EFGH-JKMN' },
  practice: { link: `${SITE}/profile/practice` },
  'address-old': {
    link: `${SITE}/confirm-address/abc`,
    cancelLink: `${SITE}/cancel-address/abc`,
    newAddress: 'm***@new.example',
    hours: '24',
  },
  'address-new': { link: `${SITE}/confirm-address/abc`, hours: '24' },
  'address-taken': { signInLink },
  'address-changed': { time, signInLink },
  closed: { time },
  unused: { refusedFrom: 'December 22, 2026', signInLink },
  undeliverable: { intakeNumber: '7K2M-9QXR-41TB', receivedAt: time, link: `${SITE}/sign-in` },
  held: { intakeNumber: '7K2M-9QXR-41TB', receivedAt: time, expiresOn: 'December 6, 2026 at 2:05 PM UTC', why: 'They named nobody.' },
  'held-viewed': { intakeNumber: '7K2M-9QXR-41TB', receivedAt: time, time: 'November 23, 2026 at 9:00 AM UTC' },
  'held-ended': { intakeNumber: '7K2M-9QXR-41TB', receivedAt: time, expired: 'yes' },
  'expiry-reminder': {
    packageReference: 'ABCD-EFGH-JKMN',
    noticeOn: 'November 22, 2026',
    expiresOn: 'December 22, 2026',
    expiresAt: 'December 22, 2026 at 2:05 PM UTC',
    longer: 'yes',
    openLink: `${SITE}/open/ABCDEFGHJKMN`,
    helpLink: `${SITE}/help`,
  },
  'package-expired': {
    packageReference: 'ABCD-EFGH-JKMN',
    noticeOn: 'November 22, 2026',
    openLink: `${SITE}/open/ABCDEFGHJKMN`,
    helpLink: `${SITE}/help`,
  },
  'not-mine': { time, packageReference: 'ABCD-EFGH-JKMN' },
  reported: {
    intakeNumber: '7K2M-9QXR-41TB',
    intakeNumbers: '7K2M-9QXR-41TB, 8A3N-9QXR-52VC',
    receivedAt: time,
    time: 'November 23, 2026 at 9:00 AM UTC',
  },
  'picked-up': { intakeNumber: '7K2M-9QXR-41TB', receivedAt: time, time: 'November 23, 2026 at 9:00 AM UTC' },
  'request-form': {
    ...{ requestNumber: 'R7K2-M9QX', postboxNumber: 'K7M-2QX-9DP', intakeAddress: 'sample-clinic@intake.example.org' },
    ...{ dueOn: 'December 22, 2026', authorization: 'yes', helpLink: `${SITE}/help` },
  },
  'request-due': {
    ...{ requestNumber: 'R7K2-M9QX', sentOn: 'November 22, 2026', dueOn: 'December 22, 2026', provider: 'Sample Clinic & Sons' },
    ...{ authorization: 'yes', link: `${SITE}/forms/R7K2M9QX` },
  },
  'request-overdue': {
    ...{ requestNumber: 'R7K2-M9QX', sentOn: 'November 22, 2026', dueOn: 'December 22, 2026', provider: 'Sample Clinic & Sons' },
    ...{ authorization: 'yes', link: `${SITE}/forms/R7K2M9QX` },
  },
  'request-came-back': { requestNumber: 'R7K2-M9QX', link: `${SITE}/forms/R7K2M9QX` },
  'admin-alert': { time, about: 'The relay has refused three notices in a row.', link: `${SITE}/admin` },
}

/** Values that choose between texts and are not shown themselves. */
export const unseen = new Set([
  'notice fax',
  'receipt resend',
  'receipt protected',
  'reset-started ready',
  'reset-reminder ready',
  'answer-frozen wrong',
  'held-ended expired',
  'expiry-reminder longer',
  'request-form authorization',
  'request-due authorization',
  'request-overdue authorization',
])

/** The file of texts with a mail's subject. */
const catalogueOf = (name: string) => (name.startsWith('request-') ? 'request-mails' : 'mail')

export const operator = { operatorName: 'Sample Postbox', operatorContact: 'help@example.org, telephone +1 555 0100, fax +1 555 0101' }

/** Which texts were asked for while rendering. */
export const asked = new Set<string>()
export const texts = recording(loadTexts(join(templatesFolder, 'texts')))
export const templates = createTemplates([templatesFolder], texts)

/** Each mail in each language with all its switches on, and again with all off. */
export const rendered = texts.languages.flatMap((language) =>
  Object.entries(mails).flatMap(([name, sample]) =>
    [sample, flipped(sample)].map((values) => {
      const context = { ...operator, ...values }
      return {
        language,
        name,
        values,
        subject: texts.in(language)(`${catalogueOf(name)}.${name}.subject`, context),
        text: templates.render(`mail/${name}.txt`, language, context),
        html: templates.render(`mail/${name}.html`, language, context),
      }
    }),
  ),
)

function recording(spoken: Texts): Texts {
  return {
    languages: spoken.languages,
    in: (language) => {
      const text = spoken.in(language)
      return (key, values) => {
        asked.add(key)
        return text(key, values)
      }
    },
  }
}

function flipped(values: Values): Values {
  const switches = ['fax', 'resend', 'ready', 'expired', 'longer', 'authorization']
  const turned = Object.entries(values).map(([key, value]) => [key, switches.includes(key) ? (value === '' ? 'yes' : '') : value])
  return {
    ...Object.fromEntries(turned),
    ...('announcedAs' in values ? { announcedAs: '' } : {}),
    ...('provider' in values ? { provider: '' } : {}),
  }
}
