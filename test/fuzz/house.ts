// The service as its own process, with what a fuzzer must know of it: the store behind it, the codes it mailed, and whether everything it
// lends (memory, connections) is back.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type House, openHouse } from '../../scripts/house.mjs'
import { codeSecret, derivePassphrase, stretchCode } from '../../src/hip/keys.js'
import { openPackage } from '../../src/hip/open.js'
import { openStore, type Store } from '../../src/store/store.js'
import { gather } from '../hip/sealed.js'
import { enrol } from '../support/desk.js'
import { SmtpClient } from '../support/smtp-client.js'

export const SENDER = 'records@clinic.example'
export const INTAKE = 'clinic@intake.localhost'
/** So many people are enrolled: person0@home.example … */
const PERSONS = 8
const MOST_BYTES = 52_428_800
const MOST_CONNECTIONS = 50

export class FuzzHouse {
  readonly house: House
  readonly store: Store
  readonly password: string
  readonly #codes = new Map<string, string>()
  readonly #read = new Set<string>()
  #looks: Promise<void> = Promise.resolve()
  #peers = 0
  #logAt = 0

  private constructor(house: House, store: Store, password: string) {
    this.house = house
    this.store = store
    this.password = password
  }

  static async open(): Promise<FuzzHouse> {
    // DNS that refuses at once: nothing leaves this machine.
    const house = await openHouse({ settings: { DNS_SERVERS: '127.0.0.1:9', TRUSTED_PROXIES: '127.0.0.0/8' } })
    const add = (...words: string[]) => house.cli('provider', 'add', '--json', '--sender', SENDER, ...words)
    const clinic = await add('--name', 'Clinic', '--auth', 'password', '--auth', 'network', '--network', '127.0.0.0/8')
    await add('--name', 'Signed', '--auth', 'dmarc')
    const store = await openStore({ mailboxes: house.mailboxes, keyFile: house.environment.HEPOEX_KEY_FILE ?? '' })
    for (let person = 0; person < PERSONS; person++) await enrol(store, personOf(person), Date.now())
    return new FuzzHouse(house, store, JSON.parse(clinic.out).smtpPassword)
  }

  /** Each time another of this machine's addresses, since one of them may send only so much. */
  nextPeer(): { readonly port: number; readonly host: string; readonly localAddress: string } {
    return { port: this.house.smtpPort, host: '127.0.0.1', localAddress: `127.0.1.${1 + (this.#peers++ % 100)}` }
  }

  async close(): Promise<void> {
    await this.store.close()
    await this.house.close()
  }

  /** The documents of the package that a 250 spoke of. Throws when there is none, or it does not open. */
  async sealedUnder(intakeNumber: string): Promise<Array<{ bytes: Buffer; within: number | null }>> {
    const intake = await this.store.read.intakes.byNumber(intakeNumber)
    const row = intake?.packageId ? await this.store.read.packages.byId(intake.packageId) : null
    if (!row?.blobKey) throw new Error('250 without a package')
    const code = await this.#codeOf(row.number)
    const answer = await this.store.read.answers.get(row.consumerId, row.answerVersion)
    if (!code || !answer) throw new Error('250 without a notice')
    const answerKey = this.store.keyring.open('answer-key', `${row.consumerId}/${answer.version}`, answer.answerKeySealed)
    const passphrase = derivePassphrase(codeSecret(await stretchCode(code, row.salt)), answerKey)
    const blob = await this.store.blobs.open(row.blobKey)
    try {
      const opened = await openPackage(blob, passphrase)
      if (!opened) throw new Error('the package does not open')
      const documents = []
      for (const [index, { within = null }] of opened.manifest.documents.entries())
        documents.push({ within, bytes: await gather(await opened.document(index)) })
      return documents
    } finally {
      await blob.close()
    }
  }

  /** Throws when a seat or a byte of the memory budget is not back, or anything in the log is a fault of ours. */
  async checkRest(): Promise<void> {
    this.checkLog()
    await this.#checkSeats()
    await this.#checkBudget()
    this.checkLog()
  }

  checkLog(): void {
    while (this.#logAt < this.house.log.length) {
      const line = this.house.log[this.#logAt++] ?? ''
      const entry = parse(line)
      if (!entry) throw new Error(`not a line of the log: ${line.slice(0, 300)}`)
      if (entry.event === 'failed' || entry.reason === 'internal') throw new Error(`the log says: ${line.slice(0, 900)}`)
    }
    // Beyond the line that says where it listens, nothing may stand on standard output.
    if (this.house.output.length > 1) throw new Error(`on standard output: ${this.house.output[1]}`)
    if (this.house.child?.exitCode !== null) throw new Error(`the service has ended (${this.house.child?.exitCode})`)
  }

  /** Bytes resident now. */
  async memory(): Promise<number> {
    const text = await (await fetch(`${this.house.webUrl}/metrics`)).text()
    return Number(/^process_resident_memory_bytes (\d+)/m.exec(text)?.[1])
  }

  /** One look at the folder after the other: a mail that one look is reading would be missing in the next. */
  #codeOf(packageNumber: string): Promise<string | undefined> {
    this.#looks = this.#looks.then(() => this.#readNotices())
    return this.#looks.then(() => this.#codes.get(packageNumber))
  }

  async #readNotices(): Promise<void> {
    const folder = join(this.house.mailboxes, 'outgoing', 'new')
    for (const name of await readdir(folder).catch(() => [])) {
      if (this.#read.has(name)) continue
      this.#read.add(name)
      const mail = await readFile(join(folder, name), 'utf8')
      const [number, code] = [/\/open\/(\w{12})/.exec(mail)?.[1], /\b\d{4} \d{4} \d{4} \d{4}\b/.exec(mail)?.[0]]
      if (number && code) this.#codes.set(number, code.replaceAll(' ', ''))
    }
  }

  async #checkSeats(): Promise<void> {
    const missing = await eventually(async () => {
      const clients = Array.from({ length: MOST_CONNECTIONS }, () => SmtpClient.connect(this.house.smtpPort))
      const greetings = await Promise.all(clients.map((client) => client.reply().catch(() => ({ code: 0 }))))
      for (const client of clients) client.destroy()
      return greetings.filter(({ code }) => code !== 220).length
    }, 20)
    if (missing > 0) throw new Error(`${missing} connection seats are not back`)
  }

  /** The whole budget is three of the biggest messages, of which one address may hold two; the third signs in. */
  async #checkBudget(): Promise<void> {
    const missing = await eventually(async () => {
      const clients = [0, 1, 2].map(() => SmtpClient.connect(this.house.smtpPort))
      const replies = await Promise.all(clients.map((client, index) => this.#reserve(client, index === 2).catch(() => 0)))
      for (const client of clients) client.destroy()
      return replies.filter((code) => code !== 250).length
      // MAIL itself waits some seconds for its share.
    }, 2)
    if (missing > 0) throw new Error('the memory budget is not whole')
  }

  async #reserve(client: SmtpClient, signsIn: boolean): Promise<number> {
    await client.reply()
    await client.command('EHLO a.example')
    if (signsIn) {
      await client.command('STARTTLS')
      await client.startTls()
      await client.command('EHLO a.example')
      await client.command(`AUTH PLAIN ${Buffer.from(`\0clinic\0${this.password}`).toString('base64')}`)
    }
    return (await client.command(`MAIL FROM:<${SENDER}> SIZE=${MOST_BYTES}`)).code
  }
}

export function personOf(index: number): string {
  return `person${index % PERSONS}@home.example`
}

/** What is closed is noticed a moment later: looks again for a while. */
async function eventually(look: () => Promise<number>, tries: number): Promise<number> {
  let missing = await look()
  for (let times = 1; missing > 0 && times < tries; times++) {
    await new Promise((resolve) => setTimeout(resolve, 250))
    missing = await look()
  }
  return missing
}

function parse(line: string): Record<string, unknown> | null {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
