// Who holds what, and what he gets for it: the lines about the database and the key file
// in the table of README.md and SECURITY.md. The thief knows the code base and is
// lucky: whatever he guesses is right. What counts is whether he can tell.

import { createHash, createHmac, hkdfSync, scryptSync } from 'node:crypto'
import { cp, mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { createAccounts } from '../../src/accounts/accounts.js'
import { accountLinks } from '../../src/accounts/desk.js'
import { normaliseAnswer } from '../../src/hip/answer.js'
import { codeSecret, codeVerifier, deriveAnswerKey, derivePassphrase, stretchCode } from '../../src/hip/keys.js'
import { openPackage } from '../../src/hip/open.js'
import { silentLog } from '../../src/log.js'
import { packageRemoval } from '../../src/retrieval/removal.js'
import { createRetrieval } from '../../src/retrieval/retrieval.js'
import { Semaphore } from '../../src/semaphore.js'
import { openDatabase } from '../../src/store/database.js'
import { openKeyring } from '../../src/store/keyring.js'
import type { PackageRow } from '../../src/store/packages.js'
import { openStore, type Store } from '../../src/store/store.js'
import { RETRIEVAL_SETTINGS } from '../accounts/world.js'
import { openTown, readNotice } from '../support/town.js'

const PERSON = 'pat@home.example'
const QUESTION = 'Whose boat is in the story?'
/** Good enough to be taken, and in a dictionary of book titles. */
const ANSWER = 'The Wandering Albatross'
const DOCUMENT = Buffer.from(`%PDF-1.4\n% ${'a letter that somebody else has a copy of '.repeat(20)}\n%%EOF\n`)
const SUBJECT = `${PERSON} follow-up of March`
const FILE = 'Letter of Dr Sample.pdf'

interface Loot {
  readonly folder: string
  /** A copy of the mailboxes folder: database and sealed packages. */
  readonly mailboxes: string
  /** The key file, which lies elsewhere. */
  readonly keyFile: string
  /** From the notice. */
  readonly number: string
  readonly code: string
}

/** A service in use: she is registered, a package came, she opened it after a wrong answer. Then it is copied. */
async function rob(): Promise<Loot> {
  const town = await openTown(t, { slowHashes: true })
  const visitor = await town.register(PERSON, QUESTION, ANSWER)
  await town.send({ subject: SUBJECT, attachments: [{ filename: FILE, contentType: 'application/pdf', content: DOCUMENT }] })
  const { path, code } = readNotice(await town.mail(PERSON, /\/open\//))
  const question = await visitor.submit(await visitor.open(path), { code })
  await visitor.submit(question, { answer: 'not this one' })
  const page = await visitor.submit(await visitor.open(question.url), { answer: ANSWER })
  if (!page.url.endsWith('/records')) throw new Error('not opened')
  await town.service.stop()
  const [mailboxes, keyFile] = [join(town.folder, 'mailboxes'), join(town.folder, 'keys', 'service.key')]
  return { folder: town.folder, mailboxes, keyFile, number: path.split('/').at(-1) ?? '', code: code.replaceAll(' ', '') }
}

const robbed = rob()

/** What was stolen, in a folder of the test's own. */
async function steal(t: Test): Promise<Loot> {
  const loot = await robbed
  const folder = t.testdir()
  await cp(loot.mailboxes, join(folder, 'mailboxes'), { recursive: true })
  return { ...loot, folder, mailboxes: join(folder, 'mailboxes') }
}

async function bytesOf(folder: string): Promise<Buffer> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name)))
  return Buffer.concat(await Promise.all(files))
}

/** As bytes and as text of every kind that a row may hold. */
function spelt(bytes: Buffer): Buffer[] {
  const hex = bytes.toString('hex')
  const texts = [hex, hex.toUpperCase(), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')]
  return [bytes, ...texts.map((text) => Buffer.from(text))]
}

/** All that can be made of a guess without a key: digests, keyed by nothing or by a salt of a row. */
function digests(guess: Buffer, salts: readonly Buffer[]): Buffer[] {
  const plain = ['md5', 'sha1', 'sha256', 'sha512'].map((name) => createHash(name).update(guess).digest())
  const salted = salts.flatMap((salt) => [
    createHash('sha256').update(salt).update(guess).digest(),
    createHash('sha256').update(guess).update(salt).digest(),
    createHmac('sha256', salt).update(guess).digest(),
    createHmac('sha256', guess).update(salt).digest(),
  ])
  return [...plain, ...salted, Buffer.from(hkdfSync('sha256', guess, '', '', 32))]
}

/** The slow hashes that the format uses, under the salts of the rows, and what can be made of them without a key. */
function slowHashes(guess: Buffer, salts: readonly Buffer[]): Buffer[] {
  return salts.flatMap((salt) =>
    [14, 17].flatMap((logN) => {
      const k = scryptSync(guess, salt, 64, { N: 2 ** logN, r: 8, p: 1, maxmem: 256 * 2 ** 20 })
      const halves = [k.subarray(0, 32), k.subarray(32)]
      return [
        ...halves,
        ...halves.flatMap((half) => [createHash('sha256').update(half).digest(), createHmac('sha256', '').update(half).digest()]),
      ]
    }),
  )
}

async function saltsOf(mailboxes: string): Promise<Buffer[]> {
  const database = await openDatabase({ file: join(mailboxes, 'hepoex.db') })
  try {
    const rows: Array<{ salt: Buffer }> = [
      ...(await database.read('packages').select('salt')),
      ...(await database.read('answers').select('salt')),
    ]
    return rows.map(({ salt }) => salt)
  } finally {
    await database.close()
  }
}

const found = (hay: Buffer, needles: readonly Buffer[]) => needles.flatMap(spelt).filter((needle) => hay.includes(needle)).length

t.test('the database alone, or a backup of it: nothing of the records can be read, and no right guess be confirmed', async (t) => {
  const { mailboxes, keyFile, code } = await steal(t)
  const hay = await bytesOf(mailboxes)
  const salts = await saltsOf(mailboxes)
  t.equal(salts.length, 2)
  const guesses: Record<string, Buffer> = {
    ...{ code: Buffer.from(code), question: Buffer.from(QUESTION), answer: Buffer.from(ANSWER) },
    ...{ normalised: Buffer.from(normaliseAnswer(ANSWER)), document: DOCUMENT, subject: Buffer.from(SUBJECT), name: Buffer.from(FILE) },
  }
  for (const [what, guess] of Object.entries(guesses)) {
    t.equal(found(hay, [guess]), 0, `${what}: not in the clear`)
    t.equal(found(hay, digests(guess, salts)), 0, `${what}: no digest to compare it with`)
  }
  for (const guess of [code, normaliseAnswer(ANSWER)]) t.equal(found(hay, slowHashes(Buffer.from(guess), salts)), 0, 'no slow hash either')
  // The search would find what is there to be found: with the keys the same guess is confirmed.
  const store = await openStore({ mailboxes, keyFile })
  t.teardown(() => store.close())
  const row = await onlyPackage(store)
  const verifier = codeVerifier(await stretchCode(code, row.salt), store.keyring.pepper(row.pepperId, 'code'))
  t.ok(found(hay, [verifier]) > 0)
})

async function onlyPackage(store: Store): Promise<PackageRow> {
  const [{ id } = { id: '' }, ...more]: Array<{ id: string }> = await store.database.read('packages').select('id')
  const row = await store.read.packages.byId(id)
  if (!row || more.length > 0) throw new Error('not one package')
  return row
}

/** The stolen data with keys of the thief's own, and the mark that it was sealed with others taken off. */
async function withForgedKeys(t: Test, { folder, mailboxes }: Loot): Promise<Store> {
  const keyFile = join(folder, 'forged', 'service.key')
  await mkdir(join(folder, 'forged'))
  const { currentPepper } = await openKeyring(keyFile, { create: true })
  await t.rejects(openStore({ mailboxes, keyFile }), { name: 'KeyFileError' })
  const database = await openDatabase({ file: join(mailboxes, 'hepoex.db') })
  await database.write(async (trx) => {
    await trx('facts').where({ name: 'key-fingerprint' }).delete()
    for (const table of ['packages', 'answers']) await trx(table).update({ pepper_id: currentPepper })
  })
  await database.close()
  const store = await openStore({ mailboxes, keyFile })
  t.teardown(() => store.close())
  return store
}

t.test('the database and the notice, without the key file: right code and right answer look as wrong as any', async (t) => {
  const loot = await steal(t)
  const store = await withForgedKeys(t, loot)
  const clock = { now: () => Date.now() }
  const tools = { store, clock, semaphore: new Semaphore(2), queueMail: async () => {}, log: silentLog }
  const accounts = createAccounts({ ...tools, languages: ['en'], removal: packageRemoval(tools), links: accountLinks(() => '') })
  const retrieval = createRetrieval({ ...RETRIEVAL_SETTINGS, ...tools, answerCheck: accounts.answerCheck })
  for (const code of [loot.code, '1111222233334444'])
    t.strictSame(await retrieval.enterCode(loot.number, code, '192.0.2.1'), { kind: 'refused' })
  const row = await onlyPackage(store)
  const pepperId = store.keyring.currentPepper
  const outcomes = []
  for (const guess of [ANSWER, 'not this one']) {
    const answer = await store.read.answers.get(row.consumerId, row.answerVersion)
    if (!answer || row.blobKey === null) return t.fail('no answer')
    t.throws(() => store.keyring.open('answer-key', `${row.consumerId}/1`, answer.answerKeySealed), { name: 'KeyringError' })
    t.throws(() => store.keyring.open('question', `${row.consumerId}/1`, answer.questionSealed), { name: 'KeyringError' })
    // What he lacks is the pepper; with another one the right answer makes another key.
    const answerKey = await deriveAnswerKey(normaliseAnswer(guess), answer.salt, store.keyring.pepper(pepperId, 'answer'))
    const secret = codeSecret(await stretchCode(loot.code, row.salt))
    const blob = await store.blobs.open(row.blobKey)
    outcomes.push(await openPackage(blob, derivePassphrase(secret, answerKey)))
    await blob.close()
  }
  t.strictSame(outcomes, [null, null])
})

t.test('the database and the key file: question and answer, by trying words; a package still wants its code', async (t) => {
  const { mailboxes, keyFile, code } = await steal(t)
  const store = await openStore({ mailboxes, keyFile })
  t.teardown(() => store.close())
  const row = await onlyPackage(store)
  const answer = await store.read.answers.get(row.consumerId, row.answerVersion)
  if (!answer || row.blobKey === null) return t.fail('no answer')
  const place = `${row.consumerId}/${row.answerVersion}`
  t.equal(store.keyring.open('question', place, answer.questionSealed).toString(), QUESTION)
  const kept = store.keyring.open('answer-key', place, answer.answerKeySealed)
  const hits = []
  for (const word of ['Moby Dick', 'The Old Man and the Sea', 'Treasure Island', 'the wandering albatross']) {
    const key = await deriveAnswerKey(normaliseAnswer(word), answer.salt, store.keyring.pepper(answer.pepperId, 'answer'))
    if (key.equals(kept)) hits.push(word)
  }
  t.strictSame(hits, ['the wandering albatross'], 'the dictionary has it')
  const nearly = [code.replace(/.$/, (digit) => String((Number(digit) + 1) % 10)), '0000000000000000', [...code].reverse().join('')]
  for (const guess of nearly.filter((each) => each !== code)) {
    const k = await stretchCode(guess, row.salt)
    t.notOk(codeVerifier(k, store.keyring.pepper(row.pepperId, 'code')).equals(row.verifier))
    const blob = await store.blobs.open(row.blobKey)
    t.equal(await openPackage(blob, derivePassphrase(codeSecret(k), kept)), null, 'the right answer alone opens nothing')
    await blob.close()
  }
})

t.test('the database, the key file and the notice: the package', async (t) => {
  const { mailboxes, keyFile, number, code } = await steal(t)
  const store = await openStore({ mailboxes, keyFile })
  t.teardown(() => store.close())
  const row = await store.read.packages.byNumber(number)
  const answer = row && (await store.read.answers.get(row.consumerId, row.answerVersion))
  if (!answer || row.blobKey === null) return t.fail('no package')
  const open = async (answerKey: Buffer) => {
    const blob = await store.blobs.open(row.blobKey ?? '')
    try {
      const opened = await openPackage(blob, derivePassphrase(codeSecret(await stretchCode(code, row.salt)), answerKey))
      const index = opened?.manifest.documents.findIndex(({ name }) => name === FILE) ?? -1
      return opened && (await buffer(await opened.document(index)))
    } finally {
      await blob.close()
    }
  }
  const pepper = store.keyring.pepper(answer.pepperId, 'answer')
  t.same(
    await open(await deriveAnswerKey(normaliseAnswer('the wandering albatross'), answer.salt, pepper)),
    DOCUMENT,
    'after the dictionary',
  )
  const kept = store.keyring.open('answer-key', `${row.consumerId}/${row.answerVersion}`, answer.answerKeySealed)
  t.same(await open(kept), DOCUMENT, 'and without one: the derived key itself lies there, sealed under the key file')
})
