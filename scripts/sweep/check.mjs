// What must hold after every fault, once the service has run again and the clinic has sent again. Looks into the data itself, with the
// keys, since what is asked is whether a code that was mailed still opens what was sent.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { normaliseAnswer } from '../../dist/hip/answer.js'
import { codeSecret, codeVerifier, deriveAnswerKey, derivePassphrase, stretchCode } from '../../dist/hip/keys.js'
import { openPackage } from '../../dist/hip/open.js'
import { openHeld } from '../../dist/intake/held-mail.js'
import { openStore } from '../../dist/store/store.js'
import { ANSWER, FORM_WORDS, NEW_ANSWER, QUESTION } from './flows.mjs'
import { CHARTS, mailsTo, noticesOf, PERSON } from './town.mjs'

/** Opens the store of a house that is not running, for as long as `work` takes. */
export async function withStore({ settings }, work) {
  const store = await openStore({ mailboxes: settings.HEPOEX_MAILBOXES, keyFile: settings.HEPOEX_KEY_FILE })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** Leases run for minutes: as if they had passed. */
export function letLeasesPass(place) {
  return withStore(place, (store) =>
    store.database.write(async (trx) => {
      await trx('claims').update({ lease_until: 0 })
      await trx('outbox').update({ lease_until: 0 })
      await trx('held').update({ lease_until: 0 })
    }),
  )
}

/** {lost, dead, leaks, orphans}: what was found of each, in words that name no secret. */
export async function check(place, relay, record) {
  const findings = { lost: [], dead: [], leaks: [], orphans: [] }
  const notices = [...record.notices, ...noticesOf(relay)]
  await withStore(place, async (store) => {
    const opened = []
    for (const notice of notices) {
      const state = await whatItOpens(store, notice, record.acts)
      if (Array.isArray(state)) opened.push(...state)
      else if (state !== 'ended') findings.dead.push(state)
    }
    const held = await heldMessages(store)
    const hasEnded = ['deleted', 'recalled', 'expired', 'not-mine', 'held-expired'].some((act) => record.acts.has(act))
    for (const message of record.sent) {
      // What somebody has answered is to be sent on, whatever still lies about.
      const isHeld = record.answer === undefined && held.some((raw) => raw.includes(message.messageId))
      if (message.isTaken && !hasEnded && !isHeld && !opened.includes(message.sha256)) findings.lost.push('no code opens what was taken')
    }
    if (record.acts.has('held-expired') && held.length > 0) findings.lost.push('what is out of time is still held')
    if (record.answers) findings.dead.push(...(await checkAnswer(store, record.answers)))
    if (record.request) findings.lost.push(...(await checkRequest(store, relay, record.request)))
    findings.orphans.push(...(await orphansOf(place, store)))
  })
  findings.leaks.push(
    ...(await leaksOf(place, [record.marker, ANSWER, NEW_ANSWER, QUESTION, ...FORM_WORDS, ...notices.map(({ code }) => code)])),
  )
  return findings
}

/** Digests of the documents a code opens; 'ended' after an act on record; else why it opens nothing. */
async function whatItOpens(store, { number, code }, acts) {
  const row = await store.read.packages.byNumber(number)
  if (row === null) return 'a mailed code without a package'
  const k = await stretchCode(code, row.salt)
  if (!codeVerifier(k, store.keyring.pepper(row.pepperId, 'code')).equals(row.verifier)) return 'a mailed code that is not its package’s'
  if (row.endedAt !== null) {
    const events = await store.database.read('events').where({ package_id: row.id, kind: row.state })
    return acts.has(row.state) && events.length > 0 ? 'ended' : `a mailed code ended without an act: ${row.state}`
  }
  const answer = await store.read.answers.get(row.consumerId, row.answerVersion)
  const answerKey = store.keyring.open('answer-key', `${row.consumerId}/${row.answerVersion}`, answer.answerKeySealed)
  const blob = await store.blobs.open(row.blobKey)
  try {
    const contents = await openPackage(blob, derivePassphrase(codeSecret(k), answerKey))
    if (contents === null) return 'a mailed code that does not open its package'
    const { documents } = contents.manifest
    for (const index of documents.keys()) for await (const _piece of await contents.document(index));
    return documents.map(({ sha256 }) => sha256)
  } catch (error) {
    return `a mailed code whose package is broken: ${error.name}`
  } finally {
    await blob.close()
  }
}

/** What is held, each message as it was sent. */
async function heldMessages(store) {
  const rows = await store.read.held.list(100)
  return Promise.all(rows.map(async (row) => (await openHeld(store, row)).raw))
}

/** The answer in force is one of those she may believe it is. */
async function checkAnswer(store, answers) {
  const row = await store.database.read('consumers').first('id', 'answer_version')
  const answer = await store.read.answers.get(row.id, row.answer_version)
  const key = store.keyring.open('answer-key', `${row.id}/${answer.version}`, answer.answerKeySealed)
  const pepper = store.keyring.pepper(answer.pepperId, 'answer')
  for (const text of answers) if ((await deriveAnswerKey(normaliseAnswer(text), answer.salt, pepper)).equals(key)) return []
  return ['an answer in force that nobody gave']
}

/** A request that counts as sent has its mail, one that does not has none, and none has two (a mail tried again is the same mail). */
async function checkRequest(store, relay, number) {
  const { state, sent_way: way } = (await store.database.read('requests').where({ number }).first()) ?? {}
  const mails = mailsTo(relay, CHARTS, /^Subject: Request /m)
  const found = []
  if (new Set(mails.map((mail) => /^Message-ID: (\S+)/im.exec(mail)?.[1])).size > 1) found.push('a form is mailed twice')
  if (state === 'sent' && way === 'mailed-by-us') {
    if (mails.length === 0) found.push('a request counts as sent and was not mailed')
  } else if (state !== 'draft') {
    found.push(`a request is ${state}`)
  } else {
    const cameBack = await store.database.read('events').where({ kind: 'request-came-back' })
    if (mails.length > 0) found.push('a form was mailed, and its request does not count as sent')
    if (cameBack.length > 0 && mailsTo(relay, PERSON, /could not be mailed/).length === 0)
      found.push('a form came back, and she is not told')
  }
  return found
}

async function orphansOf({ settings }, store) {
  const named = new Set()
  for await (const key of store.read.packages.blobKeys()) named.add(key)
  for (const key of await store.database.read('held').whereNotNull('blob_key').pluck('blob_key')) named.add(key)
  const entries = await readdir(join(settings.HEPOEX_MAILBOXES, 'packages'), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && !named.delete(entry.name))
  return [...files.map(() => 'a blob that no row names'), ...[...named].map(() => 'a row whose blob is gone')]
}

/** Every secret in every way it may be written, in every file: database, write-ahead log, packages, keys, the service's own log. */
async function leaksOf({ folder }, secrets) {
  const needles = secrets.flatMap((secret) => {
    const forms = /^\d{16}$/.test(secret)
      ? [secret, secret.replace(/(.{4})(?=.)/g, '$1 '), secret.replace(/(.{4})(?=.)/g, '$1-')]
      : [secret]
    return forms.flatMap((form) => {
      const bytes = Buffer.from(form)
      // Without its last letters, which depend on what follows.
      return [bytes, Buffer.from(bytes.toString('hex')), Buffer.from(bytes.toString('base64').replace(/=*$/, '').slice(0, -1))]
    })
  })
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const leaks = []
  for (const entry of entries.filter((each) => each.isFile())) {
    const bytes = await readFile(join(entry.parentPath ?? entry.path, entry.name))
    if (needles.some((needle) => bytes.includes(needle))) leaks.push(`in ${entry.name.replace(/[0-9a-f-]{36}/, 'a blob')}`)
  }
  return leaks
}
