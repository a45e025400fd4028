// A device with passkeys, played by a few lines: answers what a page hands to the browser's script, as Web Authentication has it.

import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** What a real device would not do, or does wrongly. */
export interface Oddities {
  readonly origin?: string
  readonly domain?: string
  /** False: she did not show her face. */
  readonly isVerified?: boolean
  readonly counter?: number
  readonly userHandle?: Buffer
  readonly format?: string
  readonly statement?: ReadonlyMap<string, unknown>
}

interface Ask {
  readonly challenge: string
  readonly user?: { readonly id: string }
}

export class Authenticator {
  readonly id = randomBytes(32)
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  readonly #site: string
  #userHandle = Buffer.alloc(0)
  #counter = 0

  /** @param site origin it is used at. */
  constructor(site: string) {
    this.#site = site
  }

  /** Makes its passkey. @param options of PasskeyAsk. @returns what the form's field holds. */
  create(options: string, odd: Oddities = {}): string {
    const { challenge, user }: Ask = JSON.parse(options)
    this.#userHandle = Buffer.from(user?.id ?? '', 'base64url')
    const { x, y } = this.#keys.publicKey.export({ format: 'jwk' })
    const point = (text = '') => Buffer.from(text, 'base64url')
    const key = cbor(
      new Map<number, unknown>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, point(x)],
        [-3, point(y)],
      ]),
    )
    const length = Buffer.alloc(2)
    length.writeUInt16BE(this.id.length)
    const authData = Buffer.concat([this.#data(odd, 0x40), Buffer.alloc(16), length, this.id, key])
    const { format = 'none', statement = new Map() } = odd
    const attestation = cbor(new Map<string, unknown>([...[['fmt', format] as const], ['attStmt', statement], ['authData', authData]]))
    const client = this.#client('webauthn.create', challenge, odd)
    return this.#json({ attestationObject: text(attestation), clientDataJSON: text(client), transports: ['internal', 'telepathy'] })
  }

  /** Signs in. @param options of PasskeyAsk. @returns what the form's field holds. */
  get(options: string, odd: Oddities = {}): string {
    const { challenge }: Ask = JSON.parse(options)
    this.#counter = odd.counter ?? this.#counter
    const data = this.#data(odd, 0)
    const client = this.#client('webauthn.get', challenge, odd)
    const signature = sign('sha256', Buffer.concat([data, createHash('sha256').update(client).digest()]), this.#keys.privateKey)
    const userHandle = text(odd.userHandle ?? this.#userHandle)
    return this.#json({ authenticatorData: text(data), clientDataJSON: text(client), signature: text(signature), userHandle })
  }

  #json(response: object): string {
    const id = text(this.id)
    return JSON.stringify({ id, rawId: id, type: 'public-key', response, clientExtensionResults: {} })
  }

  #client(type: string, challenge: string, { origin = this.#site }: Oddities): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }))
  }

  /** Authenticator data (6.1): whose site, flags, counter. */
  #data({ domain = new URL(this.#site).hostname, isVerified = true }: Oddities, more: number): Buffer {
    const rest = Buffer.alloc(5)
    rest[0] = 0x01 | (isVerified ? 0x04 : 0) | more
    rest.writeUInt32BE(this.#counter, 1)
    return Buffer.concat([createHash('sha256').update(domain).digest(), rest])
  }
}

function text(bytes: Buffer): string {
  return bytes.toString('base64url')
}

/** The little of CBOR (RFC 8949) that this takes. */
function cbor(value: unknown): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)])
  if (value instanceof Map) return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, each]) => [cbor(key), cbor(each)])])
  throw new Error('no CBOR for that here')
}

function head(kind: number, count: number): Buffer {
  if (count < 24) return Buffer.from([(kind << 5) | count])
  return count < 256 ? Buffer.from([(kind << 5) | 24, count]) : Buffer.from([(kind << 5) | 25, count >> 8, count & 255])
}
