// A relay that behaves, or misbehaves in one chosen way, on a port of its own on this machine. It speaks SMTP by hand so that it can
// break it: no mail server will drop the line after the dot on request.

import { EventEmitter, once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

export interface RelayBehaviour {
  /** Replies, as `451 4.3.0 later`; each has a friendly default. `rcpt` may look at the address. */
  readonly greeting?: string
  readonly ehlo?: string
  readonly mail?: string
  readonly rcpt?: string | ((address: string) => string)
  readonly data?: string
  readonly dot?: string | ((message: RelayedMessage) => string)
  /** Offered in EHLO besides the usual ones, such as `DSN`. */
  readonly extensions?: readonly string[]
  /** Drops the connection: at DATA, in the middle of the text, after the dot without or with taking the mail on. */
  readonly drop?: 'before-354' | 'in-text' | 'after-dot' | 'after-taking'
  /** Says nothing any more from that command on. */
  readonly silentAt?: 'connect' | 'MAIL' | 'RCPT' | 'DATA' | 'dot'
  /** Asked before each reply, which waits until the promise resolves: so a client can be caught at a known step. */
  readonly hold?: (moment: string) => Promise<void> | undefined
  /** PEM pair for STARTTLS; not offered when absent. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** `user:password` that AUTH PLAIN must give; not offered when absent. */
  readonly login?: string
}

export interface RelayedMessage {
  readonly from: string
  readonly to: string
  readonly raw: string
}

export interface TestRelay {
  /** `smtp://127.0.0.1:port`. */
  readonly url: string
  readonly port: number
  /** What it took on, in order. */
  readonly messages: RelayedMessage[]
  /** Every command it heard, without the text of messages. */
  readonly commands: string[]
  /** Resolves when it takes on one more message. */
  next(): Promise<void>
  close(): Promise<void>
}

/** Starts a relay. Close it at the end of the test: `t.teardown(() => relay.close())`. */
export async function startRelay(behaviour: RelayBehaviour = {}): Promise<TestRelay> {
  const messages: RelayedMessage[] = []
  const commands: string[] = []
  const sockets = new Set<Socket>()
  const arrivals = new EventEmitter().setMaxListeners(0)
  const next = async () => void (await once(arrivals, 'message'))
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    new RelaySession(socket, behaviour, commands, (message) => {
      messages.push(message)
      arrivals.emit('message')
    }).greet()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `smtp://127.0.0.1:${port}`, port, messages, commands, next, close: () => closeServer(server, sockets) }
}

async function closeServer(server: Server, sockets: Set<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy()
  await new Promise<void>((resolve) => server.close(() => resolve()))
}

class RelaySession {
  #socket: Socket
  readonly #behaviour: RelayBehaviour
  readonly #commands: string[]
  readonly #take: (message: RelayedMessage) => void
  #pending = ''
  #from = ''
  #to = ''
  #text: string | null = null
  #isSilent = false

  constructor(socket: Socket, behaviour: RelayBehaviour, commands: string[], take: (message: RelayedMessage) => void) {
    this.#socket = socket
    this.#behaviour = behaviour
    this.#commands = commands
    this.#take = take
  }

  greet(): void {
    this.#listen(this.#socket)
    this.#say('connect', this.#behaviour.greeting ?? '220 relay.test ready')
  }

  #listen(socket: Socket): void {
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => this.#hear(String(chunk)))
  }

  #hear(chunk: string): void {
    if (this.#text !== null) {
      this.#hearText(chunk)
      return
    }
    this.#pending += chunk
    for (let end = this.#pending.indexOf('\r\n'); end >= 0 && this.#text === null; end = this.#pending.indexOf('\r\n')) {
      const line = this.#pending.slice(0, end)
      this.#pending = this.#pending.slice(end + 2)
      this.#obey(line)
    }
    if (this.#text === '' && this.#pending !== '') this.#hearText(this.#pending)
  }

  #obey(line: string): void {
    this.#commands.push(line)
    const [verb = ''] = line.toUpperCase().split(/[ :]/)
    const behaviour = this.#behaviour
    if (verb === 'EHLO') this.#say('EHLO', behaviour.ehlo ?? this.#extensions())
    else if (verb === 'STARTTLS') this.#startTls()
    else if (verb === 'AUTH') this.#say('AUTH', this.#isLogin(line) ? '235 2.7.0 welcome' : '535 5.7.8 wrong')
    else if (verb === 'MAIL') this.#mail(line)
    else if (verb === 'RCPT') this.#rcpt(line)
    else if (verb === 'DATA') this.#data()
    else if (verb === 'QUIT') this.#socket.end('221 2.0.0 bye\r\n')
    else this.#say(verb, '250 2.0.0 ok')
  }

  #extensions(): string {
    const { tls, login, extensions = [] } = this.#behaviour
    const isPlain = !(this.#socket instanceof TLSSocket)
    return [
      '250-relay.test',
      '250-8BITMIME',
      ...extensions.map((extension) => `250-${extension}`),
      ...(tls && isPlain ? ['250-STARTTLS'] : []),
      ...(login ? ['250-AUTH PLAIN'] : []),
      '250 SIZE',
    ].join('\r\n')
  }

  #startTls(): void {
    const { tls } = this.#behaviour
    if (!tls) {
      this.#say('STARTTLS', '502 5.5.1 no')
      return
    }
    this.#say('STARTTLS', '220 2.0.0 go ahead')
    const secured = new TLSSocket(this.#socket, { isServer: true, key: tls.key, cert: tls.cert })
    this.#socket.removeAllListeners('data')
    secured.on('error', () => {})
    this.#socket = secured
    this.#listen(secured)
  }

  #isLogin(line: string): boolean {
    return (
      Buffer.from(line.split(' ')[2] ?? '', 'base64')
        .toString()
        .split('\0')
        .slice(1)
        .join(':') === this.#behaviour.login
    )
  }

  #mail(line: string): void {
    this.#from = /<([^>]*)>/.exec(line)?.[1] ?? ''
    this.#say('MAIL', this.#behaviour.mail ?? '250 2.1.0 ok')
  }

  #rcpt(line: string): void {
    this.#to = /<([^>]*)>/.exec(line)?.[1] ?? ''
    const { rcpt = '250 2.1.5 ok' } = this.#behaviour
    this.#say('RCPT', typeof rcpt === 'string' ? rcpt : rcpt(this.#to))
  }

  #data(): void {
    if (this.#behaviour.drop === 'before-354') this.#socket.destroy()
    const reply = this.#behaviour.data ?? '354 go ahead'
    if (reply.startsWith('3') && this.#behaviour.silentAt !== 'DATA') this.#text = ''
    this.#say('DATA', reply)
  }

  #hearText(chunk: string): void {
    this.#pending = ''
    this.#text += chunk
    if (this.#behaviour.drop === 'in-text') this.#socket.destroy()
    const text = this.#text ?? ''
    const end = text.startsWith('.\r\n') ? 0 : text.indexOf('\r\n.\r\n')
    if (end < 0) return
    this.#text = null
    const message = { from: this.#from, to: this.#to, raw: `${text.slice(0, end)}\r\n`.replace(/^\.\./gm, '.') }
    this.#decide(message)
  }

  #decide(message: RelayedMessage): void {
    const { dot = '250 2.0.0 queued as A1', drop } = this.#behaviour
    if (drop === 'after-dot') {
      this.#socket.destroy()
      return
    }
    const reply = typeof dot === 'string' ? dot : dot(message)
    if (reply.startsWith('2')) this.#take(message)
    if (drop === 'after-taking') this.#socket.destroy()
    else this.#say('dot', reply)
  }

  #say(moment: string, reply: string): void {
    this.#isSilent ||= this.#behaviour.silentAt === moment
    if (this.#isSilent) return
    const write = () => {
      if (!this.#socket.destroyed) this.#socket.write(`${reply}\r\n`)
    }
    const held = this.#behaviour.hold?.(moment)
    if (held) void held.then(write)
    else write()
  }
}
