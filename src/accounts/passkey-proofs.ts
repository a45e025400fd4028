// What browsers send about passkeys, read and verified (Web Authentication 7.1 and 7.2). All of it is a stranger's: the library throws at
// what it can't read, with words that quote it, so its errors end here and are told by nothing but null.

import { type RegistrationResponseJSON, verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server'
import { decodeAttestationObject } from '@simplewebauthn/server/helpers'
import type { Passkey } from '../store/passkeys.js'
import type { ReadChallenge } from './challenges.js'
import type { PasskeySite } from './passkeys.js'

/** Ed25519, ES256 and RS256 (RFC 9053): named here, so that what a newer Node can do makes no passkeys that an older one can't check. */
export const ALGORITHMS: readonly number[] = [-8, -7, -257]

/** Letters of an answer: a key and its certificates are far shorter. */
const MOST_JSON = 20_000
/** Bytes of a credential's id (Web Authentication 4). */
const MOST_ID = 1023

const TRANSPORTS: ReadonlySet<string> = new Set(['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'])

type Json = Readonly<Record<string, unknown>>

export interface Assertion {
  /** As the library wants it; its parts are strings. */
  readonly json: Parameters<typeof verifyAuthenticationResponse>[0]['response']
  readonly challenge: string
  /** Whose the device says it is. */
  readonly userHandle: Buffer
}

/** Null: not what a browser sends. */
export function readAssertion(text: string): Assertion | null {
  const json = readJson(text)
  const response = json?.response
  if (!json || !isJson(response)) return null
  const { authenticatorData, clientDataJSON, signature, userHandle } = response
  const parts = { authenticatorData, clientDataJSON, signature, userHandle }
  if (!isBase64url(json.id) || !areBase64url(parts)) return null
  const client = readJson(Buffer.from(parts.clientDataJSON, 'base64url').toString('utf8'))
  if (!client || typeof client.challenge !== 'string') return null
  return {
    json: { id: json.id, rawId: json.id, type: 'public-key', response: parts, clientExtensionResults: {} },
    challenge: client.challenge,
    userHandle: Buffer.from(parts.userHandle, 'base64url'),
  }
}

/** The device's new counter; null: the proof does not hold. Whether the counter went up is for the database to say. */
export async function verifyAssertion({ json, challenge }: Assertion, site: PasskeySite, passkey: Passkey): Promise<number | null> {
  const credential = { id: passkey.credentialId, publicKey: Uint8Array.from(passkey.publicKey), counter: 0 }
  const about = { expectedChallenge: challenge, expectedOrigin: site.origin, expectedRPID: site.domain, requireUserVerification: true }
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({ response: json, ...about, credential })
    return verified ? authenticationInfo.newCounter : null
  } catch {
    return null
  }
}

export interface NewKey {
  readonly credentialId: string
  readonly publicKey: Buffer
  readonly counter: number
  readonly transports: readonly string[]
  readonly challenge: ReadChallenge
}

/** Null: not what a browser sends, or the proof does not hold. @param read a challenge, if it is ours. */
export async function verifyNew(
  text: string,
  site: PasskeySite,
  read: (challenge: string) => ReadChallenge | null,
): Promise<NewKey | null> {
  const json = readJson(text)
  const response = json?.response
  if (!json || !isJson(response) || !isBase64url(json.id)) return null
  const { attestationObject, clientDataJSON, transports } = response
  const parts = { attestationObject, clientDataJSON }
  if (!areBase64url(parts) || !isPlain(parts.attestationObject)) return null
  const found: ReadChallenge[] = []
  const expectedChallenge = (given: string) => {
    const challenge = read(given)
    if (challenge) found.push(challenge)
    return challenge !== null
  }
  const given: RegistrationResponseJSON = { id: json.id, rawId: json.id, type: 'public-key', response: parts, clientExtensionResults: {} }
  const about = { expectedChallenge, expectedOrigin: site.origin, expectedRPID: site.domain, requireUserVerification: true }
  try {
    const supportedAlgorithmIDs = [...ALGORITHMS]
    const { verified, registrationInfo } = await verifyRegistrationResponse({ response: given, ...about, supportedAlgorithmIDs })
    const [challenge] = found
    if (!verified || !challenge) return null
    const { id, publicKey, counter } = registrationInfo.credential
    if (id !== json.id || Buffer.from(id, 'base64url').length > MOST_ID) return null
    return { credentialId: id, publicKey: Buffer.from(publicKey), counter, transports: transportsOf(transports), challenge }
  } catch {
    return null
  }
}

/**
 * We ask for no attestation, so browsers send none, or the key's own signature. Anything else would have the library read certificates of
 * strangers, and ask the hosts they name whether they still hold.
 */
function isPlain(attestationObject: string): boolean {
  try {
    const decoded = decodeAttestationObject(Uint8Array.from(Buffer.from(attestationObject, 'base64url')))
    const format = decoded.get('fmt')
    return format === 'none' || (format === 'packed' && decoded.get('attStmt').get('x5c') === undefined)
  } catch {
    return false
  }
}

function transportsOf(given: unknown): string[] {
  const named = Array.isArray(given) ? given.filter((each): each is string => typeof each === 'string' && TRANSPORTS.has(each)) : []
  return [...new Set(named)]
}

function readJson(text: string): Json | null {
  if (text.length > MOST_JSON) return null
  try {
    const value: unknown = JSON.parse(text)
    return isJson(value) ? value : null
  } catch {
    return null
  }
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isBase64url(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]+$/.test(value)
}

function areBase64url<Name extends string>(parts: Readonly<Record<Name, unknown>>): parts is Readonly<Record<Name, string>> {
  return Object.values(parts).every(isBase64url)
}
