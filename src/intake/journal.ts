// The intake log as an admin's page shows it.

import type { Intake } from '../store/intakes.js'
import type { Store } from '../store/store.js'

export type JournalEntry = Intake & { readonly providerName: string | null }

export interface IntakeJournal {
  /** Newest first; `before` is the last entry of the page above. */
  page(asked: { readonly before?: { readonly at: number; readonly number: string }; readonly limit: number }): Promise<JournalEntry[]>
}

export function intakeLog({ read }: Pick<Store, 'read'>): IntakeJournal {
  return {
    async page(asked) {
      const rows = await read.intakes.page(asked)
      const names = new Map((await read.providers.list()).map(({ id, name }) => [id, name]))
      return rows.map((row) => ({ ...row, providerName: (row.providerId && names.get(row.providerId)) ?? null }))
    },
  }
}
