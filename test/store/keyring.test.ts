import fc from 'fast-check'
import t from 'tap'
import type { KeyEntry, KeyFile } from '../../src/store/key-file.js'
import { KeyringError, keyringOf, type SealPurpose } from '../../src/store/keyring.js'

const entry = (id: number, current = true): KeyEntry => ({
  id: id.toString(16).padStart(8, '0'),
  key: Buffer.alloc(32, id),
  current,
})
const keys = (changes: Partial<KeyFile> = {}): KeyFile => ({
  service: entry(1),
  wrapping: [entry(2)],
  peppers: [entry(3)],
  dedupe: [entry(4)],
  ...changes,
})
const keyring = keyringOf(keys())
const purposes: SealPurpose[] = ['answer-key', 'question', 'outbox', 'opening', 'held', 'reverse-path']

t.test('what was sealed opens again, and only with the same purpose and string', async () => {
  const purpose = fc.constantFrom(...purposes)
  fc.assert(
    fc.property(purpose, purpose, fc.string(), fc.string(), fc.uint8Array(), (one, other, associated, another, bytes) => {
      const sealed = keyring.seal(one, associated, Buffer.from(bytes))
      const opens = (as: SealPurpose, about: string) => {
        try {
          return keyring.open(as, about, sealed).equals(bytes)
        } catch (error) {
          if (error instanceof KeyringError && error.code === 'NOT_SEALED_HERE') return false
          throw error
        }
      }
      return opens(one, associated) && opens(other, another) === (one === other && associated === another)
    }),
  )
})

t.test('sealed bytes that were changed in any place, or cut, do not open', async (t) => {
  const sealed = keyring.seal('question', 'consumer-1/1', Buffer.from('a question'))
  for (let place = 0; place < sealed.length; place++) {
    const changed = Buffer.from(sealed)
    changed[place] = (changed[place] ?? 0) ^ 1
    t.throws(() => keyring.open('question', 'consumer-1/1', changed), { name: 'KeyringError' })
    t.throws(() => keyring.open('question', 'consumer-1/1', sealed.subarray(0, place)), { name: 'KeyringError' })
  }
})

t.test('the same bytes are never sealed the same way twice, and do not show', async (t) => {
  const plain = Buffer.from('plain marker plain marker')
  const [one, other] = [keyring.seal('outbox', 'a', plain), keyring.seal('outbox', 'a', plain)]
  t.notOk(one.equals(other))
  t.notOk(one.includes('marker'))
})

t.test('after a rotation old rows still open and new ones use the new key', async (t) => {
  const sealed = keyring.seal('held', 'a', Buffer.from('old'))
  const rotated = keyringOf(keys({ wrapping: [entry(2, false), entry(5)] }))
  t.equal(rotated.open('held', 'a', sealed).toString(), 'old')
  const fresh = rotated.seal('held', 'a', Buffer.from('new'))
  t.throws(() => keyring.open('held', 'a', fresh), { name: 'KeyringError', code: 'UNKNOWN_KEY' })
  t.equal(rotated.fingerprint, keyring.fingerprint)
  t.strictSame(rotated.subkey('token'), keyring.subkey('token'))
})

t.test('every purpose has a key of its own', async (t) => {
  const all = [
    keyring.pepper(keyring.currentPepper, 'answer'),
    keyring.pepper(keyring.currentPepper, 'code'),
    keyring.dedupe(keyring.currentDedupe),
    keyring.subkey('cookie'),
    keyring.subkey('address-lookup'),
    keyring.subkey('token'),
    keyring.subkey('intake-log'),
  ].map((key) => key.toString('hex'))
  t.equal(new Set(all).size, all.length)
  for (const key of all) t.equal(key.length, 64)
})

t.test('peppers and dedupe keys of old rows are found by their id, unknown ones are refused', async (t) => {
  const grown = keyringOf(keys({ peppers: [entry(3, false), entry(6)], dedupe: [entry(4, false), entry(7)] }))
  t.equal(grown.currentPepper, '00000006')
  t.equal(grown.currentDedupe, '00000007')
  t.strictSame(grown.pepper('00000003', 'code'), keyring.pepper('00000003', 'code'))
  t.strictSame(grown.dedupe('00000004'), keyring.dedupe('00000004'))
  t.throws(() => keyring.pepper('00000006', 'code'), { name: 'KeyringError', code: 'UNKNOWN_KEY' })
  t.throws(() => keyring.dedupe('00000007'), { name: 'KeyringError', code: 'UNKNOWN_KEY' })
})

t.test('a sub-key never changes from release to release: rows rest on it', async (t) => {
  t.equal(keyring.fingerprint, '59f9-09bb-28f5-7cd3-8ca4')
  t.equal(keyring.pepper('00000003', 'answer').toString('hex'), 'f879509daa58dc9aa06fb05a3e840792cfdcdba38aec75853511f620695b0d48')
  t.equal(keyring.dedupe('00000004').toString('hex'), '05f53039b637e28bf1943eff225caffffbfeec3d8a45c2c400847f24435da0fc')
  t.equal(
    keyring
      .open('question', 'consumer-1/1', Buffer.from('ATAwMDAwMDAyLzOHzLNjCAqyXVVW+8ReU86uSsnNNd4iu87sNUR1/pO/ic/iimYs9tUchg==', 'base64'))
      .toString(),
    'sealed for ever',
  )
})
