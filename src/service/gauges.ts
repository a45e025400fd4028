// What the monitoring reads when it asks, and the count of what the relay says.

import { SECOND } from '../clock.js'
import type { Courier, Handoff } from '../mail/courier.js'
import type { GaugeValues, Metrics, RelayAnswer } from '../metrics.js'
import type { Store } from '../store/store.js'
import type { MailSigns } from './mail-door.js'

export interface GaugeParts {
  readonly store: Store
  readonly signs: MailSigns
  readonly storage: { readonly isSound: boolean }
  readonly now: () => number
}

/** A part that can't be read is left out; the others are told. */
export async function readGauges({ store, signs, storage, now }: GaugeParts): Promise<GaugeValues> {
  const [outbox, held, free] = await Promise.allSettled([store.read.outbox.pending(), store.read.figures.held(), store.blobs.freeBytes()])
  const secondsSince = (at: number | null) => (at === null ? 0 : Math.max(0, now() - at) / SECOND)
  return {
    ...(outbox.status === 'fulfilled' && {
      outbox_waiting: outbox.value.count,
      outbox_oldest_seconds: secondsSince(outbox.value.oldest),
    }),
    ...(held.status === 'fulfilled' && { held_waiting: held.value.count, held_oldest_seconds: secondsSince(held.value.oldest) }),
    ...(free.status === 'fulfilled' && { disk_free_bytes: free.value }),
    parser_waiting: signs.waiting(),
    memory_budget_free_bytes: signs.freeBudget(),
    relay_failing: signs.relayFails() ? 1 : 0,
    storage_failing: storage.isSound ? 0 : 1,
  }
}

/** The same courier; what became of each mail is counted. */
export function countedCourier(courier: Courier, metrics: Pick<Metrics, 'noteRelayAnswer'>): Courier {
  return {
    hand: async (raw, envelope) => {
      const handoff = await courier.hand(raw, envelope)
      metrics.noteRelayAnswer(answerOf(handoff))
      return handoff
    },
    probe: () => courier.probe(),
    offersDsn: () => courier.offersDsn(),
    close: () => courier.close(),
  }
}

function answerOf(handoff: Handoff): RelayAnswer {
  if (handoff.outcome !== 'refused') return handoff.outcome
  return handoff.permanent ? 'refused-for-good' : 'refused-for-now'
}
