// Signed-in sessions: made when she has shown who she is, and looked up at every request.

import { HOUR, MINUTE } from '../clock.js'
import type { Consumer } from '../store/consumers.js'
import type { Session, SignedInBy } from '../store/sessions.js'
import type { Tables } from '../store/store.js'
import type { Account, Role } from './desk.js'
import { personOf } from './preferences.js'
import { drawToken, hashToken } from './tokens.js'
import type { AccountTools } from './tools.js'

/** Admins see the log of everybody: their sessions end sooner. */
export const SESSION_RULES: Readonly<Record<Role, { readonly idle: number; readonly most: number }>> = {
  consumer: { idle: 30 * MINUTE, most: 12 * HOUR },
  admin: { idle: 15 * MINUTE, most: 8 * HOUR },
}

type Tools = Pick<AccountTools, 'store' | 'clock'>

/** Within the caller's transaction; a consumer counts as having been here. Returns what the cookie holds. */
export async function startSession(
  { store, clock }: Tools,
  tables: Tables,
  role: Role,
  subjectId: string,
  signedInBy: SignedInBy = 'mail',
): Promise<string> {
  const token = drawToken()
  const now = clock.now()
  const { idle, most } = SESSION_RULES[role]
  const tokenHash = hashToken(store.keyring, 'session', token)
  if (role === 'consumer') await tables.lives.noteActive(subjectId, now)
  await tables.sessions.add({ tokenHash, role, subjectId, signedInBy, createdAt: now, idleUntil: now + idle, endsAt: now + most })
  return token
}

/** Counts as activity. Null: none, or over. */
export async function liveSession({ store, clock }: Tools, token: string): Promise<Session | null> {
  const now = clock.now()
  const tokenHash = hashToken(store.keyring, 'session', token)
  const session = await store.read.sessions.live(tokenHash, now)
  if (!session) return null
  const { idle } = SESSION_RULES[session.role]
  // Not a commit for each picture of a page.
  if (session.idleUntil < Math.min(now + idle, session.endsAt) - MINUTE / 2)
    await store.write(({ sessions }) => sessions.touch(tokenHash, now, idle))
  return session
}

/** See AccountsDesk.isSignedIn. */
export async function isLive({ store, clock }: Tools, token: string): Promise<boolean> {
  const session = await store.read.sessions.live(hashToken(store.keyring, 'session', token), clock.now())
  if (!session) return false
  return session.role === 'consumer' || (await store.read.admins.byId(session.subjectId)) !== null
}

/** The signed-in consumer; null for nobody and for an admin. */
export async function signedInConsumer(tools: Tools, token: string): Promise<Consumer | null> {
  const session = await liveSession(tools, token)
  return session?.role === 'consumer' ? tools.store.read.consumers.byId(session.subjectId) : null
}

export async function endSession({ store }: Tools, token: string): Promise<void> {
  await store.write(({ sessions }) => sessions.remove(hashToken(store.keyring, 'session', token)))
}

/** All of this person but the given one, within the caller's transaction. */
export async function endOtherSessions({ store }: Tools, tables: Tables, subjectId: string, token: string): Promise<void> {
  await tables.sessions.removeOf(subjectId, hashToken(store.keyring, 'session', token))
}

/** See AccountsDesk.account. */
export async function accountOf(tools: Tools, token: string): Promise<Account | null> {
  const session = await liveSession(tools, token)
  if (!session) return null
  const { read } = tools.store
  if (session.role === 'admin') {
    const admin = await read.admins.byId(session.subjectId)
    if (!admin) return null
    const { id, address, language } = admin
    return {
      role: 'admin',
      id,
      address,
      language,
      postboxNumber: null,
      signedInAt: session.createdAt,
      question: 'unset',
      answerState: 'ok',
      reset: null,
      preferences: null,
    }
  }
  const consumer = await read.consumers.byId(session.subjectId)
  if (!consumer) return null
  const { id, address, language, postboxNumber, answerVersion } = consumer
  const answer = answerVersion === null ? null : await read.answers.get(id, answerVersion)
  const reset = await read.resets.pending(id)
  return {
    ...{ role: 'consumer', id, address, language, postboxNumber, signedInAt: session.createdAt, question: answer ? 'set' : 'unset' },
    answerState: answer?.frozenAt != null ? 'frozen' : answer?.lockedAt != null ? 'locked' : 'ok',
    reset: reset && { effectiveAt: reset.effectiveAt },
    preferences: { timeZone: consumer.timeZone, showProvider: consumer.showProvider, person: personOf(consumer, tools.store.keyring) },
  }
}
