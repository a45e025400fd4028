// The intake log: what came, filtered by what stands in the page's address. The form is posted and answered with that address, so that an
// e-mail address or a Message-ID that is looked for gets into it as a keyed hash alone, and into no list of pages that were visited.

import { notFound } from '@hapi/boom'
import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import { REASONS } from '../../intake/disposition.js'
import type { JournalEntry, JournalView } from '../../intake/journal-desk.js'
import type { Text } from '../../texts.js'
import { adminsOnly } from '../admins-only.js'
import { type App, field, type Problem, param, query, seeOther } from '../app.js'
import {
  type Asked,
  addressOf,
  FILTERS,
  type FilterName,
  type FilterProblem,
  HOWS,
  intakeNumberIn,
  isOpenEnded,
  OUTCOMES,
  RANGES,
  readFilter,
  SIZES,
  type Values,
  valuesOf,
} from './log-filter.js'
import { cellsOf, howOf, reasonOf, secondsOf, spanInWords, totalsInWords } from './log-words.js'

/** Rows on a page. */
const ROWS = 50
const NO_CELLS = Object.fromEntries(
  ['number', 'at', 'iso', 'provider', 'consumer', 'documents', 'size', 'how', 'outcome', 'colour', 'reason', 'reply'].map((name) => [
    name,
    '',
  ]),
)

export function logRoutes(app: App): ServerRoute[] {
  return [
    { method: 'GET', path: '/admin/log', handler: adminsOnly(app, (_admin, request, h) => logPage(app, request, h)) },
    { method: 'POST', path: '/admin/log', handler: adminsOnly(app, (_admin, request, h) => ask(app, request, h)) },
    { method: 'GET', path: '/admin/log/{number}', handler: adminsOnly(app, (_admin, request, h) => entryPage(app, request, h)) },
  ]
}

async function logPage(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  return showLog(
    app,
    request,
    h,
    readFilter(
      valuesOf((name) => query(request, name)),
      app.now(),
    ),
  )
}

/** Typed names become hashes here; what can't be read is shown again, as typed. */
async function ask(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const typed = { person: field(request, 'person').trim(), message: field(request, 'message').trim() }
  const { journal } = app.deps
  const problems: FilterProblem[] = []
  let person = field(request, 'person-kept')
  if (typed.person !== '') {
    const read = await journal.personToken(typed.person)
    if (typeof read === 'string') problems.push({ field: 'person', reason: read === 'mistyped' ? 'person-mistyped' : 'person' })
    else person = read.token
  }
  let message = field(request, 'message-kept')
  if (typed.message !== '') {
    const token = journal.messageToken(typed.message)
    if (token === null) problems.push({ field: 'message', reason: 'message' })
    else message = token
  }
  const values = valuesOf((name) => (name === 'person' ? person : name === 'message' ? message : field(request, name)))
  const asked = readFilter(values, app.now())
  if (problems.length + asked.problems.length === 0) return seeOther(h, addressOf(values))
  return showLog(app, request, h, { ...asked, problems: [...asked.problems, ...problems] }, { typed })
}

export interface Showing {
  readonly typed?: { readonly person: string; readonly message: string }
  /** Besides those of the filter. */
  readonly problems?: readonly Problem[]
  readonly status?: number
  readonly retryAt?: number
}

/** The log as asked for; with problems, the form alone. */
export async function showLog(
  app: App,
  request: Request,
  h: ResponseToolkit,
  asked: Asked,
  { typed = { person: '', message: '' }, problems = [], status, retryAt }: Showing = {},
): Promise<ResponseObject> {
  const t = app.t(request)
  // Before the rows are read: what comes meanwhile is new to the page.
  const seq = await app.deps.journal.newest()
  const found = asked.problems.length > 0 ? asked.problems : await open(app, asked)
  const view = 'totals' in found ? found : null
  const wrong = 'totals' in found ? [] : found.map((each) => inWords(each, t))
  const context = {
    ...(await formContext(app, t, asked.values)),
    typed,
    isExact: ['number', 'person', 'message'].some((name) => asked.values[name as FilterName] !== undefined),
    isAllTime: asked.filter.from === 0 && isOpenEnded(asked.filter),
    allTime: addressOf(withOut(asked.values, 'last', 'from', 'to'), { last: 'all' }),
    ...(view && (await rowsContext(app, request, asked, view, seq))),
  }
  const all = [...wrong, ...problems]
  return app.page(request, h, 'log', context, {
    status: status ?? (all.length > 0 ? 422 : 200),
    problems: all,
    ...(retryAt && { retryAt }),
  })
}

async function open(app: App, { filter }: Asked): Promise<JournalView | readonly FilterProblem[]> {
  const outcome = await app.deps.journal.open(filter)
  if (outcome.kind === 'open') return outcome.view
  return [outcome.kind === 'too-wide' ? { field: 'text', reason: 'wide', count: outcome.count } : { field: 'provider', reason: 'provider' }]
}

function inWords({ field, reason, count = 0 }: FilterProblem, t: Text): Problem {
  return { field, text: t(`log.problem.${reason}`, { count }) }
}

async function rowsContext(app: App, request: Request, asked: Asked, view: JournalView, seq: number): Promise<Record<string, unknown>> {
  const { values, filter } = asked
  const [t, words] = [app.t(request), app.words(request)]
  const before = readKey(query(request, 'before'))
  // One more than is shown: whether there are older ones.
  const entries = await view.page(before, ROWS + 1)
  const shown = entries.slice(0, ROWS)
  const last = shown.at(-1)
  const isFirst = before === undefined
  return {
    rows: shown.map((entry) => cellsOf(entry, t, words)),
    blank: NO_CELLS,
    totals: totalsInWords(view.totals, t, app.language(request)),
    span: spanInWords(filter, t),
    older: entries.length > ROWS && last ? addressOf(values, { before: `${last.at}.${last.number}` }) : null,
    newest: addressOf(values),
    isFirst,
    live: isFirst && isOpenEnded(filter) ? addressOf(values, { after: String(seq) }, '/admin/log/live') : null,
  }
}

async function formContext(app: App, t: Text, values: Values): Promise<Record<string, unknown>> {
  const providers = await app.deps.journal.providers()
  const items = (name: FilterName, words: readonly string[], text: (word: string) => string, none = 'log.filter.any') => [
    { value: '', text: t(none), selected: values[name] === undefined },
    ...words.map((value) => ({ value, text: text(value), selected: values[name] === value })),
  ]
  const whatOf = (reason: string) => t(`log.reasons.${reason}.what`)
  const byName = new Map([['-', t('log.filter.no-provider')], ...providers.map(({ slug, name }) => [slug, name] as const)])
  const choices = {
    last: items('last', RANGES, (word) => t(`log.filter.range.${word}`), 'log.filter.usual'),
    provider: items('provider', [...byName.keys()], (slug) => byName.get(slug) ?? slug),
    outcome: items('outcome', OUTCOMES, (word) => t(`log.outcome.${word}`)),
    reason: items(
      'reason',
      [...REASONS].sort((one, other) => whatOf(one).localeCompare(whatOf(other))),
      whatOf,
    ),
    how: items('how', HOWS, (word) => t(`log.how.${word}`)),
    size: items('size', SIZES, (word) => t(`log.size.${word}`)),
  }
  const said = (name: FilterName, value: string) =>
    name === 'person' || name === 'message'
      ? t(`log.filter.kept-${name}`)
      : ((choices as Partial<Record<FilterName, Array<{ value: string; text: string }>>>)[name]?.find((item) => item.value === value)
          ?.text ?? value)
  const active = FILTERS.flatMap((name) => {
    const value = values[name]
    return value === undefined ? [] : [{ name, value, text: said(name, value), without: addressOf(withOut(values, name)) }]
  })
  return { values, choices, active }
}

function withOut(values: Values, ...names: readonly FilterName[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name as FilterName)))
}

/** `1700000000000.NUMBER`; undefined for anything else, which shows the newest. */
function readKey(text: string): { at: number; number: string } | undefined {
  const [, at, number] = /^(\d{1,15})\.([\w-]{1,64})$/.exec(text) ?? []
  return at === undefined || number === undefined ? undefined : { at: Number(at), number }
}

async function entryPage(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const number = intakeNumberIn(param(request, 'number'))
  const entry: JournalEntry | null = number === null ? null : await app.deps.journal.one(number)
  if (!entry) throw notFound()
  const reason = reasonOf(entry.reason)
  const t = app.t(request)
  const context = { entry, cells: cellsOf(entry, t, app.words(request)), reason, how: howOf(entry.how), at: secondsOf(entry.at) }
  return app.page(request, h, 'log-entry', context)
}
