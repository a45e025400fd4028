// Signing in by mail. The mailbox is the identity: who can read the mail is her. The page says the same, after about the same work,
// whoever asks; a row in the database is made for every asker, and a consumer only by a confirmation.
//
// Known weakness: whoever asks five times for somebody's address keeps her from signing in by mail for a day. Opening packages
// needs no sign-in.

import { randomUUID } from 'node:crypto'
import { DAY, HOUR, MINUTE, SECOND } from '../clock.js'
import { canonicalAddress, domainOf } from '../mail/address.js'
import { type LimitRules, peerLimitKey } from '../store/limits.js'
import type { SignIn } from '../store/sign-ins.js'
import type { Tables } from '../store/store.js'
import type { AskOutcome, Role, SignInOutcome } from './desk.js'
import { startSession } from './sessions.js'
import { drawCharacters, drawToken, formatCharacters, hashToken, readCharacters, sameHash } from './tokens.js'
import { type AccountTools, recordEvent } from './tools.js'

const VALID_MINUTES = 15
const MAX_TRIES = 5
const MAILS_A_DAY = 5
/** For one peer, whatever addresses it asks for. */
const ASKING: LimitRules = { free: 10, delay: 10 * SECOND, maxDelay: 10 * MINUTE, forget: HOUR }

interface Asked {
  readonly address: string
  readonly browser: string
  readonly peer: string
  readonly language: string
  readonly role: Role
}

/** See AccountsDesk.askSignIn. */
export async function askSignIn(tools: AccountTools, asked: Asked): Promise<AskOutcome> {
  const address = canonicalAddress(asked.address)
  if (address === null || isUnfinished(domainOf(address))) return { kind: 'not-an-address' }
  const { keyring } = tools.store
  const now = tools.clock.now()
  return tools.store.write(async (tables) => {
    const wait = await tables.limits.take(peerLimitKey(keyring, 'sign-in', asked.peer), now, ASKING)
    if (wait !== null) return { kind: 'wait', until: wait }
    const { count, oldest } = await tables.signIns.askedSince(address, now - DAY)
    if (count >= MAILS_A_DAY && oldest !== null) return { kind: 'wait', until: oldest + DAY }
    const admin = await tables.admins.byAddress(address)
    const mailed = asked.role === 'consumer' || admin !== null
    await addSignIn(tools, tables, { ...asked, address, mailed, validMs: VALID_MINUTES * MINUTE })
    return { kind: 'sent' }
  })
}

/** `maria@mailbox`, its end forgotten: no mail gets there, and she would wait for one. */
export function isUnfinished(domain: string): boolean {
  return !domain.includes('.') && domain !== 'localhost'
}

interface NewSignIn {
  readonly address: string
  readonly browser: string
  readonly language: string
  readonly role: Role
  readonly mailed: boolean
  readonly validMs: number
  /** Instead of the one for the role. */
  readonly template?: string
}

/** Makes the row and queues its mail. Returns the link. Also for an admin's invitation, which no browser asked for. */
export async function addSignIn(
  { store, clock, queueMail, links }: Pick<AccountTools, 'store' | 'clock' | 'queueMail' | 'links'>,
  tables: Tables,
  { address, browser, language, role, mailed, validMs, template }: NewSignIn,
): Promise<string> {
  const id = randomUUID()
  const token = drawToken()
  const characters = drawCharacters()
  const now = clock.now()
  await tables.signIns.add({
    ...{ id, role, address, language, mailed, tries: 0, usedAt: null, createdAt: now, expiresAt: now + validMs },
    tokenHash: hashToken(store.keyring, 'sign-in-link', token),
    codeHash: hashToken(store.keyring, 'sign-in-code', `${id}\0${characters}`),
    browserHash: hashToken(store.keyring, 'browser', browser),
  })
  const link = links.signIn(token)
  if (mailed) {
    await queueMail(tables, {
      template: template ?? (role === 'admin' ? 'admin-sign-in' : 'sign-in'),
      ...{ to: address, language, idempotencyKey: `sign-in/${id}` },
      values: template
        ? { link, hours: String(validMs / HOUR) }
        : { link, code: formatCharacters(characters), minutes: String(validMs / MINUTE) },
    })
  }
  return link
}

/** See AccountsDesk.byCode. Every code typed counts, also one that cannot be right. */
export async function signInByCode(tools: AccountTools, code: string, browser: string, givenAddress: string): Promise<SignInOutcome> {
  const address = canonicalAddress(givenAddress)
  if (address === null) return { kind: 'over' }
  const { keyring } = tools.store
  const now = tools.clock.now()
  const typed = readCharacters(code)
  const browserHash = hashToken(keyring, 'browser', browser)
  return tools.store.write(async (tables) => {
    const rows = await tables.signIns.tryCode({ address, browserHash, now, maxTries: MAX_TRIES })
    const isRight = (row: SignIn) => sameHash(row.codeHash, hashToken(keyring, 'sign-in-code', `${row.id}\0${typed}`))
    const match = rows.filter(isRight).find((row) => row.mailed)
    const used = match ? await tables.signIns.use(match.id, now) : null
    if (used) return confirm(tools, tables, used)
    const triesLeft = Math.max(0, ...rows.map((row) => MAX_TRIES - row.tries))
    return triesLeft > 0 ? { kind: 'wrong', triesLeft } : { kind: 'over' }
  })
}

/** See AccountsDesk.byLink. */
export async function signInByLink(tools: AccountTools, token: string): Promise<SignInOutcome> {
  return tools.store.write(async (tables) => {
    const used = await tables.signIns.useToken(hashToken(tools.store.keyring, 'sign-in-link', token), tools.clock.now())
    return used ? confirm(tools, tables, used) : { kind: 'over' }
  })
}

/** Her mailbox is proved. */
async function confirm(tools: AccountTools, tables: Tables, signIn: SignIn): Promise<SignInOutcome> {
  const { role, address } = signIn
  const admitted = await (role === 'admin' ? admitAdmin : admitConsumer)(tools, tables, signIn)
  if (admitted === null) return { kind: 'over' }
  await tables.signIns.endAll(address, role)
  const { id, unlocked } = admitted
  return { kind: 'signed-in', session: await startSession(tools, tables, role, id), role, ...(unlocked && { unlocked }) }
}

interface Admitted {
  readonly id: string
  readonly unlocked: boolean
}

async function admitConsumer({ clock }: AccountTools, tables: Tables, { address, language }: SignIn): Promise<Admitted> {
  const at = clock.now()
  const fresh = { id: randomUUID(), address, language, createdAt: at, answerVersion: null }
  const { id } = await tables.consumers.register(fresh)
  if (id === fresh.id) await recordEvent(tables, { at, kind: 'registered', actor: 'consumer', consumerId: id })
  const unlocked = await tables.answers.unlockAll(id)
  if (unlocked > 0) await recordEvent(tables, { at, kind: 'answer-unlocked', actor: 'consumer', consumerId: id })
  await recordEvent(tables, { at, kind: 'signed-in', actor: 'consumer', consumerId: id })
  return { id, unlocked: unlocked > 0 }
}

/** Null: removed since the mail went out. */
async function admitAdmin({ clock }: AccountTools, tables: Tables, { address }: SignIn): Promise<Admitted | null> {
  const at = clock.now()
  const admin = await tables.admins.byAddress(address)
  if (!admin) return null
  await tables.admins.noteSignIn(admin.id, at)
  await recordEvent(tables, { at, kind: 'admin-signed-in', actor: admin.id })
  return { id: admin.id, unlocked: false }
}
