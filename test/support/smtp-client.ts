// An SMTP client that says whatever it is told to, well-formed or not, and reads replies. Every wait ends with an error, never for ever.

import { once } from 'node:events'
import { connect, type Socket, type TcpNetConnectOpts } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'

export interface SmtpReply {
  readonly code: number
  /** Whole lines without line ends, codes included. */
  readonly lines: readonly string[]
}

const PATIENCE_MS = 60_000

export class SmtpClient {
  #socket: Socket
  #received = ''
  #ended = false
  #wake: () => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#listen()
  }

  static connect(port: number, host = '127.0.0.1'): SmtpClient {
    return SmtpClient.from({ port, host })
  }

  /** As `connect`, from a certain address of this machine. */
  static from(where: TcpNetConnectOpts): SmtpClient {
    return new SmtpClient(connect(where))
  }

  /** Speaks TLS from the first byte. */
  static connectTls(port: number, host = '127.0.0.1'): SmtpClient {
    return new SmtpClient(connectTls({ port, host, rejectUnauthorized: false }))
  }

  /** Resolves when the connection stands: only then may `startTls` follow what was sent. */
  async connected(): Promise<void> {
    if (this.#socket.connecting) await once(this.#socket, 'connect')
  }

  /** Sends a command and reads its reply. */
  async command(line: string): Promise<SmtpReply> {
    this.send(`${line}\r\n`)
    return this.reply()
  }

  send(bytes: string | Buffer): void {
    this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
  }

  /** The next reply, all lines of it. Rejects when the server closes first, or says nothing for long. */
  async reply(): Promise<SmtpReply> {
    for (;;) {
      const whole = /^(?:\d{3}-[^\n]*\r\n)*(\d{3})(?: [^\n]*)?\r\n/.exec(this.#received)
      if (whole) {
        this.#received = this.#received.slice(whole[0].length)
        return { code: Number(whole[1]), lines: whole[0].trimEnd().split('\r\n') }
      }
      if (this.#ended) throw new Error(`the server closed instead of replying: ${JSON.stringify(this.#received)}`)
      await this.#more()
    }
  }

  /** Waits until the server closes. Rejects when it says something more. */
  async closed(): Promise<void> {
    while (!this.#ended) await this.#more()
    if (this.#received !== '') throw new Error(`the server said before closing: ${JSON.stringify(this.#received)}`)
  }

  /** The handshake after STARTTLS; resolves when it is done. */
  async startTls(): Promise<void> {
    const plain = this.#socket
    plain.removeAllListeners()
    const secure = connectTls({ socket: plain, rejectUnauthorized: false })
    await new Promise<void>((resolve, reject) => {
      secure.once('secureConnect', resolve)
      secure.once('error', reject)
    })
    this.#socket = secure
    this.#listen()
  }

  /** SHA-256 of the server's certificate. */
  get fingerprint256(): string {
    return 'getPeerCertificate' in this.#socket ? (this.#socket as TLSSocket).getPeerCertificate().fingerprint256 : ''
  }

  /** Bytes given to the kernel so far. */
  get bytesSent(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength
  }

  /** Goes away without a word. */
  destroy(): void {
    this.#socket.destroy()
  }

  #listen(): void {
    this.#socket.setNoDelay(true)
    this.#socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.toString('latin1')
      this.#wake()
    })
    for (const event of ['end', 'close', 'error']) {
      this.#socket.on(event, () => {
        this.#ended = true
        this.#wake()
      })
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nothing heard for ${PATIENCE_MS} ms`)), PATIENCE_MS)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
