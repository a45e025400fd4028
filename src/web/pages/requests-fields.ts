// The fields of each step of a form: as a browser sends them, and as they stand filled with what was saved.

import type { Request } from '@hapi/hapi'
import { FORMATS, type FormContent, SENSITIVE } from '../../documents/forms/content.js'
import type { RequestStep, StepForms, TypedDate } from '../../requests/desk.js'
import { field, fields } from '../app.js'

type Of<Made> = { readonly [Step in RequestStep]: (from: Made) => StepForms[Step] }

/** What a page of a step sent, as it was typed. */
export const typedStep: Of<Request> = {
  person: (request) => ({
    ...texts(request, ['name', 'otherNames', 'postalAddress', 'phone', 'recordNumber', 'representativeName', 'representativeAuthority']),
    bornOn: typedDate(request, 'bornOn'),
  }),
  provider: (request) => texts(request, ['slug', 'name', 'postalAddress', 'fax']),
  records: (request) => ({
    records: fields(request, 'records'),
    otherRecords: field(request, 'otherRecords'),
    from: typedDate(request, 'from'),
    to: typedDate(request, 'to'),
    initials: Object.fromEntries(SENSITIVE.map((each) => [each, field(request, `initials-${each}`)])),
    isPsychotherapyNotes: field(request, 'isPsychotherapyNotes') === 'yes',
  }),
  delivery: (request) => ({
    // Chosen twice is chosen once; and a choice left open between two is none.
    formats: [...new Set(fields(request, 'formats').filter((each) => each !== ''))],
    isUnencryptedAccepted: field(request, 'isUnencryptedAccepted') === 'yes',
  }),
  terms: (request) => ({
    ...texts(request, ['purpose', 'otherPurpose', 'expiresWith']),
    expiresOn: typedDate(request, 'expiresOn'),
  }),
  signature: (request) => ({
    ...texts(request, ['way', 'typedName', 'strokes']),
    isAgreed: field(request, 'isAgreed') === 'yes',
  }),
}

/** What was saved, as the fields of a step show it. */
export const savedStep: Of<FormContent> = {
  person: ({ person, representative }) => ({
    ...person,
    bornOn: partsOf(person.bornOn),
    representativeName: representative?.name ?? '',
    representativeAuthority: representative?.authority ?? '',
  }),
  // Of one in the list, the rest is known.
  provider: ({ provider: { slug, ...written } }) =>
    slug === null ? { slug: '', ...written } : { slug, name: '', postalAddress: '', fax: '' },
  records: ({ records, otherRecords, from, to, initials, isPsychotherapyNotes }) => ({
    ...{ records, otherRecords, initials, isPsychotherapyNotes },
    ...{ from: partsOf(from), to: partsOf(to) },
  }),
  delivery: ({ formats, isUnencryptedAccepted }) => ({ formats, isUnencryptedAccepted }),
  terms: ({ purpose, otherPurpose, expiry }) => ({ purpose, otherPurpose, expiresOn: partsOf(expiry.on), expiresWith: expiry.event }),
  signature: ({ signature }) => ({
    way: signature?.kind ?? '',
    typedName: signature?.kind === 'typed' ? signature.name : '',
    strokes: signature?.kind === 'drawn' ? JSON.stringify(signature.strokes) : '',
    // Agreed to anew with each signature.
    isAgreed: false,
  }),
}

/** One place a choice, in the order that counts. */
export function formatChoices(formats: readonly string[]): string[] {
  return FORMATS.map((_each, place) => formats[place] ?? '')
}

function texts<Name extends string>(request: Request, names: readonly Name[]): Record<Name, string> {
  return Object.fromEntries(names.map((name) => [name, field(request, name)])) as Record<Name, string>
}

function typedDate(request: Request, name: string): TypedDate {
  return { day: field(request, `${name}-day`), month: field(request, `${name}-month`), year: field(request, `${name}-year`) }
}

function partsOf(date: string | null): TypedDate {
  const [, year = '', month = '', day = ''] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(date ?? '') ?? []
  return { day: day.replace(/^0/, ''), month: month.replace(/^0/, ''), year }
}
