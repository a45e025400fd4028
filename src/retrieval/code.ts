// The first step: package number and code. Everything that is wrong before a right code gets one answer; only a right code shows the
// question or the package's state. Wrong codes slow the asker down and the package, and never lock it: 10^16 codes need no lock,
// and a lock would let anybody close it.

import { timingSafeEqual } from 'node:crypto'
import { HOUR, MINUTE, SECOND } from '../clock.js'
import { readCode } from '../hip/code.js'
import { codeSecret, codeVerifier, stretchCode } from '../hip/keys.js'
import { readPackageNumber } from '../hip/number.js'
import { BusyError } from '../semaphore.js'
import { type LimitRules, limitKey, peerLimitKey } from '../store/limits.js'
import type { PackageRow } from '../store/packages.js'
import type { CodeOutcome } from './desk.js'
import { endedKind, isForgotten, type RetrievalTools, told } from './tools.js'

const TICKET_MS = 10 * MINUTE
/** Short, so that a stranger who hammers at a number cannot keep its owner out for long. */
const NUMBER_RULES: LimitRules = { free: 5, delay: SECOND, maxDelay: 30 * SECOND, forget: HOUR }
const PEER_RULES: LimitRules = { free: 10, delay: 2 * SECOND, maxDelay: 5 * MINUTE, forget: HOUR }

/** See RetrievalDesk.enterCode. */
export async function enterCode(tools: RetrievalTools, givenNumber: string, givenCode: string, peer: string): Promise<CodeOutcome> {
  const { store, clock, log } = tools
  const number = readPackageNumber(givenNumber)
  const code = readCode(givenCode)
  // What cannot be a number and a code is a slip of the finger: it is refused like a wrong code, but not counted.
  if (number === null || code === null) return { kind: 'refused' }
  const found = await store.read.packages.byNumber(number)
  const row = found && !isForgotten(found, clock.now()) ? found : null
  const counted = countTry(tools, row, peer)
  const wait = await counted.take()
  if (wait !== null) return { kind: 'wait', until: wait }
  // An unknown number has no salt to hash with. Numbers are in no way secret, so the difference in time tells nothing.
  const secret = row && (await tryCode(tools, row, code))
  if (secret === 'busy') {
    await counted.giveBack()
    return { kind: 'busy' }
  }
  if (!row || !secret) {
    log.event('code-refused', { peer, reason: row ? 'wrong-code' : 'unknown-number', ...(row && { packageId: row.id }) })
    return { kind: 'refused' }
  }
  await counted.succeed()
  log.event('code-entered', { packageId: row.id, peer })
  return proceed(tools, row, secret)
}

/** After a right code: the question, or exactly why there is none. */
async function proceed(tools: RetrievalTools, row: PackageRow, secret: Buffer): Promise<CodeOutcome> {
  const { clock, answerCheck } = tools
  const ended = endedKind(row, clock.now())
  if (ended) return told(tools, row, ended)
  const { kind } = await answerCheck.question(row.consumerId, row.answerVersion)
  if (kind !== 'question') return told(tools, row, kind)
  return { kind, ticket: { packageId: row.id, codeSecret: secret.toString('base64'), until: clock.now() + TICKET_MS } }
}

/** The code's half of the key if it is the right one. */
async function tryCode(
  { store, semaphore, stretch = stretchCode }: RetrievalTools,
  row: PackageRow,
  code: string,
): Promise<Buffer | null | 'busy'> {
  try {
    const k = await semaphore.run(() => stretch(code, row.salt))
    const isRight = timingSafeEqual(codeVerifier(k, store.keyring.pepper(row.pepperId, 'code')), row.verifier)
    const secret = isRight ? codeSecret(k) : null
    k.fill(0)
    return secret
  } catch (error) {
    if (error instanceof BusyError) return 'busy'
    throw error
  }
}

/** Counted before the hash, so that parallel tries don't get past the delays. */
function countTry({ store, clock }: RetrievalTools, row: PackageRow | null, peer: string) {
  const peerKey = peerLimitKey(store.keyring, 'code-peer', peer)
  const numberKey = row && limitKey(store.keyring, 'code-number', row.id)
  return {
    /** Null: go on. Otherwise when to come again. */
    take: () =>
      store.write(async ({ limits }) => {
        const now = clock.now()
        const peerWait = await limits.take(peerKey, now, PEER_RULES)
        if (peerWait !== null || numberKey === null) return peerWait
        const numberWait = await limits.take(numberKey, now, NUMBER_RULES)
        if (numberWait !== null) await limits.giveBack(peerKey)
        return numberWait
      }),
    giveBack: () =>
      store.write(async ({ limits }) => {
        await limits.giveBack(peerKey)
        if (numberKey) await limits.giveBack(numberKey)
      }),
    /** The peer's wrong ones stay on the count: one right code must not pay for guesses at other packages. */
    succeed: () =>
      store.write(async ({ limits }) => {
        await limits.giveBack(peerKey)
        if (numberKey) await limits.clear(numberKey)
      }),
  }
}
