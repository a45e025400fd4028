// The parts that both forms and the letters are made of.

import type { Text } from '../../texts.js'
import type { Block, Choice, FormModel, SignatureMark } from './blocks.js'
import { EXPIRY_DAYS, FORMATS, type FormAbout, type FormContent, type FormPostbox, RECORD_TYPES, type Signature } from './content.js'
import { cited, ELECTRONIC_SIGNATURE, type LegalElement, type PaperKind, statements } from './elements.js'
import { cut } from './fit.js'

const DAY = 24 * 60 * 60 * 1000

/** The box has its place on the first page; a name is whole in its field. */
const MOST_IN_BOX = 160
const MOST_SIGNED = 300

/** The title, the law it stands on, and what the records office should do. */
export function head(paper: 'access' | 'authorization' | 'psychotherapy', law: string, text: Text): Block[] {
  return [
    { kind: 'title', text: text(`forms.${paper}.title`) },
    { kind: 'strong', text: text('forms.under', { law }) },
    { kind: 'small', text: text(`forms.${paper === 'access' ? 'access' : 'authorization'}.desk`) },
  ]
}

/** Where the records go: printed when it is known whose postbox it is, else fields. `isShort`: only what a fax desk or a mail needs. */
export function postbox({ postbox: known, requestNumber, site, content }: FormAbout, text: Text, isShort = false): Block[] {
  const title = text(`forms.box.${content.kind}`)
  const how = text('forms.box.how', { site })
  if (known === null) {
    const fields = (['number', 'email-field', 'fax-field'] as const).map((key) => ({
      ...{ kind: 'text' as const, name: `postbox-${key.replace('-field', '')}`, label: text(`forms.box.${key}`), value: '' },
    }))
    return [{ kind: 'together', blocks: [heading(title), { kind: 'fields', fields }, { kind: 'small', text: how }] }]
  }
  const lines = [
    !isShort && content.person.name && text('forms.box.name', { name: content.person.name }),
    requestNumber && text('forms.box.request', { number: requestNumber }),
    known.intakeAddress && text('forms.box.email', { address: known.intakeAddress }),
    known.intakeFax && text('forms.box.fax', { number: known.intakeFax }),
    !isShort && text('forms.box.id', { address: known.address }),
    how,
  ]
  const shown = lines.filter((line): line is string => Boolean(line)).map((line) => cut(line, MOST_IN_BOX))
  return [{ kind: 'postbox', title, qr: qrOf(known, requestNumber, text), number: known.number, lines: shown }]
}

function qrOf({ qrText, number }: FormPostbox, requestNumber: string | null, text: Text) {
  const alt = requestNumber === null ? text('forms.box.qr', { number }) : text('forms.box.qr-request', { number, request: requestNumber })
  return { text: qrText, alt }
}

export function person({ content: { person: who } }: FormAbout, text: Text): Block[] {
  const field = fieldsOf('person', text)
  return [
    heading(text('forms.person.title')),
    { kind: 'fields', fields: [field('name', who.name, { share: 2 }), field('born-on', inNumbers(who.bornOn))] },
    { kind: 'fields', fields: [field('other-names', who.otherNames, { share: 2 }), field('phone', who.phone)] },
    { kind: 'fields', fields: [field('address', who.postalAddress, { lines: 3, share: 2 }), field('record-number', who.recordNumber)] },
  ]
}

export function provider({ content: { kind, provider: who } }: FormAbout, text: Text): Block[] {
  const field = fieldsOf('provider', text)
  return [
    heading(text(`forms.provider.${kind}`)),
    { kind: 'fields', fields: [field('name', who.name, { share: 2 }), field('fax', who.fax)] },
    { kind: 'fields', fields: [field('address', who.postalAddress, { lines: 2 })] },
  ]
}

/** Check boxes; nothing marked on a form that is filled in means everything. */
export function records({ content }: FormAbout, text: Text, title: string): Block[] {
  const marked = markedRecords(content)
  const choice = (type: (typeof RECORD_TYPES)[number]): Choice => ({
    mark: { kind: 'check', name: `records-${type}`, isOn: marked.includes(type) },
    text: type === 'all' ? cited('designated-record-set', text) : text(`forms.records.${type}`),
  })
  const field = fieldsOf('records', text)
  const rest = RECORD_TYPES.filter((type) => type !== 'all')
  return [
    heading(title),
    { kind: 'choices', title, columns: 1, choices: [choice('all')] },
    { kind: 'choices', title, columns: 2, choices: rest.map(choice) },
    { kind: 'fields', fields: [field('other-field', marked.includes('other') ? content.otherRecords : '', { lines: 2 })] },
    { kind: 'fields', fields: [field('from', inNumbers(content.from)), field('to', inNumbers(content.to))] },
  ]
}

/** What the boxes say; with `all`, nothing else. */
export function markedRecords(content: FormContent): readonly (typeof RECORD_TYPES)[number][] {
  const isFilled = content.person.name !== ''
  if (content.records.includes('all') || (content.records.length === 0 && isFilled)) return ['all']
  return RECORD_TYPES.filter((type) => content.records.includes(type))
}

export function delivery({ content }: FormAbout, text: Text): Block[] {
  const title = text('forms.delivery.title')
  const choices = FORMATS.map((format): Choice => {
    const place = content.formats.indexOf(format)
    const value = place < 0 ? '' : String(place + 1)
    return { mark: { kind: 'write', name: `format-${format}`, value }, text: text(`forms.delivery.${format}`) }
  })
  const mark = { kind: 'check', name: 'unencrypted', isOn: content.isUnencryptedAccepted } as const
  return [
    heading(title),
    { kind: 'small', text: text('forms.delivery.order') },
    { kind: 'choices', title, columns: 1, choices },
    { kind: 'choices', title, columns: 1, choices: [{ mark, text: text('forms.delivery.unencrypted') }] },
  ]
}

/** Sentences of the law, each with its citation. */
export function legal(paper: PaperKind, as: LegalElement['as'], text: Text): Block[] {
  const sentences = statements(paper, as).map((id): Block => ({ kind: 'point', text: cited(id, text) }))
  return [heading(text(`forms.law.${as.replace('statement.', '')}`)), ...sentences]
}

export function signature({ content, signedOnPaper }: FormAbout, text: Text): Block[] {
  const { representative } = content
  const agree: Block[] = content.kind === 'authorization' ? [{ kind: 'paragraph', text: text('forms.sign.agree') }] : []
  const field = fieldsOf('sign', text)
  const fields = [
    field('representative-name', representative?.name ?? ''),
    field('representative-authority', representative?.authority ?? ''),
  ]
  const blocks = [
    heading(text('forms.sign.title')),
    ...agree,
    { kind: 'fields' as const, fields },
    ...signedHow(content, signedOnPaper, text),
  ]
  return [{ kind: 'together', blocks: blocks }]
}

/** A copy of what was signed on paper does not have the signature, and says so instead of showing an empty line to sign on. */
function signedHow({ signature: given }: FormContent, signedOnPaper: string | undefined, text: Text): Block[] {
  if (given !== null || signedOnPaper === undefined) return [signed(given, text)]
  const said = signedOnPaper === '' ? text('forms.sign.not-shown') : text('forms.sign.on-paper', { date: inNumbers(signedOnPaper) })
  return [{ kind: 'strong', text: said }]
}

export function signed(signature: Signature | null, text: Text): Block {
  const byHand = text('forms.sign.by-hand')
  const law = ELECTRONIC_SIGNATURE
  const dateLabel = text('forms.sign.date')
  if (signature === null) return { kind: 'signature', label: byHand, mark: { kind: 'by-hand' }, dateLabel, date: '' }
  const mark: SignatureMark =
    signature.kind === 'typed'
      ? { kind: 'typed', name: cut(signature.name, MOST_SIGNED) }
      : { kind: 'drawn', strokes: signature.strokes, alt: text('forms.sign.alt') }
  const label = `${byHand}. ${text(`forms.sign.${signature.kind}`, { law })}`
  return { kind: 'signature', label, mark, dateLabel, date: inNumbers(signature.on) }
}

export function office(text: Text): Block[] {
  const field = fieldsOf('office', text)
  const fields = [field('received', ''), field('sent', ''), field('by', '')]
  return [{ kind: 'together', blocks: [heading(text('forms.office.title')), { kind: 'fields', fields }] }]
}

/** The foot of a page, the words for what did not fit, and what the file says of itself. */
export function frame(about: Pick<FormAbout, 'operatorName' | 'site' | 'requestNumber'>, text: Text, title: string) {
  const { operatorName: operator, site, requestNumber: number } = about
  const more = text('forms.foot.more', { operator, site })
  const left = number === null ? more : `${text('forms.foot.request', { number })} · ${more}`
  return {
    ...{ title, language: text('forms.language'), author: operator },
    continued: { mark: text('forms.continued.mark'), title: text('forms.continued.title') },
    foot: (page: number, pages: number) => ({ left, right: text('forms.foot.page', { page, pages }) }),
  } satisfies Omit<FormModel, 'blocks'>
}

export function heading(text: string): Block {
  return { kind: 'heading', text }
}

/** Makes fields whose labels are `forms.SECTION.KEY` and whose names are `SECTION-KEY`; 'other' itself is a box to tick. */
export function fieldsOf(section: string, text: Text) {
  return (key: string, value: string, more: { readonly lines?: number; readonly share?: number } = {}) =>
    ({
      kind: 'text',
      name: `${section}-${key.replace('-field', '-text')}`,
      label: text(`forms.${section}.${key}`),
      value,
      ...more,
    }) as const
}

/** '1980-03-14' as '03/14/1980', the way its label says; anything else as it is. */
export function inNumbers(date: string | null): string {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(date ?? '') ?? []
  return year === undefined ? (date ?? '') : `${month}/${day}/${year}`
}

/** The day on which a signed authorization ends that names no end itself; '' where that can't be told. */
export function defaultExpiry({ expiry, signature: given }: FormContent): string {
  if (expiry.on !== null || expiry.event !== '' || given === null) return inNumbers(expiry.on)
  const signedAt = Date.parse(`${given.on}T00:00:00Z`)
  return Number.isNaN(signedAt) ? '' : inNumbers(new Date(signedAt + EXPIRY_DAYS * DAY).toISOString().slice(0, 10))
}
