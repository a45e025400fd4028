// The paper desk for forms and requests: answers what a test says, and notes what it was asked.

import { blankForm, type FormContent } from '../../src/documents/forms/content.js'
import type { LetterKind, RequestEntry, RequestsDesk, RequestView, SaveOutcome, SendOutcome } from '../../src/requests/desk.js'
import { BusyError } from '../../src/semaphore.js'

export const REQUEST = 'R7K2M9QX'
const DAY = 86_400_000

export interface RequestsWorld {
  list: RequestEntry[]
  /** Hers; every other number is not found. */
  view: RequestView | null
  begun: string | null
  saved: SaveOutcome
  /** Of marking as sent, and of having it mailed. */
  sent: SendOutcome
  /** Whether answered, received, withdrawn and deleted find what they change. */
  isDone: boolean
  /** Whether there is a PDF. */
  hasFile: boolean
  /** The line before whoever draws the PDFs is full. */
  isBusy: boolean
}

export function newRequestsWorld(now: number): RequestsWorld {
  const view = requestView(now)
  return {
    list: [view],
    view,
    begun: REQUEST,
    saved: { kind: 'saved', next: 'check' },
    sent: { kind: 'sent' },
    isDone: true,
    hasFile: true,
    isBusy: false,
  }
}

/** All filled in. */
export const AUTHORIZATION: FormContent = {
  ...blankForm('authorization'),
  person: {
    ...{ name: 'Maria Example', otherNames: 'Maria Sample', bornOn: '1980-03-27', postalAddress: '1 Sample Street\nSample Town' },
    ...{ phone: '555 010 0123', recordNumber: 'MRN-0042' },
  },
  provider: { slug: 'clinic', name: 'Sample Clinic', postalAddress: '9 Clinic Road\nSample Town', fax: '555 010 0199' },
  records: ['visits', 'results', 'other'],
  otherRecords: 'the list of my allergies',
  from: '2020-01-31',
  to: '2026-10-01',
  formats: ['structured', 'pdf'],
  isUnencryptedAccepted: true,
  initials: { hiv: 'M. E.', 'substance-use': 'M. E.' },
  purpose: 'other',
  otherPurpose: 'for my own peace of mind',
  expiry: { on: '2027-12-31', event: '' },
  representative: { name: 'Ana Example', authority: 'parent' },
  signature: {
    kind: 'drawn',
    strokes: [
      [
        [100, 100],
        [300, 200],
        [500, 50],
      ],
      [
        [600, 150],
        [602, 150],
      ],
    ],
    on: '2026-11-20',
  },
}

export const ACCESS: FormContent = {
  ...AUTHORIZATION,
  ...{ kind: 'access', records: ['all'], otherRecords: '', initials: {}, from: null, to: null, representative: null },
  signature: { kind: 'typed', name: 'Maria Example', on: '2026-11-20' },
}

/** A draft of an authorization, whole and signed. */
export function requestView(now: number, change: Partial<RequestView> = {}): RequestView {
  const content = change.content ?? AUTHORIZATION
  return {
    ...{ number: REQUEST, kind: content.kind, state: 'draft', providerName: content.provider.name, createdAt: now - 2 * DAY, sent: null },
    ...{ answered: null, keptUntil: now + 28 * DAY, content, canBeMailed: true, missing: [], received: [], letters: [] },
    ...change,
  }
}

/** Sent `days` ago. */
export function sentView(now: number, days: number, change: Partial<RequestView> = {}): RequestView {
  const day = (count: number) => new Date(now - (days - count) * DAY).toISOString().slice(0, 10)
  const sent = { way: 'faxed' as const, on: day(0), dueOn: day(30), daysLeft: 30 - days, letterFrom: day(31) }
  const { kind } = change.content ?? ACCESS
  const letters: readonly LetterKind[] = [
    ...(days > 30 && (change.state ?? 'sent') === 'sent' ? ['reminder' as const] : []),
    ...(kind === 'authorization' ? ['revocation' as const] : []),
  ]
  return requestView(now, { state: 'sent', content: ACCESS, sent, letters, ...change })
}

/** @param ask notes the line and gives the value. */
export function requestsDesk(world: RequestsWorld, ask: <Value>(line: string, value: Value) => Value): RequestsDesk {
  const found = (consumerId: string, number: string) => consumerId === 'c1' && world.view?.number === number
  const act = async (consumerId: string, number: string, line: string) => ask(`requests.${line}`, world.isDone && found(consumerId, number))
  const file = (name: string) => (world.hasFile ? { bytes: Buffer.from('%PDF-1.7 a sample'), name } : null)
  return {
    list: async (consumerId) => ask(`requests.list ${consumerId}`, world.list),
    view: async (consumerId, number) => ask(`requests.view ${consumerId} ${number}`, found(consumerId, number) ? world.view : null),
    begin: async (consumerId, kind) => ask(`requests.begin ${consumerId} ${kind}`, world.begun),
    save: async (consumerId, number, step, form) =>
      ask(`requests.save ${consumerId} ${number} ${step} ${JSON.stringify(form)}`, world.saved),
    pdf: async (consumerId, number, language) => ask(`requests.pdf ${consumerId} ${number} ${language}`, file('request.pdf')),
    blank: async (kind, language, consumerId) => {
      if (world.isBusy) throw new BusyError('too many waiting')
      return ask(`requests.blank ${kind} ${language} ${consumerId}`, { bytes: Buffer.from('%PDF-1.7 blank'), name: `${kind}.pdf` })
    },
    letter: async (consumerId, number, letter, language) => {
      if (!world.view?.letters.includes(letter)) return null
      return ask(`requests.letter ${consumerId} ${number} ${letter} ${language}`, file(`${letter}.pdf`))
    },
    markSent: async (consumerId, number, way) => ask(`requests.markSent ${consumerId} ${number} ${way}`, world.sent),
    mailIt: async (consumerId, number) => ask(`requests.mailIt ${consumerId} ${number}`, world.sent),
    markAnswered: (consumerId, number, isAnswered) => act(consumerId, number, `markAnswered ${consumerId} ${number} ${isAnswered}`),
    markReceived: (consumerId, number, received) => act(consumerId, number, `markReceived ${consumerId} ${number} ${received.join()}`),
    withdraw: (consumerId, number) => act(consumerId, number, `withdraw ${consumerId} ${number}`),
    remove: (consumerId, number) => act(consumerId, number, `remove ${consumerId} ${number}`),
  }
}
