// Replacing a forgotten answer: 72 hours in which she is told at once and every day, with one click to stop it. Whoever got into her
// mailbox for an hour must not get at her records. While it runs, and until the new answer is set, nothing is sealed for her.

import { randomUUID } from 'node:crypto'
import { DAY, HOUR } from '../clock.js'
import { momentInWords } from '../dates.js'
import type { Consumer } from '../store/consumers.js'
import type { Reset } from '../store/resets.js'
import type { Tables } from '../store/store.js'
import type { ResetOutcome } from './desk.js'
import { signedInConsumer } from './sessions.js'
import { cancelToken, hashToken } from './tokens.js'
import { type AccountTools, recordEvent } from './tools.js'

export const RESET_DELAY = 72 * HOUR
/** A reset nobody finishes keeps her mail out: after this long past its time it is dropped, and the old answer stays. */
export const RESET_LAPSE = 14 * DAY

type Tools = Pick<AccountTools, 'store' | 'clock' | 'queueMail' | 'links'>

/** See AccountsDesk.startReset. */
export async function startReset(tools: Tools, session: string): Promise<ResetOutcome> {
  const consumer = await signedInConsumer(tools, session)
  if (!consumer) return { kind: 'signed-out' }
  if (consumer.answerVersion === null) return { kind: 'unset' }
  const now = tools.clock.now()
  const id = randomUUID()
  const cancelHash = hashToken(tools.store.keyring, 'reset-cancel', cancelToken(tools.store.keyring, id))
  const reset: Reset = { id, consumerId: consumer.id, startedAt: now, effectiveAt: now + RESET_DELAY, remindAt: now + DAY, cancelHash }
  return tools.store.write(async (tables): Promise<ResetOutcome> => {
    const running = await tables.resets.pending(consumer.id)
    if (running) return { kind: 'started', effectiveAt: running.effectiveAt }
    await tables.resets.start(reset)
    await recordEvent(tables, { at: now, kind: 'reset-started', actor: 'consumer', consumerId: consumer.id })
    await mailAbout(tools, tables, reset, consumer, 'reset-started')
    return { kind: 'started', effectiveAt: reset.effectiveAt }
  })
}

/** See AccountsDesk.cancelReset. The token is good once: with the reset its hash is gone. */
export async function cancelReset(tools: Tools, tokenOrSession: string): Promise<boolean> {
  const { store, clock } = tools
  const byToken = await store.read.resets.byCancelHash(hashToken(store.keyring, 'reset-cancel', tokenOrSession))
  const consumerId = byToken?.consumerId ?? (await signedInConsumer(tools, tokenOrSession))?.id
  if (consumerId === undefined) return false
  return store.write(async (tables) => {
    const reset = byToken ?? (await tables.resets.pending(consumerId))
    if (!reset || !(await tables.resets.remove(reset.id))) return false
    const details = { by: byToken ? 'link' : 'session' }
    await recordEvent(tables, { at: clock.now(), kind: 'reset-cancelled', actor: 'consumer', consumerId, details })
    return true
  })
}

/** A step of the worker: mails the daily reminders that are due and drops resets that nobody finished. Returns how many it handled. */
export async function remindResets(tools: Tools, limit = 100): Promise<number> {
  const now = tools.clock.now()
  const due = await tools.store.read.resets.toRemind(now, limit)
  for (const reset of due) await tools.store.write((tables) => remind(tools, tables, reset, now))
  return due.length
}

async function remind(tools: Tools, tables: Tables, reset: Reset, now: number): Promise<void> {
  const { id, consumerId, remindAt } = reset
  const days = Math.floor((now - remindAt) / DAY) + 1
  // After a standstill the missed ones are not made up for.
  if (!(await tables.resets.setRemindAt(id, remindAt, remindAt + days * DAY))) return
  if (now >= reset.effectiveAt + RESET_LAPSE) {
    await tables.resets.remove(id)
    await recordEvent(tables, { at: now, kind: 'reset-lapsed', actor: 'system', consumerId })
    return
  }
  const consumer = await tables.consumers.byId(consumerId)
  if (consumer) await mailAbout(tools, tables, reset, consumer, 'reset-reminder')
}

function mailAbout(
  { store, clock, queueMail, links }: Tools,
  tables: Tables,
  reset: Reset,
  { address, language, timeZone }: Consumer,
  template: 'reset-started' | 'reset-reminder',
): Promise<unknown> {
  const now = clock.now()
  return queueMail(tables, {
    ...{ template, to: address, language, idempotencyKey: `${template}/${reset.id}/${Math.floor((now - reset.startedAt) / DAY)}` },
    values: {
      effectiveTime: momentInWords(reset.effectiveAt, language, timeZone),
      cancelLink: links.cancelReset(cancelToken(store.keyring, reset.id)),
      signInLink: links.signInPage(),
      ready: reset.effectiveAt <= now ? 'yes' : '',
    },
  })
}
