// From a code and an answer to the passphrase of one package: every derivation of FORMAT.md section 3, and no other.
//
// The answer is worth 10 to 20 bits of guessing, so its slow hash is keyed with a pepper that is in no database; the code is worth
// 53 bits. Only both together make the passphrase, and HKDF keeps either from being read back out of it: a passphrase shown to its
// owner gives away neither her answer key, which seals all her packages, nor the code.

import { createHmac, hkdfSync } from 'node:crypto'
import { stretch } from './scrypt.js'

const ANSWER_LOG_N = 17 // 128 MB and about 350 ms: an answer is guessable, its hash must not be cheap
const CODE_LOG_N = 14 // 16 MB and about 50 ms: 10^16 codes at that price are out of anyone's reach
const PASSPHRASE_INFO = 'hepoex package passphrase v1'
const PASSPHRASE_PREFIX = 'hepoex1-'
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/**
 * The 32 bytes that stand for a consumer's answer. `normalised` is what `normaliseAnswer` gave, `pepper` the key for the purpose
 * "answer". Takes 128 MB: run it behind the semaphore.
 */
export async function deriveAnswerKey(normalised: string, consumerSalt: Buffer, pepper: Buffer): Promise<Buffer> {
  const stretched = await stretch(Buffer.from(normalised, 'utf8'), consumerSalt, ANSWER_LOG_N, 32)
  const answerKey = createHmac('sha256', pepper).update(stretched).digest()
  stretched.fill(0)
  return answerKey
}

/**
 * The 64 bytes `k` of a code: the first half for `codeVerifier`, the second for `codeSecret`. Takes 16 MB: run it behind the
 * semaphore. Throws when `code` is not 16 ASCII digits (`readCode` makes them so): a bug of the caller.
 */
export async function stretchCode(code: string, packageSalt: Buffer): Promise<Buffer> {
  if (!/^[0-9]{16}$/.test(code)) throw new Error('stretching code: not 16 digits')
  return stretch(Buffer.from(code, 'ascii'), packageSalt, CODE_LOG_N, 64)
}

/** The 32 bytes kept in the package's row to tell a right code from a wrong one. Compare with `timingSafeEqual`. */
export function codeVerifier(k: Buffer, pepper: Buffer): Buffer {
  return createHmac('sha256', pepper).update(k.subarray(0, 32)).digest()
}

/** The half of `k` that the passphrase is made from; a copy, so that `k` can be wiped. Never kept in the clear. */
export function codeSecret(k: Buffer): Buffer {
  return Buffer.from(k.subarray(32, 64))
}

/** The package's age passphrase: 60 characters, 256 bits. Throws when a key is not 32 bytes long. */
export function derivePassphrase(codeSecret: Buffer, answerKey: Buffer): string {
  if (codeSecret.length !== 32 || answerKey.length !== 32) throw new Error('deriving passphrase: a key is not 32 bytes')
  // RFC 5869: the extract step is HMAC(salt = answerKey, ikm = codeSecret), so neither alone determines the output.
  return PASSPHRASE_PREFIX + base32(Buffer.from(hkdfSync('sha256', codeSecret, answerKey, PASSPHRASE_INFO, 32)))
}

/** RFC 4648 section 6 without padding, in lower case: it survives being read out, typed and double-clicked. */
function base32(bytes: Buffer): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(held >>> (bits - 5)) & 31]
    held &= 31 // fewer than five bits are left over
  }
  return bits > 0 ? text + BASE32[(held << (5 - bits)) & 31] : text
}
