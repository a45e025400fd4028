// Plays a conversation written down in test/dialogs/*.smtp over a real socket.
//
//   # the behaviour, in a sentence
//   c -> MAIL FROM:<a@b.test>   the client sends a line          c ~> a\r\n\x00 *3   the client sends bytes, three times
//   s <- 250 2.1.0 Accepted     the server says exactly this     s <~ 250[ -]2\.     its reply (lines joined by \n) matches from its start
//   c tls                       TLS handshake after STARTTLS     s certificate       the certificate is the one we know
//   c close                     the client goes away             s closes            the server closes, saying no more
//
// `{name}` in a client's line is replaced by a value. Every other line that begins with a word is a direction for whoever stages the
// service (its desk, its limits); a dialog without any can be played against every service.

import { SmtpClient, type SmtpReply } from './smtp-client.js'

export interface Step {
  readonly line: number
  readonly who: string
  readonly what: string
}

export interface Dialog {
  /** The first comment: what the dialog shows. */
  readonly behaviour: string
  readonly steps: readonly Step[]
  /** Whether it has directions, and so can only be played where they are understood. */
  readonly isStaged: boolean
}

export interface Scene {
  readonly port: number
  readonly host?: string
  /** For `s certificate`. */
  readonly fingerprint256?: string
  /** For `{name}` in what the client says; `{intake}` is an intake address that is taken. */
  readonly values?: Readonly<Record<string, string>>
  /** Follows a direction; rejects when it states something untrue. */
  direct?(who: string, what: string): Promise<void>
}

/** Reads a dialog. Throws when it does not begin with its behaviour. */
export function parseDialog(text: string): Dialog {
  const lines = text.split('\n')
  const behaviour = /^# (.+)$/.exec(lines[0] ?? '')?.[1]
  if (behaviour === undefined) throw new Error('a dialog begins with a comment that says the behaviour')
  const steps = lines.flatMap((content, index) => {
    const [, who, what = ''] = /^(\w+) ?(.*)$/.exec(content) ?? []
    return who === undefined ? [] : [{ line: index + 1, who, what }]
  })
  return { behaviour, steps, isStaged: steps.some(({ who }) => who !== 'c' && who !== 's') }
}

/** Plays a dialog from the first connect to its last step. Rejects at the first step that goes otherwise, naming its line. */
export async function playDialog(dialog: Dialog, scene: Scene): Promise<void> {
  const client = SmtpClient.connect(scene.port, scene.host)
  try {
    for (const step of dialog.steps) await playStep(step, client, scene)
  } finally {
    client.destroy()
  }
}

async function playStep({ line, who, what }: Step, client: SmtpClient, scene: Scene): Promise<void> {
  try {
    if (who === 'c') await playClient(what, client, scene)
    else if (who === 's') await checkServer(what, client, scene)
    else if (scene.direct) await scene.direct(who, what)
    else throw new Error('a direction, and nobody to follow it')
  } catch (error) {
    throw new Error(`line ${line} (${who} ${what}): ${error instanceof Error ? error.message : 'failed'}`, { cause: error })
  }
}

async function playClient(what: string, client: SmtpClient, scene: Scene): Promise<void> {
  const [, arrow, said = ''] = /^(->|~>) ?(.*)$/.exec(what) ?? []
  if (arrow === '->') client.send(`${filled(said, scene)}\r\n`)
  else if (arrow === '~>') client.send(unescaped(filled(said, scene)))
  else if (what === 'tls') await client.startTls()
  else if (what === 'close') client.destroy()
  else throw new Error('not a client step')
}

async function checkServer(what: string, client: SmtpClient, { fingerprint256 }: Scene): Promise<void> {
  const [, arrow, expected = ''] = /^(<-|<~) ?(.*)$/.exec(what) ?? []
  if (arrow !== undefined) checkReply(await client.reply(), arrow, expected)
  else if (what === 'closes') await client.closed()
  else if (what !== 'certificate') throw new Error('not a server step')
  else if (client.fingerprint256 !== fingerprint256) throw new Error(`another certificate: ${client.fingerprint256}`)
}

function checkReply({ lines }: SmtpReply, arrow: string, expected: string): void {
  const said = lines.join('\n')
  const matches = arrow === '<-' ? said === expected : new RegExp(`^(?:${expected})`).test(said)
  if (!matches) throw new Error(`the server said: ${said}`)
}

function filled(said: string, { values = {} }: Scene): string {
  return said.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
}

/** `\r \n \t \0 \\ \xHH`, and ` *N` at the end for N times. */
function unescaped(text: string): Buffer {
  const [, once = '', times = '1'] = /^(.*?)(?: \*(\d+))?$/.exec(text) ?? []
  const plain: Record<string, string> = { r: '\r', n: '\n', t: '\t', '0': '\0', '\\': '\\' }
  const bytes = Buffer.from(once).toString('latin1')
  const said = bytes.replace(/\\(?:x([0-9a-f]{2})|(.))/gi, (_whole, hex: string | undefined, letter: string) =>
    hex ? String.fromCharCode(Number.parseInt(hex, 16)) : (plain[letter] ?? letter),
  )
  return Buffer.from(said.repeat(Number(times)), 'latin1')
}
