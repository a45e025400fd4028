// Whether what she typed in a step can stand in the form, and the form with it. Nothing is kept here.

import { FORMATS, type FormContent, PURPOSES, RECORD_TYPES, SENSITIVE, type Sensitive, type Signature } from '../documents/forms/content.js'
import type { Provider } from '../store/providers.js'
import type { RequestStep, StepForms, StepProblem, TypedDate } from './desk.js'
import { readStrokes } from './strokes.js'
import { oneLine, Typed } from './typed.js'

/** What a step is judged by. */
export interface JudgeAbout {
  /** The form as it stands. */
  readonly content: FormContent
  /** The day it is where she is, `YYYY-MM-DD`. */
  readonly today: string
  /** Of the slug in the step `provider`; null: no provider takes part here under that. */
  readonly provider: Pick<Provider, 'slug' | 'name'> | null
}

export type Judgement =
  | { readonly kind: 'content'; readonly content: FormContent }
  | { readonly kind: 'problems'; readonly problems: readonly StepProblem[] }

/** The form with that step in it, or all that is wrong with the step. */
export function judgeStep<Step extends RequestStep>(step: Step, form: StepForms[Step], about: JudgeAbout): Judgement {
  const typed = new Typed()
  const content = { ...about.content, ...READERS[step](typed, form, about) }
  return typed.problems.length > 0 ? { kind: 'problems', problems: typed.problems } : { kind: 'content', content }
}

type Reader<Form> = (typed: Typed, form: Form, about: JudgeAbout) => Partial<FormContent>

const READERS: { readonly [Step in RequestStep]: Reader<StepForms[Step]> } = {
  person: readPerson,
  provider: readProvider,
  records: readRecords,
  delivery: readDelivery,
  terms: readTerms,
  signature: readSignature,
}

const MOST = { name: 100, line: 200, lines: 400, telephone: 40, number: 40, provider: 150 } as const
/** In letters. */
const MOST_INITIALS = 5
/** An authorization may not run longer. */
const MOST_YEARS = 10

function readPerson(typed: Typed, form: StepForms['person'], { today }: JudgeAbout): Partial<FormContent> {
  const person = {
    name: typed.line('name', form.name, MOST.name, true),
    otherNames: typed.line('otherNames', form.otherNames, MOST.line),
    bornOn: typed.pastDay('bornOn', form.bornOn, today, true),
    postalAddress: typed.lines('postalAddress', form.postalAddress, MOST.lines),
    phone: typed.telephone('phone', form.phone, MOST.telephone, 'unknown'),
    recordNumber: typed.line('recordNumber', form.recordNumber, MOST.number),
  }
  // Who signs for somebody says by what right, and the other way round.
  const isOneThere = oneLine(form.representativeName + form.representativeAuthority) !== ''
  const name = typed.line('representativeName', form.representativeName, MOST.name, isOneThere)
  const authority = typed.line('representativeAuthority', form.representativeAuthority, MOST.line, isOneThere)
  return { person, representative: isOneThere ? { name, authority } : null }
}

function readProvider(typed: Typed, form: StepForms['provider'], { provider }: JudgeAbout): Partial<FormContent> {
  const isChosen = form.slug !== ''
  const name = typed.line('name', form.name, MOST.provider, !isChosen)
  if (isChosen && !provider) typed.note('slug', 'unknown')
  // The page may show the name of the one that is chosen.
  else if (isChosen && name !== '' && name !== oneLine(provider?.name ?? '')) typed.note('name', 'not-alone')
  const postalAddress = typed.lines('postalAddress', form.postalAddress, MOST.lines)
  const fax = typed.telephone('fax', form.fax, MOST.telephone, 'no-fax')
  return { provider: { slug: provider?.slug ?? null, name: provider?.name ?? name, postalAddress, fax } }
}

function readRecords(typed: Typed, form: StepForms['records'], { content, today }: JudgeAbout): Partial<FormContent> {
  const isAuthorization = content.kind === 'authorization'
  const isPsychotherapyNotes = isAuthorization && form.isPsychotherapyNotes
  const initials = isAuthorization ? readInitials(typed, form.initials) : {}
  const chosen = typed.someOf('records', form.records, RECORD_TYPES)
  if (isPsychotherapyNotes && (chosen.length > 0 || Object.keys(initials).length > 0)) typed.note('isPsychotherapyNotes', 'not-alone')
  else if (!isPsychotherapyNotes && form.records.length === 0) typed.note('records', 'missing')
  // All of them is all of them, whatever else is ticked. In the form's own order.
  const records = chosen.includes('all') ? ['all' as const] : RECORD_TYPES.filter((type) => chosen.includes(type))
  const isOther = records.includes('other')
  const otherRecords = typed.lines('otherRecords', form.otherRecords, MOST.lines, isOther)
  return {
    ...{ records, initials, isPsychotherapyNotes, otherRecords: isOther ? otherRecords : '' },
    ...readRange(typed, form, today),
  }
}

function readRange(typed: Typed, form: { readonly from: TypedDate; readonly to: TypedDate }, today: string) {
  const from = typed.pastDay('from', form.from, today)
  const to = typed.pastDay('to', form.to, today)
  if (from !== null && to !== null && to < from) typed.note('to', 'before-from')
  return { from, to }
}

/** As she writes them on paper: 'M. R.' is 'MR'. */
function readInitials(typed: Typed, form: StepForms['records']['initials']): Partial<Record<Sensitive, string>> {
  const initials: Partial<Record<Sensitive, string>> = {}
  for (const category of SENSITIVE) {
    const letters = oneLine(form[category] ?? '').replace(/[\s.,'’-]/g, '')
    if (letters === '') continue
    if (!/^[\p{L}\p{M}]+$/u.test(letters)) typed.note('initials', 'unknown')
    else if ((letters.match(/\p{L}/gu) ?? []).length > MOST_INITIALS || letters.length > 4 * MOST_INITIALS)
      typed.note('initials', 'too-long')
    initials[category] = letters
  }
  return initials
}

function readDelivery(typed: Typed, form: StepForms['delivery']): Partial<FormContent> {
  return { formats: typed.someOf('formats', form.formats, FORMATS), isUnencryptedAccepted: form.isUnencryptedAccepted }
}

function readTerms(typed: Typed, form: StepForms['terms'], { content, today }: JudgeAbout): Partial<FormContent> {
  if (content.kind === 'access') return {}
  const purpose = typed.oneOf('purpose', form.purpose, PURPOSES) ?? 'own-request'
  const otherPurpose = typed.line('otherPurpose', form.otherPurpose, MOST.line, purpose === 'other')
  const last = `${Number(today.slice(0, 4)) + MOST_YEARS}${today.slice(4)}`
  const on = typed.comingDay('expiresOn', form.expiresOn, today, last)
  const event = typed.line('expiresWith', form.expiresWith, MOST.line)
  if (on !== null && event !== '') typed.note('expiresWith', 'not-alone')
  return { purpose, otherPurpose: purpose === 'other' ? otherPurpose : '', expiry: { on, event } }
}

function readSignature(typed: Typed, form: StepForms['signature'], { today }: JudgeAbout): Partial<FormContent> {
  const way = typed.oneOf('way', form.way, ['typed', 'drawn', 'later'])
  if (way === null || way === 'later') return { signature: null }
  const signature = way === 'typed' ? typedSignature(typed, form.typedName, today) : drawnSignature(typed, form.strokes, today)
  // 15 U.S.C. 7001: nobody has to sign on a screen.
  if (!form.isAgreed) typed.note('isAgreed', 'not-agreed')
  return { signature }
}

function typedSignature(typed: Typed, name: string, on: string): Signature {
  return { kind: 'typed', name: typed.line('typedName', name, MOST.name, true), on }
}

function drawnSignature(typed: Typed, json: string, on: string): Signature {
  const strokes = readStrokes(json)
  if (typeof strokes === 'string') typed.note('strokes', strokes)
  return { kind: 'drawn', strokes: typeof strokes === 'string' ? [] : strokes, on }
}
