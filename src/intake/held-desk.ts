// What may be done about held mail: by its provider, who answers with the id; by an admin; and by time.

import { DAY } from '../clock.js'
import { momentInWords } from '../dates.js'
import { firstPage } from '../documents/workshop/client.js'
import { canonicalAddress } from '../mail/address.js'
import { readPostboxNumber } from '../postbox-number.js'
import type { Round } from '../rounds.js'
import type { HeldRow } from '../store/held.js'
import type { Tables } from '../store/store.js'
import { collect } from './collect.js'
import { because, type Disposition } from './disposition.js'
import { openAbout, openHeld } from './held-mail.js'
import { parse, readTrusted } from './judge.js'
import type { IntakeTools, Received } from './receive.js'
import { dropHeld, note, type Releases } from './release.js'
import { checkReady, routeTo } from './route.js'

/** How long the row of an ended one is kept, for whoever asks what became of it. */
const KEPT_AFTER_END = 30 * DAY
const AT_ONCE = 100

/** Held mail as an admin sees it. Never a subject, a name or anything of its content. */
export interface HeldEntry {
  readonly id: string
  readonly intakeNumber: string
  readonly providerName: string
  /** A reason of the intake desk. */
  readonly reason: string
  readonly documents: number
  readonly pages: number | null
  readonly bytes: number
  /** Milliseconds since the epoch, as all times. */
  readonly receivedAt: number
  readonly expiresAt: number
  /** Whose it is is known, and it is being sent. */
  readonly isAssigned: boolean
}

/** `mistyped`, `nobody`: of what was typed; `not-ready`: she can't get anything just now; `gone`: it is not held any more. */
export type AssignOutcome = 'assigned' | 'mistyped' | 'nobody' | 'not-ready' | 'gone'

/** Who does it, and why: goes on record. */
export interface Act {
  /** An admin's id. */
  readonly actor: string
  /** In the admin's words; no health data. */
  readonly why: string
}

export interface HeldDesk {
  /** The oldest first. */
  list(limit: number): Promise<HeldEntry[]>
  /** How many wait. */
  count(): Promise<number>
  byId(id: string): Promise<HeldEntry | null>
  /** @param to a HePoEx id or a postbox number, as typed. */
  assign(id: string, to: string, act: Act): Promise<AssignOutcome>
  /**
   * Breaking the glass: the first page of it, as a PNG. That somebody looked is on record before it is opened, and provider and all admins
   * are told. null: it is not held any more; 'no-pages': it has none that can be drawn.
   */
  look(id: string, act: Act): Promise<Buffer | 'no-pages' | null>
  /** Its provider is told to send again; the file goes. False: it is not held any more. */
  refuse(id: string, act: Act): Promise<boolean>
}

export function createHeldDesk(tools: IntakeTools, releases: Releases): HeldDesk {
  const { store } = tools
  return {
    list: async (limit) => {
      const rows = await store.read.held.list(limit)
      return Promise.all(rows.map((row) => entryOf(store.read, row)))
    },
    count: () => store.read.held.count(),
    byId: async (id) => {
      const row = await store.read.held.byId(id)
      return row && row.endedAt === null ? entryOf(store.read, row) : null
    },
    assign: async (id, to, act) => {
      const outcome = await assign(tools, id, to, act)
      if (outcome === 'assigned') releases.wake()
      return outcome
    },
    look: (id, act) => look(tools, id, act),
    refuse: (id, act) => refuse(tools, id, act),
  }
}

async function entryOf(tables: Tables, row: HeldRow): Promise<HeldEntry> {
  const { id, intakeNumber, reason, documents, pages, bytes, receivedAt, expiresAt, state } = row
  const providerName = (await tables.providers.byId(row.providerId))?.name ?? ''
  return { id, intakeNumber, providerName, reason, documents, pages, bytes, receivedAt, expiresAt, isAssigned: state === 'assigned' }
}

async function assign({ store, clock }: IntakeTools, id: string, to: string, { actor, why }: Act): Promise<AssignOutcome> {
  const typed = readPostboxNumber(to)
  if (typed.kind === 'mistyped') return 'mistyped'
  const address = canonicalAddress(to)
  const { consumers } = store.read
  const consumer =
    typed.kind === 'number' ? await consumers.byPostboxNumber(typed.number) : address === null ? null : await consumers.byAddress(address)
  if (!consumer) return 'nobody'
  const ready = await checkReady(store.read, consumer, clock.now())
  if ('reason' in ready) return ready.reason === 'consumer-unknown' ? 'nobody' : 'not-ready'
  const isOurs = await store.write((tables) => assignTo(tables, { id, consumerId: consumer.id, at: clock.now(), actor, why }))
  return isOurs ? 'assigned' : 'gone'
}

interface Assignment {
  readonly id: string
  readonly consumerId: string
  readonly at: number
  readonly actor: string
  readonly why?: string
}

async function assignTo(tables: Tables, { id, consumerId, at, actor, why }: Assignment): Promise<boolean> {
  if (!(await tables.held.assign(id, consumerId, at))) return false
  const row = await tables.held.byId(id)
  if (row) await note(tables, row, 'held-assigned', at, { actor, ...(why !== undefined && { why }) })
  return true
}

async function refuse(tools: IntakeTools, id: string, { actor, why }: Act): Promise<boolean> {
  const row = await tools.store.read.held.byId(id)
  return row !== null && (await endHeld(tools, row, 'refused', { actor, why }))
}

async function look(tools: IntakeTools, id: string, act: Act): Promise<Buffer | 'no-pages' | null> {
  const row = await tools.store.write(async (tables) => {
    const found = await tables.held.byId(id)
    if (!found || found.endedAt !== null) return null
    await note(tables, found, 'held-viewed', tools.clock.now(), act)
    await tellOfLook(tools, tables, found, act.actor)
    return found
  })
  if (!row) return null
  const { raw } = await openHeld(tools.store, row)
  const message = await parse([raw])
  const documents = 'reason' in message ? message : await collect(message, tools.workshop)
  if ('reason' in documents) return 'no-pages'
  return tools.workshop.atBench(async (bench) => {
    for (const { bytes, mediaType, role } of documents) {
      const page = role === 'attachment' ? await firstPage(bench, { bytes, mediaType }) : null
      if (page) return page
    }
    return 'no-pages'
  })
}

async function tellOfLook({ clock, post, texts, sender, store }: IntakeTools, tables: Tables, row: HeldRow, actor: string): Promise<void> {
  const at = clock.now()
  const { intakeNumber } = row
  const admins = await tables.admins.list()
  const who = admins.find(({ id }) => id === actor)?.address ?? actor
  for (const { id, address, language } of admins) {
    await post.queueMail(tables, {
      ...{ template: 'admin-alert', to: address, language, idempotencyKey: `held-viewed/${row.id}/${at}/${id}` },
      values: {
        time: momentInWords(at, language),
        about: texts.in(language)('mail.admin-alert.held-viewed', { intakeNumber, who }),
        link: `${sender.publicUrl()}/admin/held`,
      },
    })
  }
  const { tellTo, language } = openAbout(store.keyring, row)
  if (tellTo === null) return
  const values = { intakeNumber, receivedAt: momentInWords(row.receivedAt, language), time: momentInWords(at, language) }
  await post.queueMail(tables, { template: 'held-viewed', to: tellTo, language, idempotencyKey: `held-viewed/${row.id}/${at}`, values })
}

/** Its provider may send the same message again, and is told so. */
async function endHeld(
  tools: IntakeTools,
  row: HeldRow,
  state: 'refused' | 'expired',
  by: { readonly actor?: string; readonly why?: string } = {},
): Promise<boolean> {
  const { store, clock, post } = tools
  const now = clock.now()
  const { tellTo, language } = openAbout(store.keyring, row)
  const isEnded = await store.write(async (tables) => {
    if (!(await tables.held.end(row.id, state, now))) return false
    await tables.claims.reopen(row.id)
    await note(tables, row, `held-${state}`, now, by)
    if (tellTo === null) return true
    await post.queueMail(tables, {
      ...{ template: 'held-ended', to: tellTo, language, idempotencyKey: `held-ended/${row.id}` },
      values: {
        intakeNumber: row.intakeNumber,
        receivedAt: momentInWords(row.receivedAt, language),
        expired: state === 'expired' ? 'yes' : '',
      },
    })
    return true
  })
  if (isEnded) await dropHeld(tools, row)
  return isEnded
}

/** The provider's answer: who sends it is checked like any sender of records, and its Subject has to name the consumer. */
export async function receiveHeldAnswer(tools: IntakeTools, row: HeldRow, received: Received, raw: Buffer[]): Promise<Disposition> {
  const trusted = await readTrusted(tools, received, raw)
  if ('reason' in trusted) return trusted
  const { message, verified } = trusted
  // A gateway answers nothing.
  if (verified.isFax) return because('sender-not-registered', 'fax')
  const consumer = await routeTo(tools.store.read, message, null, tools.clock.now())
  if ('reason' in consumer) return consumer
  const disposition = because('held-answered')
  const isSettled = await tools.store.write(async (tables) => {
    const at = tools.clock.now()
    if (!(await assignTo(tables, { id: row.id, consumerId: consumer.id, at, actor: 'provider' }))) {
      // Its server did not hear our 250 and comes again: it is the same answer.
      const present = await tables.held.byId(row.id)
      const isSame = present?.consumerId === consumer.id && (present.state === 'assigned' || present.state === 'released')
      if (!isSame) return false
    }
    await received.record(tables, disposition)
    return true
  })
  return isSettled ? disposition : because('held-over')
}

/** What time does to held mail. */
export function heldRounds(tools: IntakeTools, releases: Releases): readonly Round[] {
  const { store } = tools
  return [
    { name: 'held-releases', everyMs: 60_000, run: () => releases.releaseDue() },
    { name: 'held-expiry', everyMs: 3_600_000, run: () => expireHeld(tools, tools.clock.now()) },
    {
      name: 'held-leftovers',
      everyMs: 3_600_000,
      run: async () => {
        let dropped = 0
        for (const row of await store.read.held.leftovers(AT_ONCE)) if (await dropHeld(tools, row)) dropped++
        await store.write(({ held }) => held.forget(tools.clock.now() - KEPT_AFTER_END))
        return dropped
      },
    },
  ]
}

async function expireHeld(tools: IntakeTools, now: number): Promise<number> {
  let count = 0
  for (const row of await tools.store.read.held.expiring(now, AT_ONCE)) if (await endHeld(tools, row, 'expired')) count++
  return count
}
