// What may stand in a label, and the gauges there are. A label's values are closed words: each new one is a new series that the monitoring
// keeps for weeks, and what a stranger can choose must never become one.

/** Read when somebody asks; `hepoex_` stands before each. */
export const GAUGES = [
  { name: 'outbox_waiting', help: 'Mails that wait in the outbox' },
  { name: 'outbox_oldest_seconds', help: 'How long ago the first waiting mail was due' },
  { name: 'held_waiting', help: 'Held messages that wait for somebody to say whose they are' },
  { name: 'held_oldest_seconds', help: 'How long the first of them has waited' },
  { name: 'parser_waiting', help: 'Messages that wait for their turn to be read or sealed' },
  { name: 'memory_budget_free_bytes', help: 'What may still be reserved for messages under way' },
  { name: 'disk_free_bytes', help: 'Free space where sealed packages lie' },
  { name: 'relay_failing', help: 'Whether the relay did not take the last notice (1) or did (0)' },
  { name: 'storage_failing', help: 'Whether what is written cannot be relied on (1) or can (0)' },
] as const

export type GaugeName = (typeof GAUGES)[number]['name']

const WORD = /^[a-z][a-z0-9-]{0,39}$/
/** More than there are words of one kind. */
const MOST = 200

export class Labels {
  readonly #seen = new Map<string, Set<string>>()

  /** The word itself; `other` for what is none, or when there are too many. Nothing stays nothing. */
  of(label: string, word: string): string {
    if (word === '') return ''
    const seen = this.#seen.get(label) ?? new Set()
    this.#seen.set(label, seen)
    if (!WORD.test(word) || (!seen.has(word) && seen.size >= MOST)) return 'other'
    seen.add(word)
    return word
  }
}
