// How a postbox is used: when its owner was last here, when she last knew her answer, and what she was asked about either. The columns
// are those of `consumers`; asking is one conditional UPDATE, so that of several processes one sends the mail.

import type { Knex } from 'knex'
import { fromColumns } from './rows.js'

/** Times in ms since the epoch. */
export interface Life {
  /** Signed in, or gave a right answer. */
  readonly lastActiveAt: number
  /** When she last gave her present answer; null: never. */
  readonly practisedAt: number | null
  /** Whether she wants to be asked now and then if she still knows it. */
  readonly wantsPracticeMails: boolean
  /** When she was asked whether this is still her address; null: not since she was last here. */
  readonly unusedAskedAt: number | null
}

/** Whom to mail. */
export interface Asked {
  readonly id: string
  readonly address: string
  readonly language: string
}

export interface Lives {
  of(consumerId: string): Promise<Life | null>
  /** She was here: whatever she was asked about an unused postbox is answered. */
  noteActive(consumerId: string, at: number): Promise<void>
  /** She gave the answer of that version, which counts as practice while it is her present one. */
  notePractised(consumerId: string, version: number, at: number): Promise<void>
  setPracticeMails(consumerId: string, isWanted: boolean): Promise<void>
  /** Who wants to be asked and has neither chosen nor given her answer, nor been asked, since then. None whose answer cannot be tried. */
  toPractise(since: number, limit: number): Promise<Asked[]>
  /** False: somebody else asked her, or she has practised meanwhile. */
  askToPractise(consumerId: string, since: number, at: number): Promise<boolean>
  /** Who has not been here since then and was not asked yet. Only those who can get records: without a question nobody can. */
  unused(since: number, limit: number): Promise<Asked[]>
  /** False: somebody else asked her, or she was here meanwhile. */
  askUnused(consumerId: string, since: number, at: number): Promise<boolean>
  /** Who was asked before that time, has not come, and was not reminded yet. */
  toRemind(askedBefore: number, limit: number): Promise<Array<Asked & { readonly askedAt: number }>>
  /** False: somebody else reminded her, or she was here meanwhile. */
  remindUnused(consumerId: string, askedAt: number, at: number): Promise<boolean>
}

const ACTIVE = { unused_asked_at: null, unused_reminded_at: null }

export function livesTable(knex: Knex): Lives {
  const hers = (id: string) => knex('consumers').where({ id })
  const people = () => knex('consumers').select('consumers.id', 'consumers.address', 'consumers.language')
  return {
    of: async (id) => {
      const row = await hers(id).first()
      if (!row) return null
      const { lastActiveAt, practisedAt, practiceMails, unusedAskedAt } = fromColumns<Life & { practiceMails: number }>(row)
      return { lastActiveAt, practisedAt, wantsPracticeMails: practiceMails === 1, unusedAskedAt }
    },
    noteActive: async (id, at) => {
      await hers(id).update({ last_active_at: at, ...ACTIVE })
    },
    notePractised: async (id, version, at) => {
      await hers(id).where({ answer_version: version }).update({ practised_at: at })
    },
    setPracticeMails: async (id, isWanted) => {
      await hers(id).update({ practice_mails: isWanted ? 1 : 0 })
    },
    toPractise: (since, limit) =>
      people()
        .join('answers', (on) => on.on('answers.consumer_id', 'consumers.id').on('answers.version', 'consumers.answer_version'))
        .where('answers.created_at', '<=', since)
        .whereNull('answers.locked_at')
        .whereNull('answers.frozen_at')
        .whereNotIn('consumers.id', knex('resets').select('consumer_id'))
        .whereNull('consumers.unused_asked_at')
        .where(notPractised(since))
        .orderBy('consumers.id')
        .limit(limit),
    askToPractise: async (id, since, at) => (await hers(id).where(notPractised(since)).update({ practice_mailed_at: at })) === 1,
    unused: (since, limit) => people().where(idle(since)).whereNotNull('answer_version').orderBy('last_active_at').limit(limit),
    askUnused: async (id, since, at) => (await hers(id).where(idle(since)).update({ unused_asked_at: at, unused_reminded_at: null })) === 1,
    toRemind: async (before, limit) => {
      const rows = await people()
        .select('unused_asked_at as asked_at')
        .where('unused_asked_at', '<=', before)
        .whereNull('unused_reminded_at')
        .orderBy('unused_asked_at')
        .limit(limit)
      return rows.map((row) => fromColumns<Asked & { askedAt: number }>(row))
    },
    remindUnused: async (id, askedAt, at) =>
      (await hers(id).where({ unused_asked_at: askedAt }).whereNull('unused_reminded_at').update({ unused_reminded_at: at })) === 1,
  }
}

function notPractised(since: number): (query: Knex.QueryBuilder) => void {
  return (query) => {
    query.where('consumers.practice_mails', 1)
    for (const column of ['consumers.practised_at', 'consumers.practice_mailed_at'])
      query.where((either) => either.whereNull(column).orWhere(column, '<=', since))
  }
}

function idle(since: number): (query: Knex.QueryBuilder) => void {
  return (query) => query.where('last_active_at', '<=', since).whereNull('unused_asked_at')
}
