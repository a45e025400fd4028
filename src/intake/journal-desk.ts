// The intake log as admins look things up in it: what a filter finds, page by page, as a whole and as it comes in.

import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.js'
import { megabytesOfFiles } from '../config.js'
import type { IntakeFilter } from '../store/intake-filter.js'
import { keysOfPerson, messageKey, personKey } from '../store/intake-keys.js'
import type { Totals } from '../store/intake-search.js'
import { SIZE_CLASSES, type SizeClass } from '../store/intake-sizes.js'
import type { Intake, IntakePosition } from '../store/intakes.js'
import type { Provider } from '../store/providers.js'
import type { Store } from '../store/store.js'
import type { Texts } from '../texts.js'
import { type Outcome, REASONS, type Reason, replyFor } from './disposition.js'
import { readName } from './named.js'

/** A row of the log, with what its provider is called now. */
export type JournalEntry = Intake & { readonly providerName: string | null }

/** How a sender is known; `none`: it was not. */
export type How = 'password' | 'network' | 'dkim' | 'spf' | 'none'

/** What is asked for; what is left out is not asked for. Times in ms since the epoch. */
export interface JournalFilter {
  /** From this moment on, and before that one. */
  readonly from: number
  readonly to: number
  /** Its slug; `-`: no provider was known. */
  readonly provider?: string | undefined
  readonly outcome?: Outcome | undefined
  readonly reason?: Reason | undefined
  readonly how?: How | undefined
  readonly size?: SizeClass | undefined
  readonly number?: string | undefined
  /** As personToken gives it. */
  readonly person?: string | undefined
  /** As messageToken gives it. */
  readonly message?: string | undefined
  /** Part of a provider's name, or of a reply. */
  readonly text?: string | undefined
}

export interface JournalView {
  readonly totals: Totals
  /** Newest first. `before`: after this entry of the page above. */
  page(before: IntakePosition | undefined, limit: number): Promise<JournalEntry[]>
  /** All of it, newest first, in pieces. */
  all(): AsyncGenerator<JournalEntry[]>
}

/** `too-wide`: the text fits so many providers. */
export type OpenOutcome =
  | { readonly kind: 'open'; readonly view: JournalView }
  | { readonly kind: 'unknown-provider' }
  | { readonly kind: 'too-wide'; readonly count: number }

export interface JournalDesk {
  /** All there are, by name. */
  providers(): Promise<ReadonlyArray<{ readonly slug: string; readonly name: string }>>
  open(filter: JournalFilter): Promise<OpenOutcome>
  one(number: string): Promise<JournalEntry | null>
  /** The place of the newest row; what comes after it is new. */
  newest(): Promise<number>
  /** What has come since, the oldest first, and up to which place. Past `limit` the rest comes with the next call. */
  since(filter: JournalFilter, seq: number, limit: number): Promise<{ readonly seq: number; readonly entries: readonly JournalEntry[] }>
  /** Stands for a person in a filter without saying who it is. @param typed a HePoEx id or a postbox number. */
  personToken(typed: string): Promise<{ readonly token: string } | 'mistyped' | 'neither'>
  /** The same for a Message-ID; null: it is none. */
  messageToken(typed: string): string | null
  /** Puts on record that an admin took the log away. @param by names of the filters that were set. */
  noteExport(actor: string, about: { readonly format: string; readonly by: readonly string[] }): Promise<void>
}

export interface JournalTools {
  readonly store: Store
  readonly clock: Clock
  readonly texts: Texts
  readonly maxMessageBytes: number
}

/** A text that fits more is no help, and each costs a look at the index. */
const MOST_PROVIDERS = 30
const PIECE = 500

export function journalDesk(tools: JournalTools): JournalDesk {
  const { store, clock } = tools
  const { read, keyring } = store
  return {
    providers: async () => (await read.providers.list()).map(({ slug, name }) => ({ slug, name })),
    open: async (filter) => {
      const resolved = await resolve(tools, filter)
      if ('kind' in resolved) return resolved
      const found = await read.intakeSearch.open(resolved.filter)
      const pieces = (before: IntakePosition | undefined, size: number) => named(found.pieces(before, size), resolved.names)
      return {
        kind: 'open',
        view: { totals: found.totals, page: (before, limit) => first(pieces(before, limit), limit), all: () => pieces(undefined, PIECE) },
      }
    },
    one: async (number) => {
      const row = await read.intakes.byNumber(number)
      return row && { ...row, providerName: (row.providerId && (await read.providers.byId(row.providerId))?.name) ?? null }
    },
    newest: () => read.intakeSearch.newest(),
    since: async (filter, seq, limit) => {
      const resolved = await resolve(tools, filter)
      // A provider that was there when this began.
      if ('kind' in resolved) return { seq: await read.intakeSearch.newest(), entries: [] }
      const arrived = await read.intakeSearch.since(resolved.filter, seq, limit)
      return { seq: arrived.seq, entries: arrived.rows.map((row) => withName(row, resolved.names)) }
    },
    personToken: (typed) => personToken(tools, typed),
    messageToken: (typed) => {
      const [, bare = ''] = /^\s*<?([^\s<>]{1,990})>?\s*$/u.exec(typed) ?? []
      return bare === '' ? null : keyToken(messageKey(keyring, bare).hash)
    },
    noteExport: (actor, { format, by }) =>
      store.write((tables) =>
        tables.events.append({
          ...{ id: randomUUID(), at: clock.now(), kind: 'log-exported', actor, packageId: null, consumerId: null },
          ...{ providerId: null, intakeNumber: null, details: { format, by: by.join(' ') } },
        }),
      ),
  }
}

type Names = ReadonlyMap<string, string>

function withName(row: Intake, names: Names): JournalEntry {
  return { ...row, providerName: (row.providerId && names.get(row.providerId)) ?? null }
}

async function* named(pieces: AsyncGenerator<Intake[]>, names: Names): AsyncGenerator<JournalEntry[]> {
  for await (const rows of pieces) yield rows.map((row) => withName(row, names))
}

async function first(pieces: AsyncGenerator<JournalEntry[]>, limit: number): Promise<JournalEntry[]> {
  const rows: JournalEntry[] = []
  for await (const piece of pieces) {
    rows.push(...piece)
    if (rows.length >= limit) break
  }
  return rows.slice(0, limit)
}

type Unresolved = Exclude<OpenOutcome, { readonly kind: 'open' }>

/** Names are looked up in the few providers and in the catalogue of replies, so that the log itself is asked for ids and reasons alone. */
async function resolve(
  tools: JournalTools,
  filter: JournalFilter,
): Promise<Unresolved | { readonly filter: IntakeFilter; readonly names: Names }> {
  const providers = await tools.store.read.providers.list()
  const providerId = filter.provider === undefined ? undefined : idOf(providers, filter.provider)
  if (providerId === null) return { kind: 'unknown-provider' }
  const either = filter.text === undefined ? undefined : find(tools, providers, filter.text)
  if (either && either.providerIds.length > MOST_PROVIDERS) return { kind: 'too-wide', count: either.providerIds.length }
  const { from, to, outcome, reason, how, size, number, person, message } = filter
  return {
    names: new Map(providers.map(({ id, name }) => [id, name])),
    filter: {
      ...{ from, to, outcome, reason, number, providerId, either },
      how: how === 'none' ? '' : how,
      sizeClass: size === undefined ? undefined : SIZE_CLASSES.findIndex(({ name }) => name === size),
      person: person === undefined ? undefined : personOf(person),
      message: message === undefined ? undefined : hashIn(message),
    },
  }
}

function idOf(providers: readonly Provider[], slug: string): string | null {
  return slug === '-' ? '' : (providers.find((provider) => provider.slug === slug)?.id ?? null)
}

function find({ texts, maxMessageBytes }: JournalTools, providers: readonly Provider[], text: string): NonNullable<IntakeFilter['either']> {
  const wanted = plain(text)
  const has = (...said: string[]) => plain(said.join(' ')).includes(wanted)
  const values = { intakeNumber: '', megabytes: megabytesOfFiles(maxMessageBytes) }
  const reasons = REASONS.filter((reason) => {
    const { replyCode, enhancedCode, text: words } = replyFor(reason, texts.in('en'), values)
    return has(String(replyCode), enhancedCode, words) || has(reason)
  })
  return { providerIds: providers.filter(({ name, slug }) => has(name) || has(slug)).map(({ id }) => id), reasons }
}

/** However it is written: without accents, capitals and more than one space. */
function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').replace(/\s+/g, ' ').trim().toLowerCase()
}

/** By what was typed, and if somebody has that id or number, by all of hers: she may have been named by the other one. */
async function personToken({ store }: JournalTools, typed: string): ReturnType<JournalDesk['personToken']> {
  const name = readName(typed)
  if (name === 'mistyped') return 'mistyped'
  if (name === null) return 'neither'
  const { consumers } = store.read
  const consumer = name.kind === 'address' ? await consumers.byAddress(name.value) : await consumers.byPostboxNumber(name.value)
  const keys = [personKey(store.keyring, name), ...(consumer ? keysOfPerson(store.keyring, consumer) : [])]
  const tokens = [...new Set(keys.map(({ hash }) => keyToken(hash)))]
  return { token: [...tokens, ...(consumer ? [`c${Buffer.from(consumer.id).toString('base64url')}`] : [])].join('.') }
}

/** What a token may look like; nothing else finds anything. */
export const PERSON_TOKEN = /^(k[\w-]{22}|c[\w-]{1,90})(\.(k[\w-]{22}|c[\w-]{1,90})){0,3}$/
export const MESSAGE_TOKEN = /^k[\w-]{22}$/

function keyToken(hash: Buffer): string {
  return `k${hash.toString('base64url')}`
}

function hashIn(token: string): Buffer {
  return Buffer.from(token.slice(1), 'base64url')
}

function personOf(token: string): NonNullable<IntakeFilter['person']> {
  const parts = token.split('.')
  const of = (kind: string) => parts.filter((part) => part.startsWith(kind))
  return { hashes: of('k').map(hashIn), consumerIds: of('c').map((part) => Buffer.from(part.slice(1), 'base64url').toString()) }
}
