// What an admin sees first: what needs her, how much came and what became of it, and whether all is well.

import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import { localeOf } from '../../dates.js'
import { REASONS } from '../../intake/disposition.js'
import type { Attention } from '../../overview/attention.js'
import type { Counts, Overview, ReasonCount } from '../../overview/desk.js'
import type { AnyCheckSays, HealthLine } from '../../overview/health.js'
import type { OpeningTimes } from '../../store/figures.js'
import { adminsOnly } from '../admins-only.js'
import type { App } from '../app.js'
import { bars, share } from '../bars.js'
import type { Words } from '../words.js'

/** In the order of the table; the first four have a chart. */
const COUNTED: ReadonlyArray<keyof Counts> = ['accepted', 'held', 'rejected', 'deferred', 'repeated', 'bounced', 'other']
const CHARTED: ReadonlyArray<keyof Counts> = COUNTED.slice(0, 4)
const ANY_CHECK: ReadonlySet<string> = new Set<AnyCheckSays>(['checking', 'no-answer', 'unchecked'])
const WORDED: ReadonlySet<string> = new Set(REASONS)
/** Where each can be settled. */
const LEADS_TO: Readonly<Record<Exclude<Attention['kind'], 'failing'>, string | null>> = {
  ...{ 'held-old': '/admin/held', held: '/admin/held', undeliverable: '/admin/log', expiring: '#packages', 'given-up': null },
}

export function overviewRoutes(app: App): ServerRoute[] {
  return [{ method: 'GET', path: '/admin', handler: adminsOnly(app, (_admin, request, h) => overview(app, request, h)) }]
}

/** Everything in words. */
interface Telling {
  readonly t: ReturnType<App['t']>
  readonly words: Words
  readonly number: (count: number) => string
}

async function overview(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const seen = await app.deps.overview.look()
  const format = new Intl.NumberFormat(localeOf(app.language(request)), { maximumFractionDigits: 0 })
  const telling = { t: app.t(request), words: app.words(request), number: (count: number) => format.format(count) }
  return app.page(request, h, 'overview', {
    asOf: seen.at,
    attention: attentionInWords(seen, telling),
    isOpen: seen.health.some(({ state }) => state === 'open'),
    counts: COUNTED.map((name) => ({ name, today: telling.number(seen.today[name]), month: telling.number(seen.month[name]) })),
    counted: COUNTED,
    days: [...seen.days].reverse().map((day) => ({ day: dayOf(day.start), counts: COUNTED.map((name) => telling.number(day[name])) })),
    charts: CHARTED.map((name) => chartOf(seen, name, telling)),
    reasons: seen.reasons.map((reason) => reasonInWords(reason, seen.reasons, telling)),
    packages: packagesInWords(seen.opening, telling),
    expiring: telling.number(seen.waiting.expiring.count),
    health: seen.health.map((line) => healthInWords(line, telling)),
  })
}

function attentionInWords({ attention, health }: Overview, { t, words }: Telling): Array<{ text: string; href: string | null }> {
  return attention.map((item) => {
    if (item.kind !== 'failing') {
      const { kind, count, at } = item
      return { text: t(`overview.attention.${kind}`, { count, date: words.date(at) }), href: LEADS_TO[kind] }
    }
    const { about } = item
    const line = health.find((each) => each.about === about)
    const values = { name: t(`overview.health.names.${about}`), text: line ? saying(line, t) : '' }
    return { text: t('overview.attention.failing', values), href: `#health-${about}` }
  })
}

function healthInWords(line: HealthLine, { t }: Telling) {
  const { about, state } = line
  return { about, state, name: t(`overview.health.names.${about}`), text: saying(line, t) }
}

function saying({ about, says, values }: HealthLine, t: Telling['t']): string {
  return t(`overview.health.${ANY_CHECK.has(says) ? 'any' : about}.${says}`, values)
}

function chartOf({ days, month }: Overview, name: keyof Counts, { t, number }: Telling) {
  const values = days.map((day) => day[name])
  const what = t(`overview.counts.${name}`)
  const titles = days.map((day) => t('overview.days.of', { day: dayOf(day.start), number: number(day[name]) }))
  return {
    name,
    label: t('overview.days.label', { what, number: number(month[name]), most: number(Math.max(...values)) }),
    title: t('overview.days.chart', { what }),
    bars: bars(values).map((bar, index) => ({ ...bar, title: titles[index] })),
    first: dayOf(days[0]?.start ?? 0),
    last: dayOf(days.at(-1)?.start ?? 0),
  }
}

function reasonInWords({ reason, outcome, today, month }: ReasonCount, all: readonly ReasonCount[], { t, number }: Telling) {
  return {
    // An older version may have had a reason that has no words any more.
    text: WORDED.has(reason) ? t(`overview.reasons.${reason}`) : reason,
    outcome: t(`overview.counts.${outcome}`),
    today: number(today),
    month: number(month),
    bar: share(
      month,
      all.map((each) => each.month),
    ),
  }
}

function packagesInWords({ sent, opened, median, ninth }: OpeningTimes, { t, words, number }: Telling) {
  // Rounded down: not all of them while one is missing.
  const percent = sent === 0 ? 0 : Math.floor((100 * opened) / sent)
  const within = (ms: number | null) => (ms === null ? t('overview.packages.none') : words.span(ms))
  const values = { opened: number(opened), percent: number(percent) }
  return { sent: number(sent), opened: t('overview.packages.opened-text', values), median: within(median), ninth: within(ninth) }
}

/** `2026-11-22`: of a list of days, and of the axis of a chart. */
function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
