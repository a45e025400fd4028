// For the soak: a relay on 127.0.0.1 that misbehaves by chance, from a seed. It speaks SMTP by hand so that it can break it. Alone, most
// mails go through, some are slow and some are refused for the recipient's sake; in a storm every mail meets the same fault.

import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a storm may do to every mail while it lasts. */
export const STORMS = ['451-after-dot', '550-after-dot', 'drop-before-dot', 'drop-after-dot', 'drop-after-taking', 'slow', 'refusing']

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export class FaultyRelay {
  /** {to, raw} of every mail it took on, whether the sender knows or not. */
  mails = []
  /** Fault -> how often a mail met it. */
  faults = new Map()
  /** Misbehaves only while true. */
  isFaulty = true
  #random
  #storm = null
  #server
  #sockets = new Set()
  #port = 0

  constructor(random) {
    this.#random = random
    this.#server = createServer((socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => this.#sockets.delete(socket))
      new Session(socket, this)
    })
  }

  async listen() {
    await new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.#port, '127.0.0.1', resolve)
    })
    this.#port = this.#server.address().port
    return `smtp://127.0.0.1:${this.#port}`
  }

  async close() {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** One fault for every mail of the next `ms` milliseconds. */
  async storm(kind, ms) {
    this.#storm = kind
    if (kind === 'refusing') {
      this.count(kind)
      await this.close()
    }
    await sleep(ms)
    if (kind === 'refusing') await this.listen()
    this.#storm = null
  }

  /** What becomes of the next mail. */
  draw() {
    if (!this.isFaulty) return 'taken'
    if (this.#storm) return this.#storm
    const chance = this.#random()
    if (chance < 0.04) return '451-at-rcpt'
    if (chance < 0.05) return '550-at-rcpt'
    return chance < 0.1 ? 'slow' : 'taken'
  }

  slowness() {
    return 200 + this.#random() * 2_000
  }

  count(fault) {
    if (fault !== 'taken') this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1)
  }
}

class Session {
  #socket
  #relay
  #pending = ''
  #to = ''
  #fate = 'taken'
  #text = null

  constructor(socket, relay) {
    this.#socket = socket
    this.#relay = relay
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => this.#hear(chunk))
    this.#say('220 relay.example ready')
  }

  #say(line) {
    if (!this.#socket.destroyed) this.#socket.write(`${line}\r\n`)
  }

  #hear(chunk) {
    this.#pending += chunk
    for (;;) {
      if (this.#text) return this.#hearText()
      const end = this.#pending.indexOf('\r\n')
      if (end < 0) return
      const line = this.#pending.slice(0, end)
      this.#pending = this.#pending.slice(end + 2)
      this.#obey(line)
    }
  }

  #obey(line) {
    const verb = line.slice(0, 4).toUpperCase()
    if (verb === 'EHLO') this.#say('250-relay.example\r\n250 8BITMIME')
    else if (verb === 'MAIL') {
      this.#fate = this.#relay.draw()
      this.#say('250 2.1.0 ok')
    } else if (verb === 'RCPT') this.#rcpt(line)
    else if (verb === 'DATA') {
      this.#text = []
      this.#say('354 go ahead')
    } else if (verb === 'QUIT') this.#socket.end('221 2.0.0 bye\r\n')
    else this.#say('250 2.0.0 ok')
  }

  #rcpt(line) {
    this.#to = /<([^>]*)>/.exec(line)?.[1] ?? ''
    if (this.#fate.endsWith('-at-rcpt')) this.#relay.count(this.#fate)
    if (this.#fate === '451-at-rcpt') this.#say('451 4.7.1 come again later')
    else if (this.#fate === '550-at-rcpt') this.#say('550 5.1.1 no such mailbox')
    else this.#say('250 2.1.5 ok')
  }

  #hearText() {
    if (this.#fate === 'drop-before-dot') {
      this.#relay.count(this.#fate)
      this.#socket.destroy()
      return
    }
    const end = this.#pending.startsWith('.\r\n') ? 0 : this.#pending.indexOf('\r\n.\r\n')
    if (end < 0) return
    const raw = `${this.#pending.slice(0, end)}\r\n`.replace(/^\.\./gm, '.')
    this.#pending = this.#pending.slice(end + 5)
    this.#text = null
    this.#end({ to: this.#to, raw })
  }

  async #end(mail) {
    const fate = this.#fate
    this.#relay.count(fate)
    if (fate === 'slow') await sleep(this.#relay.slowness())
    if (fate === '451-after-dot') return this.#say('451 4.3.0 come again later')
    if (fate === '550-after-dot') return this.#say('550 5.7.1 not today')
    if (fate === 'drop-after-dot') return this.#socket.destroy()
    this.#relay.mails.push(mail)
    if (fate === 'drop-after-taking') return this.#socket.destroy()
    this.#say('250 2.0.0 taken')
  }
}
