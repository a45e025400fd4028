// Rows of the intake log, and what a filter found, in the words of the page.

import { localeOf } from '../../dates.js'
import { REASONS } from '../../intake/disposition.js'
import type { JournalEntry, JournalFilter } from '../../intake/journal-desk.js'
import type { Totals } from '../../store/intake-search.js'
import type { Text } from '../../texts.js'
import type { Words } from '../words.js'
import { HOWS, isOpenEnded, OUTCOMES } from './log-filter.js'

/** One row as text alone: the page draws it, and its script puts what comes later into a copy of the same row. */
export interface Cells {
  readonly number: string
  readonly at: string
  readonly iso: string
  readonly provider: string
  readonly consumer: string
  readonly documents: string
  readonly size: string
  readonly how: string
  readonly outcome: string
  readonly colour: string
  readonly reason: string
  readonly reply: string
}

const COLOURS: Readonly<Record<JournalEntry['outcome'], string>> = { accepted: 'green', held: 'yellow', rejected: 'red', deferred: 'grey' }
const KNOWN: ReadonlySet<string> = new Set(REASONS)

export function cellsOf(entry: JournalEntry, t: Text, words: Words): Cells {
  return {
    number: entry.number,
    at: secondsOf(entry.at),
    iso: words.iso(entry.at),
    provider: entry.providerName ?? t('log.table.nobody'),
    consumer: entry.consumerMasked ?? t('log.table.nobody'),
    documents: String(entry.documents),
    size: words.size(entry.bytes),
    how: t(`log.how.${howOf(entry.how)}`),
    outcome: t(`log.outcome.${entry.outcome}`),
    colour: COLOURS[entry.outcome],
    reason: t(`log.reasons.${reasonOf(entry.reason)}.what`),
    reply: `${entry.replyCode} ${entry.enhancedCode}`,
  }
}

/** A row of an earlier version may have a reason that is none any more. */
export function reasonOf(reason: string): string {
  return KNOWN.has(reason) ? reason : 'other'
}

export function howOf(how: string | null): string {
  return HOWS.find((each) => each === how) ?? 'none'
}

/** `2026-11-22 14:05:07`, UTC. */
export function secondsOf(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ')
}

/** What was found, in figures. @param language of the page. */
export function totalsInWords(totals: Totals, t: Text, language: string): { all: string; each: string[]; more: string | null } {
  const numbers = new Intl.NumberFormat(localeOf(language))
  const number = numbers.format(totals.messages)
  return {
    all: totals.isWhole ? t('log.totals.messages', { count: totals.messages, number }) : t('log.totals.at-least', { number }),
    each: OUTCOMES.filter((outcome) => totals[outcome] > 0).map((outcome) =>
      t('log.totals.outcome', { outcome: t(`log.outcome.${outcome}`), number: numbers.format(totals[outcome]) }),
    ),
    more: totals.isWhole ? null : t('log.totals.each-more', { number: numbers.format(10_000) }),
  }
}

/** Which time it is about; '' for all of it. */
export function spanInWords(filter: JournalFilter, t: Text): string {
  const from = minuteOf(filter.from)
  if (isOpenEnded(filter)) return filter.from === 0 ? t('log.filter.range.all') : t('log.totals.since', { from })
  // What is said includes its end.
  const to = minuteOf(filter.to - 60_000)
  return filter.from === 0 ? t('log.totals.until', { to }) : t('log.totals.span', { from, to })
}

function minuteOf(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ')
}
