// The keys HePoEx holds itself, from one file that lies neither in the database nor with the packages.
// Every use has its own HKDF-SHA256 sub-key (RFC 5869), so that no key ever serves two purposes.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { KEY_ID_LENGTH, type KeyEntry, type KeyFile, readOrCreateKeyFile } from './key-file.js'
import { keyFileWatch } from './key-rotation.js'

export type SealPurpose = 'answer-key' | 'question' | 'outbox' | 'opening' | 'held' | 'reverse-path' | 'person' | 'request'
export type PepperPurpose = 'answer' | 'code'
export type SubkeyPurpose = 'cookie' | 'address-lookup' | 'token' | 'reverse-path' | 'held-reply' | 'intake-log'

export interface Keyring {
  /** Names the key file without telling anything of its keys; the same after a rotation. */
  readonly fingerprint: string
  /** Id of the wrapping key that seals; a rotation by another process is noticed at the next use. */
  readonly currentWrapping: string
  /** Encrypts under the current wrapping key. `open` wants the same purpose and the same associated string. */
  seal(purpose: SealPurpose, associated: string, plaintext: Buffer): Buffer
  /** Throws KeyringError when anything differs or the wrapping key is gone. */
  open(purpose: SealPurpose, associated: string, sealed: Buffer): Buffer
  /** Id of the pepper for new rows. */
  readonly currentPepper: string
  /** 32 bytes. Throws KeyringError when the id is unknown. */
  pepper(id: string, purpose: PepperPurpose): Buffer
  /** Id of the dedupe key for new transmissions. */
  readonly currentDedupe: string
  /** 32 bytes. Throws KeyringError when the id is unknown. */
  dedupe(id: string): Buffer
  /** 32 bytes that never change as long as the key file lives. */
  subkey(purpose: SubkeyPurpose): Buffer
}

export type KeyringProblem = 'UNKNOWN_KEY' | 'NOT_SEALED_HERE' | 'RETIRED_KEY'

const PROBLEMS: Readonly<Record<KeyringProblem, string>> = {
  UNKNOWN_KEY: 'the key file has no such key',
  NOT_SEALED_HERE: 'sealed bytes do not open',
  RETIRED_KEY: 'sealed under a key that was retired meanwhile',
}

/** A key is unknown or retired, or sealed bytes do not open: changed, cut, or sealed for another purpose or row. */
export class KeyringError extends Error {
  override name = 'KeyringError'
  readonly code: KeyringProblem

  constructor(code: KeyringProblem) {
    super(PROBLEMS[code])
    this.code = code
  }
}

/**
 * Reads the key file; with `create` (the default) it is made when missing, mode 0600, durable before this returns.
 * Throws KeyFileError, whose message is a plain reason to show, when it is missing, damaged or readable by others.
 */
export async function openKeyring(file: string, options: { create?: boolean } = {}): Promise<Keyring> {
  const keys = await readOrCreateKeyFile(file, options.create ?? true)
  return keyringOf(keys, keyFileWatch(file, keys))
}

/**
 * The keyring of keys that were read already. `changed` gives the key file anew when it was replaced since it was last asked: it is
 * asked before anything is sealed, and when a wrapping key is not known. A wrapping key that was known once stays known in this
 * process, for rows that were read before they were sealed anew.
 */
export function keyringOf(keys: KeyFile, changed: () => KeyFile | null = () => null): Keyring {
  let wrapping = keys.wrapping
  const refresh = (): readonly KeyEntry[] => {
    const found = changed()?.wrapping
    if (!found) return wrapping
    const gone = wrapping.filter(({ id }) => !found.some((entry) => entry.id === id))
    wrapping = [...found, ...gone.map((entry) => ({ ...entry, current: false }))]
    return wrapping
  }
  const knows = (sealed: Buffer): boolean => wrapping.some(({ id }) => id === wrappingKeyOf(sealed))
  return {
    fingerprint: fingerprintOf(keys.service),
    get currentWrapping() {
      return current(refresh()).id
    },
    seal: (purpose, associated, plaintext) => sealWith(current(refresh()), purpose, associated, plaintext),
    open: (purpose, associated, sealed) => openWith(knows(sealed) ? wrapping : refresh(), purpose, associated, sealed),
    currentPepper: current(keys.peppers).id,
    pepper: (id, purpose) => derive(find(keys.peppers, id), `pepper ${purpose}`),
    currentDedupe: current(keys.dedupe).id,
    dedupe: (id) => derive(find(keys.dedupe, id), 'dedupe'),
    subkey: (purpose) => derive(keys.service, `service ${purpose}`),
  }
}

// Sealed bytes: format (1), id of the wrapping key, nonce (12), ciphertext, tag (16). RFC 8439, random nonces: a sub-key would
// need far more than 2^32 rows before two nonces meet.
const FORMAT = 1
const HEADER = 1 + KEY_ID_LENGTH
const NONCE = 12
const TAG = 16

/** Where the id of its wrapping key stands in sealed bytes: offset and length. */
export const WRAPPING_KEY_AT = { offset: 1, length: KEY_ID_LENGTH } as const

/** Id of the wrapping key that sealed the bytes. */
export function wrappingKeyOf(sealed: Buffer): string {
  return sealed.subarray(WRAPPING_KEY_AT.offset, HEADER).toString('latin1')
}

function sealWith(key: KeyEntry, purpose: SealPurpose, associated: string, plaintext: Buffer): Buffer {
  const header = Buffer.concat([Buffer.from([FORMAT]), Buffer.from(key.id, 'latin1')])
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv('chacha20-poly1305', derive(key, `seal ${purpose}`), nonce, { authTagLength: TAG })
  cipher.setAAD(associatedData(header, purpose, associated), { plaintextLength: plaintext.length })
  return Buffer.concat([header, nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

function openWith(keys: readonly KeyEntry[], purpose: SealPurpose, associated: string, sealed: Buffer): Buffer {
  if (sealed.length < HEADER + NONCE + TAG || sealed[0] !== FORMAT) throw new KeyringError('NOT_SEALED_HERE')
  const header = sealed.subarray(0, HEADER)
  const key = find(keys, wrappingKeyOf(sealed))
  const nonce = sealed.subarray(HEADER, HEADER + NONCE)
  const body = sealed.subarray(HEADER + NONCE, -TAG)
  const decipher = createDecipheriv('chacha20-poly1305', derive(key, `seal ${purpose}`), nonce, { authTagLength: TAG })
  decipher.setAAD(associatedData(header, purpose, associated), { plaintextLength: body.length })
  decipher.setAuthTag(sealed.subarray(-TAG))
  const plaintext = decipher.update(body)
  try {
    decipher.final()
  } catch {
    plaintext.fill(0)
    throw new KeyringError('NOT_SEALED_HERE')
  }
  return plaintext
}

/** No purpose holds a zero byte, so that no purpose and row read like another pair. */
function associatedData(header: Buffer, purpose: SealPurpose, associated: string): Buffer {
  return Buffer.concat([header, Buffer.from(`${purpose}\0${associated}`, 'utf8')])
}

function derive(key: KeyEntry, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key.key, Buffer.alloc(0), `hepoex ${info}`, 32))
}

/** What names a key file without telling anything of its keys. */
export function fingerprintOf(key: KeyEntry): string {
  const hex = derive(key, 'fingerprint').subarray(0, 10).toString('hex')
  return (hex.match(/.{4}/g) ?? []).join('-')
}

function find(keys: readonly KeyEntry[], id: string): KeyEntry {
  const key = keys.find((entry) => entry.id === id)
  if (!key) throw new KeyringError('UNKNOWN_KEY')
  return key
}

function current(keys: readonly KeyEntry[]): KeyEntry {
  const key = keys.find((entry) => entry.current)
  if (!key) throw new KeyringError('UNKNOWN_KEY')
  return key
}
