// The two forms that make a provider send records: the request for access (45 CFR 164.524) and the authorization (45 CFR 164.508(c), 42
// CFR 2.31), as PDFs that can be filled in, filled in again, printed, signed and faxed. Faxed on top of the records, the QR code on the
// first page takes them to her postbox.

import type { Text } from '../../texts.js'
import type { Block, FormModel } from './blocks.js'
import { EXPIRY_DAYS, type FormAbout, PURPOSES, SENSITIVE } from './content.js'
import { drawModel } from './draw.js'
import { cut } from './fit.js'
import { FormPaper } from './paper.js'
import * as parts from './parts.js'

/** Of the address that a revocation goes to, in a sentence; it is whole in its fields. */
const MOST_OF_ADDRESS = 400

/**
 * The form as a PDF; blank where the content is (see `blankForm`). The same bytes for the same input. No value makes it throw: what does
 * not fit into its field is on a page at the end. @param at its date, in ms since the epoch.
 */
export async function formPdf(about: FormAbout, text: Text, at: number): Promise<Buffer> {
  const { content } = about
  const paper = content.kind === 'access' ? 'access' : content.isPsychotherapyNotes ? 'psychotherapy' : 'authorization'
  const blocks = { access: accessBlocks, authorization: authorizationBlocks, psychotherapy: notesBlocks }[paper](about, text)
  const model: FormModel = { ...parts.frame(about, text, text(`forms.${paper}.title`)), blocks }
  return drawModel(model, await FormPaper.create(model, at))
}

function accessBlocks(about: FormAbout, text: Text): Block[] {
  return [
    ...parts.head('access', '45 CFR 164.524', text),
    ...parts.postbox(about, text),
    { kind: 'paragraph', text: text('forms.access.lead') },
    ...parts.person(about, text),
    ...parts.provider(about, text),
    ...parts.records(about, text, text('forms.records.title')),
    ...parts.delivery(about, text),
    ...parts.legal('access', 'statement.access', text),
    ...parts.signature(about, text),
    ...parts.office(text),
  ]
}

function authorizationBlocks(about: FormAbout, text: Text): Block[] {
  return [
    ...parts.head('authorization', '45 CFR 164.508(c), 42 CFR 2.31', text),
    ...parts.postbox(about, text),
    { kind: 'paragraph', text: text('forms.authorization.lead') },
    ...parts.person(about, text),
    ...parts.provider(about, text),
    ...parts.records(about, text, text('forms.records.title-authorization')),
    ...sensitive(about, text),
    ...parts.delivery(about, text),
    ...terms(about, text),
    ...rights('authorization', about, text),
    ...parts.legal('authorization', 'statement.part2', text),
    ...parts.signature(about, text),
    ...parts.office(text),
  ]
}

/** For psychotherapy notes and nothing else: 45 CFR 164.508(b)(3)(ii). */
function notesBlocks(about: FormAbout, text: Text): Block[] {
  const title = text('forms.notes.title')
  const mark = { kind: 'check', name: 'psychotherapy-notes', isOn: true } as const
  return [
    ...parts.head('psychotherapy', '45 CFR 164.508(a)(2), (b)(3)(ii) and (c)', text),
    ...parts.postbox(about, text),
    { kind: 'paragraph', text: text('forms.psychotherapy.lead') },
    ...parts.person(about, text),
    ...parts.provider(about, text),
    parts.heading(title),
    { kind: 'choices', title, columns: 1, choices: [{ mark, text: text('forms.notes.check') }] },
    ...parts.delivery(about, text),
    ...terms(about, text),
    ...rights('notes', about, text),
    ...parts.signature(about, text),
    ...parts.office(text),
  ]
}

function sensitive({ content }: FormAbout, text: Text): Block[] {
  const title = text('forms.sensitive.title')
  const choices = SENSITIVE.map((category) => ({
    mark: { kind: 'write', name: `initials-${category}`, value: content.initials[category] ?? '' } as const,
    text: text(`forms.sensitive.${category}`),
  }))
  return [parts.heading(title), { kind: 'paragraph', text: text('forms.sensitive.lead') }, { kind: 'choices', title, columns: 1, choices }]
}

/** Why, and until when. */
function terms({ content }: FormAbout, text: Text): Block[] {
  const title = text('forms.purpose.title')
  const choices = PURPOSES.map((value) => ({
    mark: { kind: 'radio', group: 'purpose', value, isOn: content.purpose === value } as const,
    text: text(`forms.purpose.${value}`),
  }))
  const field = parts.fieldsOf('expiry', text)
  const other = parts.fieldsOf('purpose', text)('other-field', content.purpose === 'other' ? content.otherPurpose : '')
  return [
    {
      kind: 'together',
      blocks: [parts.heading(title), { kind: 'choices', title, columns: 2, choices }, { kind: 'fields', fields: [other] }],
    },
    parts.heading(text('forms.expiry.title')),
    { kind: 'fields', fields: [field('on', parts.defaultExpiry(content)), field('event', content.expiry.event, { share: 2 })] },
    { kind: 'small', text: text('forms.expiry.default', { days: String(EXPIRY_DAYS) }) },
  ]
}

function rights(paper: 'authorization' | 'notes', { content }: FormAbout, text: Text): Block[] {
  const { name, postalAddress } = content.provider
  const provider = [name, ...postalAddress.split('\n')].map((line) => line.trim()).filter(Boolean)
  const where: Block[] =
    provider.length === 0
      ? []
      : [{ kind: 'point', text: text('forms.law.revoke-where', { provider: cut(provider.join(', '), MOST_OF_ADDRESS) }) }]
  const [heading, revoke, ...others] = parts.legal(paper, 'statement.rights', text)
  return [heading, revoke, ...where, ...others].filter((block): block is Block => block !== undefined)
}
