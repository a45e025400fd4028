// Conversations with the mail door: some say what they should and hear what became of their message, most say anything.

import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { SmtpClient, type SmtpReply } from '../support/smtp-client.js'
import { type FuzzHouse, INTAKE, personOf, SENDER } from './house.js'
import { missing, readMessage } from './message.js'
import { dkim, type MadeMessage, makeMessage } from './mime.js'
import { mutate } from './mutate.js'
import type { Python } from './python.js'
import type { Random } from './random.js'

/** A message as a clinic sends it, over TLS or not, in pieces of any size. Rejects when it was taken and is not all in its package. */
export async function sendMessage(
  random: Random,
  world: FuzzHouse,
  python: Python | null,
  samples: readonly Buffer[] = [],
): Promise<string> {
  const made = randomMessage(random, samples)
  const client = SmtpClient.from(world.nextPeer())
  try {
    await greet(random, client, world)
    // There trust is looked up, and fails: no DNS answers.
    const isSigned = random.chance(0.1)
    const to = isSigned ? 'signed@intake.localhost' : INTAKE
    const size = random.chance(0.5) ? ` SIZE=${made.raw.length}` : ''
    const replies = [
      await client.command(`MAIL FROM:<${SENDER}>${size}`),
      await client.command(`RCPT TO:<${to}>`),
      await client.command('DATA'),
    ]
    const refused = replies.find(({ code }) => code >= 400)
    if (refused) throw new Error(`refused before DATA: ${refused.lines.join(' / ')}`)
    for (const piece of pieces(random, dotStuffed(isSigned ? withSignature(random, made.raw) : made.raw))) client.send(piece)
    const reply = await client.reply()
    checkReply(reply.lines.join('\r\n'))
    if (reply.code === 250) await checkSealed(world, reply, made, python)
    return `${reply.lines[0]?.slice(0, 9)}`
  } finally {
    client.destroy()
  }
}

export function randomMessage(random: Random, samples: readonly Buffer[]): MadeMessage {
  const envelope = { from: SENDER, to: INTAKE, subject: personOf(random.below(8)) }
  const made = makeMessage(random, envelope)
  if (samples.length > 0 && random.chance(0.5)) return { raw: asTheirs(mutate(random, random.pick(samples)), envelope), leaves: null }
  // Most keep the line ends that the door insists on; the rest must be refused.
  if (made.leaves || random.chance(0.1)) return made
  const raw = random.chance(0.5) ? mutate(random, made.raw) : made.raw
  return { raw: withLineEnds(raw), leaves: null }
}

/** Somebody's message as if this clinic had sent it: without that none would get past the sender's check. */
function asTheirs(raw: Buffer, { from, to, subject }: { from: string; to: string; subject: string }): Buffer {
  const text = withLineEnds(raw).toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  const header = `\r\n${text.slice(0, Math.max(0, end))}`.replace(
    /\r\n(?:from|to|cc|subject|message-id|auto-submitted):[^\r]*(?:\r\n[ \t][^\r]*)*/gi,
    '',
  )
  return Buffer.from(`From: ${from}\r\nTo: ${to}\r\nSubject: ${subject}${header}${text.slice(Math.max(0, end))}`, 'latin1')
}

function withSignature(random: Random, raw: Buffer): Buffer {
  return Buffer.concat([withLineEnds(Buffer.from(`DKIM-Signature: ${dkim(random)}\r\n`, 'latin1')), raw])
}

function withLineEnds(raw: Buffer): Buffer {
  return Buffer.from(
    raw
      .toString('latin1')
      .replace(/\0/g, '')
      .replace(/\r\n|\r|\n/g, '\r\n'),
    'latin1',
  )
}

function dotStuffed(raw: Buffer): Buffer {
  return Buffer.from(`${raw.toString('latin1').replace(/(^|\r\n)\./g, '$1..')}\r\n.\r\n`, 'latin1')
}

async function greet(random: Random, client: SmtpClient, world: FuzzHouse): Promise<void> {
  await client.reply()
  await client.command('EHLO mx.clinic.example')
  if (random.chance(0.7)) return
  await client.command('STARTTLS')
  await client.startTls()
  await client.command('EHLO mx.clinic.example')
  if (random.chance(0.5)) await client.command(signIn(world.password))
}

function signIn(password: string): string {
  return `AUTH PLAIN ${Buffer.from(`\0clinic\0${password}`).toString('base64')}`
}

async function checkSealed(world: FuzzHouse, { lines }: SmtpReply, made: MadeMessage, python: Python | null): Promise<void> {
  const number = /Intake number (\d{8}-\w{8})/.exec(lines.join(' '))?.[1]
  if (!number) throw new Error('250 without an intake number')
  // The door takes the CRLF before the final dot for the end of the last line.
  const raw = Buffer.concat([made.raw, Buffer.from('\r\n')])
  const { isReadAlone } = await readMessage(raw)
  const lost = missing(await world.sealedUnder(number), { leaves: null }, python && !isReadAlone ? await python.read(raw) : null)
  if (lost) throw new Error(lost)
  if (made.leaves && (await world.sealedUnder(number)).filter(({ within }) => within === null).length !== made.leaves.length)
    throw new Error('not every leaf is a document')
}

/** Says anything, in pieces of any size; then asks to end. Rejects when the door falls silent or says what it may not. */
export async function converse(random: Random, world: FuzzHouse, patience: number): Promise<string> {
  const talk = new Talk(connect(world.nextPeer()), patience)
  const acts = Array.from({ length: random.between(1, 12) }, () => act(random, world.password))
  for (const bytes of acts) {
    if (bytes === 'tls') await talk.secure()
    else for (const piece of pieces(random, bytes)) talk.say(piece)
    if (random.chance(0.3)) await talk.pause()
  }
  if (random.chance(0.2)) return talk.leave()
  // Ends a message, an AUTH and a half command, whichever it is in.
  talk.say(Buffer.from('\r\n.\r\n*\r\nRSET\r\nQUIT\r\n'))
  const said = await talk.over()
  checkReply(said)
  for (const [, number = ''] of said.matchAll(/Intake number (\d{8}-\w{8})/g)) await world.sealedUnder(number)
  return `${said.split('\r\n').length} lines`
}

function act(random: Random, password: string): Buffer | 'tls' {
  if (random.chance(0.08)) return 'tls'
  const line = (text: string) => Buffer.from(`${text}\r\n`, 'latin1')
  return random.pick([
    () => line(`EHLO ${random.pick(['a.example', '', '[127.0.0.1]', 'x'.repeat(600), '\xff\0', 'a b c'])}`),
    () => line(`MAIL FROM:<${SENDER}>\r\nRCPT TO:<${INTAKE}>\r\nDATA\r\n${dotStuffed(randomMessage(random, []).raw).toString('latin1')}`),
    () => line(`EHLO a\r\nMAIL FROM:<${SENDER}>\r\nRCPT TO:<${INTAKE}>\r\nDATA`),
    () =>
      line(
        `MAIL FROM:${random.pick([`<${SENDER}>`, '<>', '', '<a@b', `<"${'a'.repeat(60)}\x07"@b.example>`, '<@a,@b:c@d.example>', '<ü@ü.example> SMTPUTF8'])}${random.pick(['', ' SIZE=0', ' SIZE=99999999999', ' SIZE=-1', ' BODY=8BITMIME', ' AUTH=<>', ' X=1', ' SIZE=52428800', ' RET=HDRS'])}`,
      ),
    () =>
      line(
        `RCPT TO:${random.pick([`<${INTAKE}>`, '<clinic+tag@intake.localhost>', '<nobody@intake.localhost>', '<signed@intake.localhost>', '<x@y.example>', `<"${'b'.repeat(60)}\\"@intake.localhost>`, `<${'a'.repeat(300)}@intake.localhost>`])}`,
      ),
    () => line('DATA'),
    () =>
      line(
        random.pick([
          'RSET',
          'NOOP',
          'QUIT',
          'VRFY x',
          'EXPN x',
          'HELP',
          'HELO x',
          'BDAT 10 LAST',
          'ETRN x',
          'XCLIENT ADDR=1.2.3.4',
          'STARTTLS',
          'GET / HTTP/1.1',
          'LHLO x',
          '__proto__',
          'constructor',
        ]),
      ),
    () =>
      line(
        random.pick([
          signIn(password),
          'AUTH LOGIN',
          'AUTH PLAIN',
          'AUTH PLAIN =',
          'AUTH PLAIN !!!',
          'AUTH CRAM-MD5',
          `AUTH PLAIN ${'A'.repeat(5000)}`,
          '*',
          'AA==',
          'Y2xpbmlj',
        ]),
      ),
    () => line(`${random.pick(['NOOP', 'X', ''])} ${random.token(1, 1).repeat(random.between(100, 100_000))}`),
    () => random.bytes(random.between(1, 400)),
    () =>
      Buffer.from(
        random.pick([
          '\r',
          '\n',
          '\r\n',
          '\0',
          '.\r\n',
          '\n.\n',
          '\r\n.\n',
          '\r.\r',
          '..\r\n',
          '\x16\x03\x01\x00\x05hello',
          'Subject: x\r\n\r\nDKIM\r\n',
        ]),
        'latin1',
      ),
    () => line(`DKIM-Signature: ${dkim(random)}\r\nFrom: ${SENDER}\r\n\r\nx\r\n.`),
  ])()
}

function* pieces(random: Random, bytes: Buffer): Generator<Buffer> {
  const stride = random.pick([bytes.length, 1 + (bytes.length >> 3), 1 + (bytes.length >> 6), 1460])
  for (let at = 0; at < bytes.length; at += stride) yield bytes.subarray(at, at + stride)
}

/** Every line is a reply; every refusal has an enhanced code of its class, and none is a fault of the service's own. */
export function checkReply(said: string): void {
  for (const line of said.split('\r\n').filter((each) => each !== '')) {
    if (!/^[2345]\d\d(?:[ -]|$)/.test(line)) throw new Error(`not a reply: ${JSON.stringify(line.slice(0, 200))}`)
    const isRefusal = line.startsWith('4') || line.startsWith('5')
    if (isRefusal && !new RegExp(`^\\d{3}[ -]${line[0]}\\.\\d{1,3}\\.\\d{1,3} `).test(line))
      throw new Error(`without an enhanced code: ${line}`)
    if (/^451.4\.3\.0/.test(line)) throw new Error(`internal: ${line}`)
  }
}

/** One connection, of which all that is heard is kept. */
class Talk {
  readonly #patience: number
  #socket: Socket
  #heard = ''
  #ended = false
  #wake: () => void = () => {}

  constructor(socket: Socket, patience: number) {
    this.#socket = socket
    this.#patience = patience
    this.#listen()
  }

  say(bytes: Buffer): void {
    if (!this.#ended && this.#socket.writable) this.#socket.write(bytes)
  }

  /** STARTTLS and its handshake; where the door does not agree, or the other talk comes between, that is the conversation. */
  async secure(): Promise<void> {
    if ('getProtocol' in this.#socket) return
    this.say(Buffer.from('STARTTLS\r\n'))
    await this.pause()
    if (!/(?:^|\n)220 [^\n]*\r\n$/.test(this.#heard) || this.#ended) return
    this.#socket.removeAllListeners()
    const secure = connectTls({ socket: this.#socket, rejectUnauthorized: false })
    this.#socket = secure
    this.#listen()
    await this.#until(() => secure.authorizationError !== undefined && secure.authorizationError !== null)
  }

  /** Until something is heard, or a moment. */
  async pause(): Promise<void> {
    const before = this.#heard.length
    await Promise.race([this.#until(() => this.#heard.length > before), new Promise((resolve) => setTimeout(resolve, 30))])
  }

  leave(): string {
    this.#socket.destroy()
    return 'left'
  }

  async over(): Promise<string> {
    await this.#until(() => this.#ended)
    if (!this.#ended) {
      this.#socket.destroy()
      throw new Error(`the door fell silent after ${JSON.stringify(this.#heard.slice(-200))}`)
    }
    return this.#heard
  }

  async #until(isSo: () => boolean): Promise<void> {
    const end = performance.now() + this.#patience
    while (!isSo() && !this.#ended && performance.now() < end) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        timer = setTimeout(resolve, 100)
      })
      clearTimeout(timer)
    }
  }

  #listen(): void {
    this.#socket.on('data', (chunk: Buffer) => {
      this.#heard += chunk.toString('latin1')
      this.#wake()
    })
    for (const event of ['end', 'close', 'error']) {
      this.#socket.on(event, () => {
        this.#ended = true
        this.#wake()
      })
    }
    this.#socket.on('secureConnect', () => this.#wake())
  }
}
