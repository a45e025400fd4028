// For the sweep and the disk faults: a worker with its relay, its two processes and the folders that walks begin from.

import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { providerRegistry } from '../../dist/accounts/providers.js'
import { startRelay } from '../../test/support/relay.ts'
import { withStore } from './check.mjs'
import { ANSWER, FORM, QUESTION } from './flows.mjs'
import { ADMIN, CHARTS, Host, mailsTo, newAnswer, newMessage, newUnrouted, noticesOf, SENDER, send, signIn, wait } from './town.mjs'

/** A relay whose faults can be changed between walks. */
async function openRelay() {
  const behaviour = { fault: null, at: 0, mails: 0 }
  const now = (name) => (behaviour.fault && behaviour.mails === behaviour.at ? behaviour.fault[name] : undefined)
  const relay = await startRelay({
    get mail() {
      behaviour.mails++
      return undefined
    },
    get rcpt() {
      return now('rcpt')
    },
    get dot() {
      return now('dot')
    },
    get drop() {
      return now('drop')
    },
  })
  return Object.assign(relay, {
    begin: (fault, at) => {
      Object.assign(behaviour, { fault, at, mails: 0 })
      relay.messages.length = 0
    },
    heal: () => Object.assign(behaviour, { fault: null }),
    mails: () => behaviour.mails,
  })
}

function settingsOf(folder, relay) {
  return {
    HEPOEX_MAILBOXES: join(folder, 'mailboxes'),
    HEPOEX_KEY_FILE: join(folder, 'keys', 'service.key'),
    HEPOEX_RELAY_URL: relay.url,
    HEPOEX_SMTP_PORT: '0',
    HEPOEX_WEB_PORT: '0',
    HEPOEX_OPERATOR_NAME: 'Sweep',
  }
}

/** One worker: two processes for the service, a relay, and folders to start from. */
export async function openWorker(root) {
  const relay = await openRelay()
  const worker = { root, relay, hurt: new Host(), sound: new Host(), bases: {}, serial: 0 }
  await prepare(worker)
  return worker
}

/** Where a house keeps its things below `folder`. */
export const place = (worker, folder) => ({ folder, settings: settingsOf(folder, worker.relay), logFile: join(folder, 'log') })

/** The folders that walks begin from: somebody enrolled; with a package for her; with mail held; with a reset under way; with a form. */
async function prepare(worker) {
  const { relay, sound } = worker
  const base = (name) => join(worker.root, `base-${name}`)
  const enrolled = place(worker, base('enrolled'))
  await mkdir(enrolled.folder, { recursive: true })
  const added = await withStore(enrolled, async (store) => {
    const admin = { id: 'admin', address: ADMIN, language: 'en', invitedAt: Date.now(), firstSignInAt: null }
    await store.write(({ admins }) => admins.invite(admin))
    return providerRegistry({ store, now: () => Date.now() }).add({
      ...{ name: 'Sample Clinic', slug: 'clinic', senders: [SENDER], auth: ['password'], networks: [], unmatched: 'hold' },
    })
  })
  const account = { user: added.provider.smtpUser, password: added.smtpPassword }
  const live = async (at, work) => {
    relay.begin(null, 0)
    const town = await sound.order('start', { ...at, relay: relay.url, fault: '', at: 0, aheadMs: 0, arm: false })
    await work(town)
    await sound.order('stop')
  }
  await live(enrolled, async (town) => {
    const visitor = await signIn(town, relay)
    await visitor.submit(await visitor.open('/profile/question'), { question: QUESTION, answer: ANSWER, again: ANSWER })
  })
  worker.bases.enrolled = { folder: enrolled.folder, account, notices: [], sent: [] }
  const sent = place(worker, base('sent'))
  await cp(enrolled.folder, sent.folder, { recursive: true })
  const message = newMessage('prepared')
  await live(sent, async (town) => {
    const code = await send(town, { ...account, keys: join(sent.folder, 'keys') }, message)
    if (code !== 250) throw new Error(`preparing: ${code}`)
    await wait(() => mailsTo(relay, SENDER, /intake number/i)[0], 10_000)
    worker.bases.sent = { folder: sent.folder, account, notices: noticesOf(relay), sent: [{ ...message, isTaken: true }] }
  })
  const asking = place(worker, base('asking'))
  await cp(enrolled.folder, asking.folder, { recursive: true })
  await withStore(asking, (store) => store.database.write((trx) => trx('providers').update({ receipts_to: CHARTS })))
  await live(asking, async (town) => {
    const visitor = await signIn(town, relay)
    let page = await visitor.submit(await visitor.open('/forms'), { kind: 'access' })
    for (const fields of Object.values(FORM)) page = await visitor.submit(page, fields)
    const [, request] = /\/forms\/(\w+)$/.exec(page.url) ?? []
    if (!request) throw new Error(`preparing: the form ends at ${page.status}`)
    worker.bases.asking = { folder: asking.folder, account, notices: [], sent: [], request }
  })
  const held = place(worker, base('held'))
  await cp(enrolled.folder, held.folder, { recursive: true })
  const unrouted = newUnrouted('unrouted')
  await live(held, async (town) => {
    const code = await send(town, { ...account, keys: join(held.folder, 'keys') }, unrouted)
    if (code !== 250) throw new Error(`preparing: ${code}`)
    await wait(() => mailsTo(relay, SENDER, /^Reply-To: /m)[0], 10_000)
    const answer = newAnswer(relay)
    worker.bases.held = { folder: held.folder, account, notices: [], sent: [{ ...unrouted, isTaken: true }], answer }
  })
  const resetting = place(worker, base('resetting'))
  await cp(sent.folder, resetting.folder, { recursive: true })
  await live(resetting, async (town) => {
    const visitor = await signIn(town, relay)
    await visitor.submit(await visitor.open('/profile/reset'))
  })
  worker.bases.resetting = { ...worker.bases.sent, folder: resetting.folder }
}
