// Looking at the world from outside the desks: is everything there that the model says, and opens every code that must?

import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { normaliseAnswer } from '../../src/hip/answer.js'
import { codeSecret, codeVerifier, derivePassphrase } from '../../src/hip/keys.js'
import { openPackage } from '../../src/hip/open.js'
import type { SealedBlob } from '../../src/store/blobs.js'
import type { PackageRow } from '../../src/store/packages.js'
import { quickAnswerKey, quickStretch } from '../support/quick-hashes.js'
import type { AccountState, AnswerState, Mailed, Model } from './model.js'
import { oneOf } from './model.js'
import { CONSUMER } from './ports.js'
import type { World } from './world.js'

/** What the clinic has to send: two bundles, each file with a marker that must never lie anywhere in the clear. */
export const DOCUMENTS: ReadonlyArray<readonly Buffer[]> = [[pdf('one'), Buffer.from('name,value\r\nmarker-of-two,1\r\n')], [pdf('three')]]
export const BODY = 'marker-of-the-text: see the files.\r\n'

function pdf(marker: string): Buffer {
  return Buffer.from(`%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n% marker-of-${marker}\ntrailer<</Root 1 0 R>>\n%%EOF\n`)
}

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex')

/** Digests of all that a package of this bundle must hold, and of nothing else. */
function contentsOf(docs: number): string {
  return [BODY, ...(DOCUMENTS[docs] ?? [])].map(sha256).sort().join()
}

/** Her account as it is stored, in the words of the model. The answers themselves are stored nowhere: they are the model's. */
export async function accountOf({ life }: World, answers: AccountState['answers']): Promise<AccountState> {
  const { read } = life.store
  const consumer = await read.consumers.byAddress(CONSUMER)
  if (!consumer) throw new Error('the consumer is gone')
  const stored: Record<number, AnswerState> = {}
  const latest = await read.answers.latestVersion(consumer.id)
  for (let version = 1; version <= latest; version++) {
    const row = await read.answers.get(consumer.id, version)
    if (!row) throw new Error('an answer is gone')
    const { wrongInRow, wrongTotal, nextTryAt } = row
    const answer = answers[version]?.answer ?? ''
    stored[version] = { answer, wrongInRow, wrongTotal, nextTryAt, isLocked: row.lockedAt !== null, isFrozen: row.frozenAt !== null }
  }
  const reset = await read.resets.pending(consumer.id)
  return {
    version: consumer.answerVersion ?? 0,
    answers: stored,
    reset: reset && { effectiveAt: reset.effectiveAt, remindAt: reset.remindAt },
  }
}

/** After every command: tries are counted exactly, every code opens what it should, and what was said 250 to has a code. */
export async function verify(model: Model, world: World): Promise<void> {
  model.account = oneOf([model.account], await accountOf(world, model.account.answers))
  for (const mailed of model.mailed) await verifyPackage(model, world, mailed)
  for (const [key, { sentAt }] of model.transmissions) {
    if (sentAt !== null && !model.mailed.some((mailed) => mailed.key === key)) throw new Error('a 250 without a code')
  }
}

async function verifyPackage(model: Model, world: World, mailed: Mailed): Promise<void> {
  const row = await world.life.store.read.packages.byNumber(mailed.number)
  if (!model.isLive(mailed)) {
    if (row && mailed.ended && row.state !== mailed.ended.kind) throw new Error(`a package is ${row.state}, not ${mailed.ended.kind}`)
    if (row && mailed.ended) await verifyRecord(world, row)
    return
  }
  if (!row) throw new Error('a mailed code has no package')
  if (row.state !== 'sealed' && row.state !== 'sent') throw new Error(`a mailed code stopped working: ${row.state}`)
  if (row.expiresAt !== mailed.expiresAt || row.answerVersion !== mailed.version) throw new Error('a package changed')
  if ((await contentsWith(world, row, mailed.code, model.answer(mailed.version).answer)) !== contentsOf(mailed.docs))
    throw new Error('a mailed code opens other documents')
}

/** What ended a package is on record. */
async function verifyRecord({ life }: World, row: PackageRow): Promise<void> {
  const events = await life.store.read.events.forPackage(row.id)
  if (events.filter(({ kind }) => kind === row.state).length !== 1) throw new Error('a package ended without a record')
}

/** Digests of what a package holds; the same bytes under the same passphrase are opened once only. */
const opened = new Map<string, string>()

async function contentsWith({ life }: World, row: PackageRow, code: string, answer: string): Promise<string> {
  const { keyring, read, blobs } = life.store
  const k = quickStretch(code, row.salt)
  if (!codeVerifier(k, keyring.pepper(row.pepperId, 'code')).equals(row.verifier)) throw new Error('a mailed code is not taken for right')
  const stored = await read.answers.get(row.consumerId, row.answerVersion)
  if (!stored || row.blobKey === null) throw new Error('a mailed code has lost its package')
  const answerKey = quickAnswerKey(normaliseAnswer(answer), stored.salt, keyring.pepper(stored.pepperId, 'answer'))
  const passphrase = derivePassphrase(codeSecret(k), answerKey)
  const blob = await blobs.open(row.blobKey)
  try {
    const known = `${passphrase} ${sha256(await blob.read(0, blob.size))}`
    const contents = opened.get(known) ?? (await digests(blob, passphrase))
    opened.set(known, contents)
    return contents
  } finally {
    await blob.close()
  }
}

async function digests(blob: SealedBlob, passphrase: string): Promise<string> {
  const found = await openPackage(blob, passphrase)
  if (!found) throw new Error('code and answer do not open the file')
  const all: string[] = []
  for (const index of found.manifest.documents.keys()) all.push(sha256(await buffer(await found.document(index))))
  return all.sort().join()
}

/** Forgets what was opened; the passphrases of a run are of no use to the next. */
export function forgetOpened(): void {
  opened.clear()
}

/** At the end of a run: nothing of codes, answers, questions or documents lies in the data folder in the clear. */
export async function verifyFolder(model: Model, world: World): Promise<void> {
  const codes = world.outside.handed.flatMap(({ code }) => [
    code,
    code.replace(/(\d{4})(?=\d)/g, '$1 '),
    code.replace(/(\d{4})(?=\d)/g, '$1-'),
  ])
  const answers = Object.values(model.account.answers).flatMap(({ answer }) => [answer, normaliseAnswer(answer)])
  const plain = [...codes, ...answers, 'boat in the story', 'marker-of-', 'subject-marker', 'name-marker', 'hepoex1-']
  const needles = plain.flatMap((text) => [text, Buffer.from(text).toString('hex'), ...inBase64(text)]).map((text) => Buffer.from(text))
  const files = await world.files()
  if (files.length < 2) throw new Error('the data folder is not where it was looked for')
  for (const { name, bytes } of files) {
    if (needles.some((needle) => bytes.includes(needle)))
      throw new Error(`something lies in the clear in ${name.replace(/[0-9a-f-]{36}/, 'ID')}`)
  }
}

/** The three ways a text may look inside base64, without the characters that its neighbours change. */
function inBase64(text: string): string[] {
  return [0, 1, 2].map((shift) => {
    const whole = Buffer.from(' '.repeat(shift) + text)
      .toString('base64')
      .replace(/=+$/, '')
    return whole.slice(shift === 0 ? 0 : shift + 1, -2)
  })
}

/** At the end of a run, after the post has been out: a receipt for every message said 250 to, and never two. */
export function verifyReceipts(model: Model, world: World, hasCrashed: boolean): void {
  const sent = world.outside.mails.filter(({ to }) => to !== CONSUMER).map(({ raw }) => raw.match(/^Subject: Receipt (\S+)/m)?.[1] ?? '')
  for (const number of model.receipts) {
    const count = sent.filter((each) => each === number).length
    if (count === 0 || (count > 1 && !hasCrashed)) throw new Error(`${count} receipts for one message`)
  }
}
