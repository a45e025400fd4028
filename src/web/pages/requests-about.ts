// A request in words: what its form says, line by line with the step that changes it, and where it stands.

import { EXPIRY_DAYS, type FormContent, RECORD_TYPES, type RecordType, SENSITIVE } from '../../documents/forms/content.js'
import { formatPackageNumber } from '../../hip/number.js'
import { formatRequestNumber } from '../../request-number.js'
import type { RequestEntry, RequestStep, RequestView } from '../../requests/desk.js'
import type { Text } from '../../texts.js'
import type { Words } from '../words.js'

/** What she is told of one request wherever it stands, in a list or on its page. */
export function standingOf(t: Text, words: Words, entry: RequestEntry) {
  return {
    ...{
      number: entry.number,
      shownNumber: formatRequestNumber(entry.number),
      kind: entry.kind,
      state: entry.state,
      isLate: isLate(entry),
    },
    title: titleOf(t, entry),
    next: nextOf(t, entry),
    sent: entry.sent && t(`requests.way.${entry.sent.way}`, { date: dateOf(words, entry.sent.on) }),
    time: entry.state === 'sent' ? timeOf(t, words, entry) : null,
    answer: answerOf(t, words, entry),
    packageNumber: entry.answered?.packageNumber ?? null,
    shownPackage: entry.answered?.packageNumber ? formatPackageNumber(entry.answered.packageNumber) : null,
    begun: t('requests.time.begun', { date: words.date(entry.createdAt) }),
    kept: t('requests.time.kept', { date: words.date(entry.keptUntil) }),
  }
}

function titleOf(t: Text, { kind, providerName }: RequestEntry): string {
  const form = t(`requests.kind.${kind}.name`)
  return providerName === '' ? t('requests.mine.to-nobody', { form }) : t('requests.mine.to', { form, provider: providerName })
}

function nextOf(t: Text, entry: RequestEntry): string | null {
  const { kind, state } = entry
  if (state === 'revoked' || state === 'withdrawn') return null
  return t(`requests.next.${isLate(entry) ? `late-${kind}` : state}`)
}

function isLate({ state, sent }: RequestEntry): boolean {
  return state === 'sent' && sent !== null && sent.daysLeft < 0
}

function timeOf(t: Text, words: Words, { sent }: RequestEntry): string | null {
  if (!sent) return null
  const { dueOn, daysLeft } = sent
  const date = dateOf(words, dueOn)
  if (daysLeft < 0) return t('requests.time.over', { date })
  return daysLeft > 0 ? t('requests.time.left', { count: daysLeft, date }) : t('requests.time.last', { date })
}

function answerOf(t: Text, words: Words, { state, answered }: RequestEntry): string | null {
  if (!answered || state === 'sent') return null
  return t(`requests.time.answered-${answered.packageNumber === null ? 'said' : 'package'}`, { date: words.date(answered.at) })
}

export interface Line {
  readonly step: RequestStep
  readonly label: string
  /** Lines apart by `\n`. */
  readonly value: string
}

/** All that the form says, in the order of its steps. The signature stands apart. */
export function linesOf(t: Text, words: Words, content: FormContent): Line[] {
  return [...personLines(t, words, content), ...recordLines(t, words, content), ...termLines(t, words, content)]
}

function personLines(t: Text, words: Words, { person, representative, provider }: FormContent): Line[] {
  const about = (name: 'name' | 'otherNames' | 'postalAddress' | 'phone' | 'recordNumber'): Line => line(t, 'person', name, person[name])
  const signer = representative && t('requests.check.representative-value', { ...representative })
  return [
    about('name'),
    ...(person.otherNames ? [about('otherNames')] : []),
    line(t, 'person', 'bornOn', dateOf(words, person.bornOn)),
    ...(['postalAddress', 'phone', 'recordNumber'] as const).map(about),
    ...(signer ? [{ step: 'person' as const, label: t('requests.check.representative'), value: signer }] : []),
    { step: 'provider', label: t('requests.check.clinic'), value: [provider.name, provider.postalAddress].filter(Boolean).join('\n') },
    ...(provider.fax ? [{ step: 'provider' as const, label: t('requests.check.fax'), value: provider.fax }] : []),
  ]
}

function line(t: Text, step: 'person', name: string, value: string): Line {
  return { step, label: t(`requests.${step}.${name}`), value }
}

function recordLines(t: Text, words: Words, content: FormContent): Line[] {
  const { formats, isUnencryptedAccepted, initials, isPsychotherapyNotes } = content
  const of = (label: string, values: readonly string[]): Line => ({ step: 'records', label: t(label), value: values.join('\n') })
  const named = asked(content).map((type) => typeName(t, type, content))
  const released = SENSITIVE.filter((each) => initials[each])
  return [
    of('requests.records.types', isPsychotherapyNotes ? [t('requests.records.psychotherapy')] : named),
    of('requests.check.range', [rangeOf(t, words, content)]),
    ...(released.length > 0
      ? [
          of(
            'requests.check.sensitive',
            released.map((each) =>
              t('requests.check.initials', { type: t(`requests.records.sensitive-type.${each}`), initials: initials[each] ?? '' }),
            ),
          ),
        ]
      : []),
    {
      step: 'delivery',
      label: t('requests.check.formats'),
      value:
        formats.length > 0 ? formats.map((each) => t(`requests.delivery.format.${each}`)).join('\n') : t('requests.delivery.none-first'),
    },
    { step: 'delivery', label: t('requests.check.email'), value: t(`requests.check.email-${isUnencryptedAccepted ? 'yes' : 'no'}`) },
  ]
}

/** None chosen asks for all there is; but a form for psychotherapy notes asks for nothing else. */
function asked({ records, isPsychotherapyNotes, kind }: FormContent): readonly RecordType[] {
  if (records.length > 0 || isPsychotherapyNotes) return records
  return kind === 'access' ? ['all'] : []
}

function typeName(t: Text, type: RecordType, { otherRecords }: FormContent): string {
  return type === 'other' && otherRecords ? otherRecords : t(`requests.records.type.${type}`)
}

function rangeOf(t: Text, words: Words, { from, to }: FormContent): string {
  if (from && to) return t('requests.check.from-to', { from: dateOf(words, from), to: dateOf(words, to) })
  if (from) return t('requests.check.from', { from: dateOf(words, from) })
  return to ? t('requests.check.to', { to: dateOf(words, to) }) : t('requests.check.everything')
}

function termLines(t: Text, words: Words, { kind, purpose, otherPurpose, expiry }: FormContent): Line[] {
  if (kind === 'access') return []
  const ends = [dateOf(words, expiry.on), expiry.event].filter(Boolean)
  return [
    {
      step: 'terms',
      label: t('requests.check.purpose'),
      value: purpose === 'other' && otherPurpose ? otherPurpose : t(`requests.terms.purpose-type.${purpose}`),
    },
    { step: 'terms', label: t('requests.check.expiry'), value: ends.join('\n') || t('requests.check.expiry-days', { count: EXPIRY_DAYS }) },
  ]
}

/** `YYYY-MM-DD` as people read it; '' for none. */
export function dateOf(words: Words, date: string | null): string {
  const at = date === null ? Number.NaN : Date.parse(`${date}T00:00:00Z`)
  return Number.isNaN(at) ? '' : words.date(at)
}

/** How it is signed: in words, and as a path for a picture 1000 wide and 300 high. */
export function signatureOf(t: Text, words: Words, { signature }: FormContent) {
  if (signature === null) return { text: t('requests.check.on-paper'), date: '', path: null }
  const date = dateOf(words, signature.on)
  if (signature.kind === 'typed') return { text: t('requests.check.signed-on', { name: signature.name, date }), date, path: null }
  const path = signature.strokes.map((points) => `M${points.map(([x, y]) => `${x} ${y}`).join('L')}`).join('')
  return { text: t('requests.check.signed-drawn', { date }), date, path }
}

/** Each kind of records she asked for, to be ticked off; of all records, each kind there is. */
export function checklist(t: Text, { content, received }: RequestView) {
  const types = asked(content)
  const wanted = types.includes('all') ? RECORD_TYPES.filter((type) => type !== 'all' && type !== 'other') : types
  const named = wanted.map((type) => ({ value: type, text: typeName(t, type, content), checked: received.includes(type) }))
  return { items: named, missing: named.filter(({ checked }) => !checked).map(({ text }) => text), isBegun: received.length > 0 }
}
