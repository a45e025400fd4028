// A new address for a postbox. It takes her answer and both mailboxes: who has only her mailbox for an hour can't carry it off, and nobody
// can move it to a mailbox that isn't theirs. Packages belong to the person, so all that waits stays hers. Whether somebody has the new
// address already is told to that mailbox alone.

import { randomUUID } from 'node:crypto'
import type { AnswerCheck } from '../answer-check.js'
import { DAY, HOUR } from '../clock.js'
import { momentInWords } from '../dates.js'
import { canonicalAddress, domainOf, maskAddress } from '../mail/address.js'
import type { AddressChange, Mailbox } from '../store/address-changes.js'
import type { Consumer } from '../store/consumers.js'
import { type LimitRules, limitKey } from '../store/limits.js'
import type { Tables } from '../store/store.js'
import { CHANGE_HOURS, type ChangeOutcome, type ConfirmOutcome, type PendingChange } from './life-desk.js'
import { refuseAnswer } from './present-answer.js'
import { signedInConsumer } from './sessions.js'
import { isUnfinished } from './sign-in.js'
import { drawToken, hashToken } from './tokens.js'
import { type AccountTools, recordEvent } from './tools.js'

/** Each one mails an address that may be a stranger's. */
const STARTING: LimitRules = { free: 3, delay: HOUR, maxDelay: DAY, forget: 7 * DAY }

export interface AddressTools extends Pick<AccountTools, 'store' | 'clock' | 'queueMail' | 'links'> {
  readonly answerCheck: AnswerCheck
}

/** See LifeDesk.addressChange. */
export async function addressChange(tools: AddressTools, session: string): Promise<PendingChange | null> {
  const consumer = await signedInConsumer(tools, session)
  const change = consumer && (await tools.store.read.addressChanges.pending(consumer.id, tools.clock.now()))
  if (!change) return null
  const { newAddress, oldConfirmedAt, newConfirmedAt, expiresAt } = change
  return { newAddress, isOldConfirmed: oldConfirmedAt !== null, isNewConfirmed: newConfirmedAt !== null, expiresAt }
}

/** See LifeDesk.changeAddress. */
export async function changeAddress(
  tools: AddressTools,
  session: string,
  form: { readonly address: string; readonly presentAnswer: string },
): Promise<ChangeOutcome> {
  const { store, clock } = tools
  const consumer = await signedInConsumer(tools, session)
  if (!consumer) return { kind: 'signed-out' }
  if (await store.read.resets.pending(consumer.id)) return { kind: 'reset' }
  if (await store.read.addressChanges.pending(consumer.id, clock.now())) return { kind: 'pending' }
  const address = canonicalAddress(form.address)
  if (address === null || isUnfinished(domainOf(address))) return { kind: 'not-an-address' }
  if (address === consumer.address) return { kind: 'same-address' }
  // Only a form that is good otherwise costs a try.
  const refusal = await refuseAnswer(tools.answerCheck, consumer, form.presentAnswer)
  return refusal ?? store.write((tables) => start(tools, tables, consumer, address))
}

async function start(tools: AddressTools, tables: Tables, consumer: Consumer, newAddress: string): Promise<ChangeOutcome> {
  const { store, clock, queueMail, links } = tools
  const { keyring } = store
  const { id: consumerId, address, language } = consumer
  const now = clock.now()
  // Closed or moved in another window meanwhile.
  if ((await tables.consumers.byId(consumerId))?.address !== address) return { kind: 'signed-out' }
  if (await tables.resets.pending(consumerId)) return { kind: 'reset' }
  const wait = await tables.limits.take(limitKey(keyring, 'address-change', consumerId), now, STARTING)
  if (wait !== null) return { kind: 'too-often', until: wait }
  const id = randomUUID()
  const [oldToken, newToken] = [drawToken(), drawToken()]
  const isStarted = await tables.addressChanges.start({
    ...{ id, consumerId, newAddress, oldConfirmedAt: null, newConfirmedAt: null, startedAt: now, expiresAt: now + CHANGE_HOURS * HOUR },
    oldHash: hashToken(keyring, 'address-change', oldToken),
    newHash: hashToken(keyring, 'address-change', newToken),
  })
  if (!isStarted) return { kind: 'pending' }
  await recordEvent(tables, { at: now, kind: 'address-change-started', actor: 'consumer', consumerId })
  const hours = String(CHANGE_HOURS)
  // Enough to see a slip of the finger; the mailbox may be one that others read.
  await queueMail(tables, {
    ...{ template: 'address-old', to: address, language, idempotencyKey: `address-old/${id}` },
    values: { link: links.confirmAddress(oldToken), cancelLink: links.cancelAddress(oldToken), newAddress: maskAddress(newAddress), hours },
  })
  // Who has that address already gets no link, so that nothing can come of it.
  const owner = await tables.consumers.byAddress(newAddress)
  await queueMail(tables, {
    ...{ to: newAddress, idempotencyKey: `address-new/${id}` },
    ...(owner
      ? { template: 'address-taken', language: owner.language, values: { signInLink: links.signInPage() } }
      : { template: 'address-new', language, values: { link: links.confirmAddress(newToken), hours } }),
  })
  return { kind: 'started' }
}

/** See LifeDesk.confirmAddress. */
export function confirmAddress(tools: AddressTools, token: string, session: string | null): Promise<ConfirmOutcome> {
  const { store, clock } = tools
  const hash = hashToken(store.keyring, 'address-change', token)
  return store.write(async (tables): Promise<ConfirmOutcome> => {
    const found = await tables.addressChanges.byHash(hash, clock.now())
    const consumer = found && (await tables.consumers.byId(found.change.consumerId))
    if (!found || !consumer) return { kind: 'over' }
    const { change, mailbox } = found
    if (await tables.resets.pending(consumer.id)) return { kind: 'reset' }
    const other: Mailbox = mailbox === 'old' ? 'new' : 'old'
    if (change[`${other}ConfirmedAt`] !== null) return commit(tools, tables, consumer, change, session)
    if (change[`${mailbox}ConfirmedAt`] !== null) return { kind: 'half', proved: mailbox }
    await tables.addressChanges.confirm(change.id, mailbox, clock.now())
    const details = { mailbox }
    await recordEvent(tables, { at: clock.now(), kind: 'address-confirmed', actor: 'consumer', consumerId: consumer.id, details })
    return { kind: 'half', proved: mailbox }
  })
}

async function commit(
  { store, clock, queueMail, links }: AddressTools,
  tables: Tables,
  { id, address, language, timeZone }: Consumer,
  { id: changeId, newAddress }: AddressChange,
  session: string | null,
): Promise<ConfirmOutcome> {
  const now = clock.now()
  await tables.addressChanges.remove(changeId)
  // Registered meanwhile by whoever has that mailbox: theirs it stays.
  if (await tables.consumers.byAddress(newAddress)) return { kind: 'over' }
  if (!(await tables.consumers.setAddress(id, address, newAddress))) return { kind: 'over' }
  await recordEvent(tables, { at: now, kind: 'address-changed', actor: 'consumer', consumerId: id })
  await tables.sessions.removeOf(id, session === null ? undefined : hashToken(store.keyring, 'session', session))
  // A link to sign in that still lies in the old mailbox would open an empty postbox under the old address.
  await tables.signIns.endAll(address, 'consumer')
  for (const to of [address, newAddress]) {
    await queueMail(tables, {
      ...{ template: 'address-changed', to, language, idempotencyKey: `address-changed/${changeId}/${to === newAddress ? 'new' : 'old'}` },
      values: { time: momentInWords(now, language, timeZone), signInLink: links.signInPage() },
    })
  }
  return { kind: 'changed' }
}

/** See LifeDesk.cancelAddress. */
export async function cancelAddress(tools: AddressTools, tokenOrSession: string): Promise<boolean> {
  const { store, clock } = tools
  const now = clock.now()
  const found = await store.read.addressChanges.byHash(hashToken(store.keyring, 'address-change', tokenOrSession), now)
  const byLink = found?.mailbox === 'old' ? found.change : null
  const consumerId = byLink?.consumerId ?? (await signedInConsumer(tools, tokenOrSession))?.id
  if (consumerId === undefined) return false
  return store.write(async (tables) => {
    const change = byLink ?? (await tables.addressChanges.pending(consumerId, now))
    if (!change || !(await tables.addressChanges.remove(change.id))) return false
    const details = { by: byLink ? 'link' : 'session' }
    await recordEvent(tables, { at: now, kind: 'address-change-cancelled', actor: 'consumer', consumerId, details })
    return true
  })
}
