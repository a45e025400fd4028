// Challenges for passkeys. Each proves by itself that we made it, what for, for which browser and until when: so a page that is only
// looked at writes nothing, two tabs don't spoil each other's, and any process can take the answer. What is written is its use, once.

import { randomBytes } from 'node:crypto'
import { MINUTE } from '../clock.js'
import type { Keyring } from '../store/keyring.js'
import { hashToken, sameHash } from './tokens.js'

/** As long as mailed characters live: a page for signing in may stand open for a while. */
const VALID_MS = 15 * MINUTE

const NONCE = 32
const UNTIL = 6
const PROOF = 32

/** What a challenge is good for. The `subject` is the id of the person who is signed in, '' for nobody. */
export interface ChallengeUse {
  readonly use: 'sign-in' | 'add'
  readonly subject: string
  readonly browser: string
}

/** A challenge of ours that still holds. */
export interface ReadChallenge {
  /** To be used up. */
  readonly hash: Buffer
  readonly until: number
}

export function drawChallenge(keyring: Keyring, about: ChallengeUse, now: number): Buffer {
  const until = Buffer.alloc(UNTIL)
  until.writeUIntBE(now + VALID_MS, 0, UNTIL)
  const body = Buffer.concat([randomBytes(NONCE), until])
  return Buffer.concat([body, proofOf(keyring, about, body)])
}

/** Null: not ours, for something else, of another browser, or too old. @param given base64url, as the browser signed it. */
export function readChallenge(keyring: Keyring, about: ChallengeUse, given: string, now: number): ReadChallenge | null {
  const bytes = Buffer.from(given, 'base64url')
  if (bytes.length !== NONCE + UNTIL + PROOF || about.browser === '') return null
  const body = bytes.subarray(0, NONCE + UNTIL)
  if (!sameHash(bytes.subarray(NONCE + UNTIL), proofOf(keyring, about, body))) return null
  const until = body.readUIntBE(NONCE, UNTIL)
  return until > now ? { hash: hashToken(keyring, 'used-challenge', body.toString('hex')), until } : null
}

function proofOf(keyring: Keyring, { use, subject, browser }: ChallengeUse, body: Buffer): Buffer {
  return hashToken(keyring, 'passkey-challenge', JSON.stringify([use, subject, browser, body.toString('hex')]))
}
