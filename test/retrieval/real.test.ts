// One package with the real slow hashes, from enrolling to the document.

import { randomBytes } from 'node:crypto'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { createAccounts } from '../../src/accounts/accounts.js'
import { accountLinks } from '../../src/accounts/desk.js'
import { codeSecret, codeVerifier, derivePassphrase, stretchCode } from '../../src/hip/keys.js'
import { seal } from '../../src/hip/seal.js'
import { silentLog } from '../../src/log.js'
import { packageRemoval } from '../../src/retrieval/removal.js'
import { createRetrieval } from '../../src/retrieval/retrieval.js'
import { ANSWER, addPackage, CODE, contents, DOCUMENT, enrol, newWorld, open, PEER, RETRIEVAL_SETTINGS } from '../accounts/world.js'

t.test('a package sealed under the real keys opens with code and answer', async (t) => {
  const world = await newWorld(t)
  const { store } = world
  const queueMail = async (_tables: unknown, mail: (typeof world.mails)[number]) => {
    world.mails.push(mail)
  }
  const tools = { store, clock: { now: () => world.time }, semaphore: world.semaphore, queueMail, log: silentLog }
  const accounts = createAccounts({
    ...tools,
    languages: ['en'],
    removal: packageRemoval(tools),
    links: accountLinks(() => 'http://localhost'),
  })
  const real = { ...world, accounts, retrieval: createRetrieval({ ...RETRIEVAL_SETTINGS, ...tools, answerCheck: accounts.answerCheck }) }
  const { consumerId } = await enrol(real)
  const answer = await store.read.answers.get(consumerId, 1)
  if (!answer) return t.fail('no answer')
  const salt = randomBytes(16)
  const k = await stretchCode(CODE, salt)
  const answerKey = store.keyring.open('answer-key', `${consumerId}/1`, answer.answerKeySealed)
  const number = '0123456789AB'
  const blob = await store.blobs.put(seal(contents(number, world.time), derivePassphrase(codeSecret(k), answerKey)))
  const verifier = codeVerifier(k, store.keyring.pepper(store.keyring.currentPepper, 'code'))
  const row = await addPackage(real, consumerId, { number, salt, verifier, blobKey: blob.key, bytes: blob.bytes })
  t.strictSame(await real.retrieval.enterCode(number, '4821007391556249', PEER), { kind: 'refused' })
  const found = await real.retrieval.document(await open(real, row, ANSWER.toUpperCase()), 0)
  t.equal(found && (await text(found.stream)), DOCUMENT.toString())
})
