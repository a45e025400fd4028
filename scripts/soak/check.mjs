// For the soak: what lies in a store whose service has stopped, opened with the codes that were mailed. The built code of the service does
// it, so that opening is what the service does; only the web pages and the slow hash of the answer are left out.

import { timingSafeEqual } from 'node:crypto'
import { simpleParser } from 'mailparser'

const built = (path) => import(`../../dist/${path}.js`)

/** Number and code of each notice among the mails. */
export async function readNotices(mails) {
  const notices = []
  for (const { to, raw } of mails) {
    const { text = '' } = await simpleParser(raw)
    const [number, code] = [text.match(/\/open\/(\w+)/)?.[1], text.match(/\d{4} \d{4} \d{4} \d{4}/)?.[0]]
    if (number && code) notices.push({ to, number, code })
  }
  return notices
}

/**
 * Tries every notice on the store: {number, state, digests}. `state` is `opens`, or why it does not; `digests` are the SHA-256 of its
 * documents, all of them read to their end.
 */
export async function tryNotices({ mailboxes, keyFile }, notices) {
  const { openStore } = await built('store/store')
  const store = await openStore({ mailboxes, keyFile })
  const results = []
  const waiting = [...notices]
  const worker = async () => {
    for (let notice = waiting.pop(); notice; notice = waiting.pop()) results.push({ ...notice, ...(await tryNotice(store, notice)) })
  }
  try {
    await Promise.all([worker(), worker(), worker()])
  } finally {
    await store.close()
  }
  return results
}

async function tryNotice(store, { number, code }) {
  const [keys, { openPackage }] = [await built('hip/keys'), await built('hip/open')]
  const row = await store.read.packages.byNumber(number)
  if (!row) return { state: 'unknown', digests: [] }
  if (row.state !== 'sealed' && row.state !== 'sent') return { state: row.state, digests: [] }
  const k = await keys.stretchCode(code.replaceAll(' ', ''), row.salt)
  if (!timingSafeEqual(keys.codeVerifier(k, store.keyring.pepper(row.pepperId, 'code')), row.verifier))
    return { state: 'wrong-code', digests: [] }
  const answer = await store.read.answers.get(row.consumerId, row.answerVersion)
  const answerKey = store.keyring.open('answer-key', `${row.consumerId}/${row.answerVersion}`, answer.answerKeySealed)
  const blob = await store.blobs.open(row.blobKey).catch(() => null)
  if (!blob) return { state: 'blob-missing', digests: [] }
  try {
    const opened = await openPackage(blob, keys.derivePassphrase(keys.codeSecret(k), answerKey))
    if (!opened) return { state: 'wrong-passphrase', digests: [] }
    // Its reader fails unless the bytes are what the manifest says.
    for (const index of opened.manifest.documents.keys()) for await (const _piece of await opened.document(index));
    return { state: 'opens', digests: opened.manifest.documents.map(({ sha256 }) => sha256) }
  } catch {
    return { state: 'damaged', digests: [] }
  } finally {
    await blob.close()
  }
}

/** Runs the janitor as if hours had passed, and counts what it removed, and the blobs that no row names after it: there may be none. */
export async function sweep({ mailboxes, keyFile }) {
  const [{ openStore }, { orphanRound, dropLeftovers }] = [await built('store/store'), await built('retrieval/expiry')]
  const store = await openStore({ mailboxes, keyFile })
  const tools = { store, log: { event: () => {}, failure: () => {} } }
  try {
    const later = Date.now() + 24 * 3_600_000
    const removed = (await orphanRound(tools)(later)) + (await dropLeftovers(tools, 100_000))
    const named = new Set()
    for await (const { blobKey } of store.read.packages.liveBlobs()) named.add(blobKey)
    let [blobs, orphans] = [0, 0]
    for await (const { key } of store.blobs.list()) {
      blobs++
      if (!named.delete(key)) orphans++
    }
    const halves = await store.blobs.sweepTemporary(later)
    return { removed, halves, blobs, orphans, missing: named.size }
  } finally {
    await store.close()
  }
}
