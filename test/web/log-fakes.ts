// The paper desk of the intake log: rows that a test says, found by nothing but their place, and a note of what was asked.

import type { JournalDesk, JournalEntry, OpenOutcome } from '../../src/intake/journal-desk.js'
import type { Totals } from '../../src/store/intake-search.js'

export const INTAKE = '20261122-7K2M9QXD'
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

export interface LogWorld {
  entries: JournalEntry[]
  totals: Totals
  /** In place of what is found. */
  refusal: Exclude<OpenOutcome, { kind: 'open' }> | null
  person: Awaited<ReturnType<JournalDesk['personToken']>>
  message: string | null
  /** What comes while somebody follows. */
  arrivals: JournalEntry[]
  exports: string[]
  /** An export waits for it. */
  hold: Promise<void> | null
}

export const TOTALS: Totals = { accepted: 1200, held: 3, rejected: 20, deferred: 11, messages: 1234, isWhole: true }

export function newLogWorld(now: number): LogWorld {
  return {
    entries: [logEntry(0, now)],
    totals: TOTALS,
    refusal: null,
    person: { token: `k${'A'.repeat(22)}.c${'B'.repeat(48)}` },
    message: `k${'C'.repeat(22)}`,
    arrivals: [],
    exports: [],
    hold: null,
  }
}

export function logEntry(index: number, now: number, change: Partial<JournalEntry> = {}): JournalEntry {
  const [high = '', low = ''] = [CROCKFORD[index >> 5], CROCKFORD[index & 31]]
  return {
    ...{
      number: index === 0 ? INTAKE : `20261122-7K2M9Q${high}${low}`,
      at: now - index * 1000,
      providerId: 'p1',
      providerName: 'Sample Clinic',
    },
    ...{ consumerId: null, consumerMasked: 'm***@example.org', outcome: 'rejected', reason: 'no-documents', detail: 'no-files' },
    ...{ replyCode: 554, enhancedCode: '5.6.1', replyText: 'No documents are attached.', bytes: 123_456, documents: 2, peer: '192.0.2.1' },
    ...{ tls: 'TLSv1.3', how: 'dkim', intakeAddress: 'clinic@intake.example.org', durationMs: 12, packageId: null },
    ...change,
  }
}

/** @param ask notes the line and gives the value. */
export function journalFake(world: LogWorld, ask: <Value>(line: string, value: Value) => Value): JournalDesk {
  return {
    providers: async () =>
      ask('journal.providers ', [
        { slug: 'clinic', name: 'Sample Clinic' },
        { slug: 'lab', name: 'Sample Clinic' },
      ]),
    open: async (filter) =>
      ask<OpenOutcome>(
        `journal.open ${JSON.stringify(filter)}`,
        world.refusal ?? {
          kind: 'open',
          view: {
            totals: world.totals,
            page: async (before, limit) => world.entries.filter(({ at }) => !before || at < before.at).slice(0, limit),
            async *all() {
              await world.hold
              for (let index = 0; index < world.entries.length; index += 2) yield world.entries.slice(index, index + 2)
            },
          },
        },
      ),
    one: async (number) => ask(`journal.one ${number}`, world.entries.find((entry) => entry.number === number) ?? null),
    newest: async () => ask('journal.newest ', 7),
    since: async (_filter, seq) =>
      ask(`journal.since ${seq}`, { seq: 7 + world.arrivals.length, entries: world.arrivals.slice(Math.max(0, seq - 7)) }),
    personToken: async (typed) => ask(`journal.personToken ${typed}`, world.person),
    messageToken: (typed) => ask(`journal.messageToken ${typed}`, world.message),
    noteExport: async (actor, { format, by }) => {
      ask(`journal.noteExport ${actor}`, undefined)
      world.exports.push(`${actor} ${format} ${by.join('+')}`)
    },
  }
}
