// For the sweep: the processes the service lives in, the relay beside it, and the people who use it, over real sockets.

import { fork } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createTransport } from 'nodemailer'
import { Visitor } from '../visitor.mjs'

export const SENDER = 'records@clinic.example'
export const ADMIN = 'admin@operator.example'
/** Where the clinic wants mail about requests. */
export const CHARTS = 'charts@clinic.example'
export const PERSON = 'pat@home.example'
const INTAKE = 'clinic@intake.localhost'
export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')

/** A process that runs lives of the service. Orders reject when it ends. */
export class Host {
  /** Words before the command, for instance of a program that makes system calls fail. */
  #wrapper
  #child = null
  #waiting = new Map()
  #serial = 0

  constructor(wrapper = []) {
    this.#wrapper = wrapper
  }

  get isAlive() {
    return this.#child !== null
  }

  /** Resolves with what the child answers, rejects with {died: true} or with {message, struck}. */
  order(order, about = {}) {
    this.#child ??= this.#fork()
    const id = ++this.#serial
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#child.send({ id, order, about }, (error) => {
        if (error) this.#settle(id, { died: true })
      })
    })
  }

  #fork() {
    const [execPath = process.execPath, ...words] = this.#wrapper
    const execArgv = words.length > 0 ? [...words, process.execPath] : []
    const script = fileURLToPath(new URL('child.mjs', import.meta.url))
    const child = fork(script, { execPath, execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    child.on('message', ({ id, result, ...failure }) => {
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (failure.error) waiting?.reject(Object.assign(new Error(failure.error), failure))
      else waiting?.resolve(result)
    })
    child.on('exit', () => {
      this.#child = null
      for (const id of [...this.#waiting.keys()]) this.#settle(id, { died: true })
    })
    return child
  }

  #settle(id, about) {
    this.#waiting.get(id)?.reject(Object.assign(new Error('the service is gone'), about))
    this.#waiting.delete(id)
  }

  /** Ends the process with SIGKILL, whatever it is at. */
  async kill() {
    const child = this.#child
    if (child === null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }
}

/** A message of the clinic, the same bytes and Message-ID at each sending. Everything in it can be found again in a leak check. */
export function newMessage(marker) {
  const content = Buffer.concat([Buffer.from(`%PDF-1.4\n% scan ${marker}\n`), randomBytes(3000), Buffer.from('\n%%EOF\n')])
  return {
    messageId: `<${randomBytes(8).toString('hex')}@clinic.example>`,
    date: new Date(),
    subject: `${PERSON} subject-${marker}`,
    text: `body-${marker}`,
    attachments: [{ filename: `name-${marker}.pdf`, contentType: 'application/pdf', content }],
    sha256: sha256(content),
  }
}

/** The same, naming nobody. */
export function newUnrouted(marker) {
  return { ...newMessage(marker), subject: `subject-${marker}` }
}

/** The clinic's answer to "for whom are these?": whose they are. */
export function newAnswer(relay) {
  const asked = mailsTo(relay, SENDER, /^Reply-To: /m).at(-1) ?? ''
  const messageId = `<${randomBytes(8).toString('hex')}@clinic.example>`
  return {
    messageId,
    date: new Date(),
    subject: `Re: ${PERSON}`,
    text: 'As above.',
    attachments: [],
    to: /^Reply-To: (\S+)/m.exec(asked)?.[1] ?? '',
  }
}

/** Mails as the clinic. Resolves with the reply code, 0 when the connection broke. `announced`: the SIZE it claims, if any. */
export async function send(
  { smtpPort },
  { keys, user, password },
  { messageId, date, subject, text, attachments, announced, to = INTAKE },
) {
  const transport = createTransport({
    ...{ host: '127.0.0.1', port: smtpPort, requireTLS: true, auth: { user, pass: password } },
    ...{ connectionTimeout: 8000, greetingTimeout: 8000, socketTimeout: 15_000 },
    tls: { ca: await readFile(join(keys, 'smtp-tls.pem')), servername: 'intake.localhost' },
  })
  try {
    const envelope = { from: SENDER, to: [to], ...(announced && { size: announced }) }
    const { response } = await transport.sendMail({ messageId, date, subject, text, attachments, from: SENDER, to, envelope })
    return Number(response.slice(0, 3))
  } catch (error) {
    return error.responseCode ?? 0
  } finally {
    transport.close()
  }
}

/** The mails the relay took for that address whose text matches, oldest first, as {text}. Quoted-printable is undone. */
export function mailsTo(relay, address, pattern) {
  const texts = relay.messages.filter(({ to }) => to === address).map(({ raw }) => plain(raw))
  return texts.filter((text) => pattern.test(text))
}

function plain(raw) {
  return raw.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_all, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** Number and code of every notice the relay took. Mails that only point to a package, as when it has expired, hold no code. */
export function noticesOf(relay) {
  return mailsTo(relay, PERSON, /\/open\/\w+/).flatMap((text) => {
    const code = text.match(/\d{4} \d{4} \d{4} \d{4}/)?.[0].replaceAll(' ', '')
    return code ? [{ number: text.match(/\/open\/(\w+)/)[1], code }] : []
  })
}

/** Waits for what another process does in its own time; null when it does not within `ms`. */
export async function wait(look, ms, isOver = () => false) {
  for (const end = Date.now() + ms; Date.now() < end && !isOver(); await sleep(15)) {
    const found = await look()
    if (found) return found
  }
  return null
}

/** Signs in by the mailed link. Throws when a page is not what it should be, or the mail does not come while the service lives. */
export async function signIn(town, relay, isOver) {
  const visitor = new Visitor(town.webUrl)
  const before = mailsTo(relay, PERSON, /\/sign-in\/link\//).length
  await visitor.submit(await visitor.open('/sign-in'), { address: PERSON })
  const mail = await wait(() => mailsTo(relay, PERSON, /\/sign-in\/link\//)[before], 10_000, isOver)
  if (mail === null) throw new Error('no sign-in mail')
  await visitor.submit(await visitor.open(mail.match(/\/sign-in\/link\/[\w-]+/)[0]))
  return visitor
}

/** Enters code and answer. Resolves with the page that shows the records. */
export async function openRecords(town, { number, code }, answer) {
  const visitor = new Visitor(town.webUrl)
  const question = await visitor.submit(await visitor.open(`/open/${number}`), { code })
  const page = await visitor.submit(question, { answer })
  if (!page.url.endsWith('/records')) throw new Error(`not opened: ${page.status}`)
  return { visitor, page }
}
