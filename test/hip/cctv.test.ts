// The age community's shared test vectors (npm cctv-age), all of them, through the path that opens packages. What is not ours (armor,
// recipients other than scrypt) goes through typage where the header is read; the payload is always ours.

import { inflateSync } from 'node:zlib'
import { armor, Decrypter } from 'age-encryption'
import * as vectors from 'cctv-age'
import t from 'tap'
import { type HeaderReader, openPayload, passphraseReader } from '../../src/hip/age.js'
import { PackageDamagedError } from '../../src/hip/damaged.js'
import { inMemory, sha256 } from './sealed.js'

interface Vector {
  readonly fields: Map<string, string[]>
  readonly file: Buffer
}

/**
 * Files whose beginning is good and whose end is not: age releases the beginning before it meets the end; we look at the end first and
 * release less, mostly nothing. All other payload failures release exactly what age releases.
 */
const REFUSED_EARLIER = [
  'armor_garbage_encoded',
  'stream_bad_tag_second_chunk',
  'stream_bad_tag_second_chunk_full',
  'stream_last_chunk_empty',
  'stream_no_final_full',
  'stream_no_final_two_chunks',
  'stream_no_final_two_chunks_full',
  'stream_short_second_chunk',
  'stream_trailing_garbage_long',
  'stream_trailing_garbage_short',
  'stream_two_final_chunks',
  'stream_two_final_chunks_full',
  'stream_two_final_chunks_second',
]

function parse(bytes: Uint8Array): Vector {
  const whole = Buffer.from(bytes)
  const end = whole.indexOf('\n\n')
  const fields = new Map<string, string[]>()
  for (const line of whole.subarray(0, end).toString().split('\n')) {
    const [name = '', value = ''] = line.split(/: (.*)/s)
    fields.set(name, [...(fields.get(name) ?? []), value])
  }
  const body = whole.subarray(end + 2)
  return { fields, file: fields.get('compressed')?.[0] === 'zlib' ? inflateSync(body) : body }
}

function readerFor({ fields }: Vector): HeaderReader {
  const passphrases = fields.get('passphrase')
  if (passphrases) return passphraseReader(passphrases[0] ?? '')
  return async (header) => {
    const decrypter = new Decrypter()
    for (const identity of fields.get('identity') ?? []) decrypter.addIdentity(identity)
    try {
      return await decrypter.decryptHeader(header)
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('no identity matched')) return null
      throw new PackageDamagedError('header')
    }
  }
}

/** What we make of a vector, in the words of the vectors, and what plaintext was released on the way. */
async function verdict(vector: Vector): Promise<{ verdict: string; released: Buffer }> {
  const released: Buffer[] = []
  const say = (word: string) => ({ verdict: word, released: Buffer.concat(released) })
  let file = vector.file
  if (vector.fields.get('armored')) {
    try {
      file = Buffer.from(armor.decode(file.toString('latin1')))
    } catch {
      return say('armor failure')
    }
  }
  try {
    const payload = await openPayload(inMemory(file), readerFor(vector))
    if (!payload) return say('no match')
    for await (const piece of payload.range(0, payload.size)) released.push(piece)
    return say('success')
  } catch (error) {
    if (!(error instanceof PackageDamagedError)) throw error
    return say(error.code === 'HIP_DAMAGED_HEADER' ? 'header failure' : 'payload failure')
  }
}

const expected = (word: string) => (word === 'HMAC failure' ? 'header failure' : word)

t.test('every vector of the age test suite gets its verdict', async (t) => {
  const all = Object.entries<Uint8Array>(vectors)
  t.equal(all.length, 143)
  const earlier: string[] = []
  for (const [name, bytes] of all) {
    const vector = parse(bytes)
    const found = await verdict(vector)
    t.equal(found.verdict, expected(vector.fields.get('expect')?.[0] ?? ''), name)
    const payload = vector.fields.get('payload')?.[0]
    if (payload === undefined || sha256(found.released) === payload) continue
    earlier.push(name)
  }
  t.strictSame(earlier.sort(), REFUSED_EARLIER, 'only files with a broken end are refused earlier than age does')
})
