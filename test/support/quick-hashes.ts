// In place of the slow hashes, for tests of what is decided with them. They differ where those differ, and cost nothing.

import { createHash, createHmac } from 'node:crypto'

export function quickAnswerKey(normalised: string, salt: Buffer, pepper: Buffer): Buffer {
  return createHmac('sha256', pepper).update(salt).update(normalised).digest()
}

export function quickStretch(code: string, salt: Buffer): Buffer {
  return createHash('sha512').update(salt).update(code).digest()
}
