// Columns that tables of several kinds of FHIR resources share.

import { codeWord } from './codes.js'
import { all, get, type Json, str } from './fhir-read.js'
import { type FhirWords, unique } from './fhir-values.js'

/** Gives one cell: text, lines apart by \n; '' for nothing. */
export type Cell = (resource: Json, words: FhirWords) => string

export interface FhirColumn {
  /** Below `clinical.fhir.columns`. */
  readonly label: string
  readonly cell: Cell
}

export const dateOf: Cell = (resource, words) => words.date(dayOf(resource))

const DAYS = [
  'effectiveDateTime',
  'effectiveInstant',
  'occurrenceDateTime',
  'performedDateTime',
  'date',
  'authoredOn',
  'dateWritten',
  'dateAsserted',
  'recordedDate',
  'whenHandedOver',
  'onsetDateTime',
  'assertedDate',
  'created',
  'issued',
  'start',
  'indexed',
  'sent',
  'timestamp',
  'recorded',
]
const PERIODS = [
  'effectivePeriod',
  'occurrencePeriod',
  'performedPeriod',
  'period',
  'billablePeriod',
  'onsetPeriod',
  'createdPeriod',
  'servicedPeriod',
]

/** The date that a resource is about, as it is written: for sorting, and for its cell. */
export function dayOf(resource: Json): string {
  for (const name of DAYS) {
    const found = str(resource, name)
    if (found !== '') return found
  }
  for (const name of PERIODS) {
    const found = str(resource, name, 'start') || str(resource, name, 'end')
    if (found !== '') return found
  }
  return ''
}

export const when: FhirColumn = {
  label: 'date',
  cell: (resource, words) => {
    for (const name of PERIODS) {
      const period = get(resource, name)
      if (period !== undefined) return words.period(period)
    }
    return dateOf(resource, words)
  },
}
export const note: FhirColumn = { label: 'note', cell: (resource, words) => words.notes(resource) }
export const reason: FhirColumn = {
  label: 'reason',
  cell: (resource, words) =>
    unique([
      words.concepts([
        ...all(resource, 'reasonCode'),
        ...all(resource, 'reason'),
        ...all(resource, 'reasonCodeableConcept'),
        ...all(resource, 'statusReason'),
      ]),
      words.references(
        [...all(resource, 'reasonReference'), ...all(resource, 'reason', 'reference'), ...all(resource, 'indication')],
        resource,
      ),
    ]).join(', '),
}
export const by: FhirColumn = {
  label: 'by',
  cell: (resource, words) =>
    words.references(
      [
        ...['performer', 'participant'].flatMap((name) =>
          all(resource, name).map((one) => get(one, 'actor') ?? get(one, 'individual') ?? one),
        ),
        ...['requester', 'recorder', 'asserter', 'author', 'prescriber', 'serviceProvider', 'provider', 'practitioner'].flatMap((name) =>
          all(resource, name).map((one) => get(one, 'agent') ?? one),
        ),
      ],
      resource,
    ),
}

/** A status; what turns the meaning round is said in so many words. */
export function status(...names: readonly string[]): FhirColumn {
  return {
    label: 'status',
    cell: (resource, words) => {
      const { text } = words
      const turned = ['doNotPerform', 'notGiven', 'notDone', 'wasNotGiven', 'wasNotTaken', 'notPerformed', 'prohibited'].some(
        (name) => str(resource, name) === 'true',
      )
      const parts = [
        turned || str(resource, 'taken') === 'n' ? text('clinical.fhir.turned') : '',
        ...names.map((name) => words.status(get(resource, name))),
        all(resource, 'modifierExtension').length > 0 ? text('clinical.fhir.modified') : '',
      ]
      return unique(parts).join(', ')
    },
  }
}

export function titled(label: string): FhirColumn {
  return { label, cell: (resource, words) => words.title(resource) }
}

export const medicine: FhirColumn = {
  label: 'medicine',
  cell: (resource, words) =>
    words.choice(resource, 'medication') ||
    words.concept(get(resource, 'medication')) ||
    words.reference(get(resource, 'medication', 'reference'), resource),
}

/** A value, its parts, or why there is none. */
export function resultOf(observation: Json, words: FhirWords): string {
  const own = words.choice(observation, 'value')
  const parts = all(observation, 'component').map((part) => {
    const value = words.choice(part, 'value') || words.concept(get(part, 'dataAbsentReason'))
    return value === '' ? '' : `${words.concept(get(part, 'code'))}: ${value}${inBrackets(flags(part, words))}`
  })
  return unique([own, ...parts]).join('\n') || words.concept(get(observation, 'dataAbsentReason'))
}

export function inBrackets(words: string): string {
  return words === '' ? '' : ` (${words})`
}

function flags(observation: Json, words: FhirWords): string {
  return all(observation, 'interpretation')
    .map((one) => codeWord('flags', str(one, 'coding', 'code') || str(one, 'code'), words.text) || words.concept(one))
    .filter(Boolean)
    .join(', ')
}

function ranges(observation: Json, words: FhirWords): string {
  const own = all(observation, 'referenceRange').map((range) => {
    const kind = words.concept(get(range, 'type'))
    const shown = words.range(range) || str(range, 'text')
    return kind === '' || shown === '' ? shown : `${shown} (${kind})`
  })
  return unique(own).join('\n')
}

export const result: FhirColumn = { label: 'result', cell: resultOf }
export const observation: readonly FhirColumn[] = [
  titled('test'),
  when,
  result,
  { label: 'flag', cell: flags },
  { label: 'normal', cell: ranges },
  status('status'),
  { label: 'method', cell: (resource, words) => words.concept(get(resource, 'method')) },
  { label: 'site', cell: (resource, words) => words.concept(get(resource, 'bodySite')) },
  by,
  note,
]

export const dosage: FhirColumn = {
  label: 'dosage',
  cell: (resource, words) =>
    unique([...all(resource, 'dosageInstruction'), ...all(resource, 'dosage')].map((one) => words.dosage(one))).join('\n'),
}
export const details: FhirColumn = {
  label: 'details',
  cell: (resource, words) =>
    unique([
      str(resource, 'conclusion'),
      str(resource, 'description'),
      words.concepts(all(resource, 'conclusionCode')),
      ...all(resource, 'activity').map(
        (activity) =>
          words.concept(get(activity, 'detail', 'code')) ||
          str(activity, 'detail', 'description') ||
          words.reference(get(activity, 'reference'), resource),
      ),
      ...all(resource, 'target').map((target) =>
        unique([words.concept(get(target, 'measure')), words.choice(target, 'detail')]).join(': '),
      ),
      words.references(all(resource, 'addresses'), resource),
      words.references(all(resource, 'goal'), resource),
    ]).join('\n'),
}
export const category: FhirColumn = { label: 'category', cell: (resource, words) => words.concepts(all(resource, 'category')) }
