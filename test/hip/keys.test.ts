import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { normaliseAnswer } from '../../src/hip/answer.js'
import { codeSecret, codeVerifier, deriveAnswerKey, derivePassphrase, stretchCode } from '../../src/hip/keys.js'

const folder = new URL('../vectors/hip/', import.meta.url)
const bytes = (hex: string | undefined) => Buffer.from(hex ?? '', 'hex')

for (const file of readdirSync(folder).filter((name) => name.startsWith('keys-'))) {
  t.test(`${file} gives the keys it always gave`, async (t) => {
    const vector: Record<string, string> = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
    const normalised = normaliseAnswer(vector.answer ?? '')
    t.equal(normalised, vector.normalised)
    const answerKey = await deriveAnswerKey(normalised, bytes(vector.consumerSalt), bytes(vector.answerPepper))
    t.equal(answerKey.toString('hex'), vector.answerKey)
    const k = await stretchCode(vector.code ?? '', bytes(vector.packageSalt))
    t.equal(k.toString('hex'), vector.k)
    t.equal(codeVerifier(k, bytes(vector.codePepper)).toString('hex'), vector.verifier)
    t.equal(derivePassphrase(codeSecret(k), answerKey), vector.passphrase)
  })
}

t.test('a passphrase is 60 characters that can be typed', async (t) => {
  t.match(derivePassphrase(Buffer.alloc(32, 1), Buffer.alloc(32, 2)), /^hepoex1-[a-z2-7]{52}$/)
})

t.test('code, answer and either pepper and salt all count', async (t) => {
  const derive = async ([code, answer, packageSalt, consumerSalt, pepper]: readonly [string, string, number, number, number]) => {
    const answerKey = await deriveAnswerKey(answer, Buffer.alloc(16, consumerSalt), Buffer.alloc(32, pepper))
    return derivePassphrase(codeSecret(await stretchCode(code, Buffer.alloc(16, packageSalt))), answerKey)
  }
  const all: string[] = []
  for (const from of [
    ['4821007391556240', 'rex', 1, 2, 3],
    ['4821007391556241', 'rex', 1, 2, 3],
    ['4821007391556240', 'max', 1, 2, 3],
    ['4821007391556240', 'rex', 9, 2, 3],
    ['4821007391556240', 'rex', 1, 9, 3],
    ['4821007391556240', 'rex', 1, 2, 9],
  ] as const) {
    all.push(await derive(from))
  }
  t.equal(new Set(all).size, all.length)
})

t.test('the code secret outlives the wiping of k', async (t) => {
  const k = Buffer.alloc(64, 7)
  const secret = codeSecret(k)
  k.fill(0)
  t.same(secret, Buffer.alloc(32, 7))
})

t.test('a key or code of another length is a bug, and its text is not in the error', async (t) => {
  t.throws(() => derivePassphrase(Buffer.alloc(31), Buffer.alloc(32)), { message: 'deriving passphrase: a key is not 32 bytes' })
  t.throws(() => derivePassphrase(Buffer.alloc(32), Buffer.alloc(33)))
  await t.rejects(stretchCode('4821 0073 9155 6240', Buffer.alloc(16)), { message: 'stretching code: not 16 digits' })
})

t.test('a slow hash does not hold the event loop', async (t) => {
  let turns = 0
  const counting = setInterval(() => turns++, 1)
  await deriveAnswerKey('rex', Buffer.alloc(16), Buffer.alloc(32))
  clearInterval(counting)
  t.ok(turns > 0, 'timers ran while the hash did')
})
