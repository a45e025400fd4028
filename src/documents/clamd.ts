// A client of clamd, ClamAV's daemon (clamd(8), INSTREAM): bytes go to it over a socket, a word comes back. Three outcomes, so that a
// scanner that is silent, full or gone can never be taken for one that found nothing.

import { connect, type NetConnectOpts, type Socket } from 'node:net'

/** Where clamd listens. */
export type ClamdAddress = { readonly host: string; readonly port: number } | { readonly path: string }

/**
 * `failed`: nothing is known of the bytes. `detail` is a closed word: `unreachable`; `timeout`; `too-big` (clamd's StreamMaxLength or
 * MaxScanSize); `cut-off` (it hung up while we were sending, mostly for the same reason); `protocol` (it said something else, or nothing).
 */
export type ScanOutcome =
  | { readonly kind: 'clean' }
  | { readonly kind: 'infected'; readonly signature: string }
  | { readonly kind: 'failed'; readonly detail: ScanFailure }

export type ScanFailure = 'unreachable' | 'timeout' | 'too-big' | 'cut-off' | 'protocol'

export interface Scanner {
  /** Never rejects. The bytes must not change until it resolves. */
  scan(chunks: readonly Buffer[]): Promise<ScanOutcome>
  /** Whether clamd answers. Never rejects. */
  probe(): Promise<boolean>
}

/** Far below clamd's own StreamMaxLength, and big enough that a message is a few hundred writes. */
const CHUNK = 1 << 17
const TIMEOUT_MS = 30_000
/** An answer is one short line; a socket that sends more is no clamd. */
const MAX_ANSWER = 4096

/** @param timeoutMs for one scan, all of it. */
export function clamdScanner(address: ClamdAddress, timeoutMs = TIMEOUT_MS): Scanner {
  return {
    scan: async (chunks) => {
      const answer = await ask(address, timeoutMs, (socket) => sendStream(socket, chunks))
      return typeof answer === 'string' ? outcomeOf(answer) : answer
    },
    probe: async () => (await ask(address, timeoutMs, async (socket) => void socket.write('zPING\0'))) === 'PONG',
  }
}

function outcomeOf(answer: string): ScanOutcome {
  if (answer === 'stream: OK') return { kind: 'clean' }
  const signature = /^stream: (.+) FOUND$/.exec(answer)?.[1]
  // With AlertExceedsMax clamd says so of what is too big to be looked through: no proof of anything.
  if (signature?.startsWith('Heuristics.Limits.Exceeded')) return { kind: 'failed', detail: 'too-big' }
  if (signature !== undefined) return { kind: 'infected', signature: signature.replace(/[^\w.-]/g, '_').slice(0, 80) }
  return { kind: 'failed', detail: answer === 'INSTREAM size limit exceeded. ERROR' ? 'too-big' : 'protocol' }
}

/** Sends a question and gives clamd's answer, without its NUL; or why there is none. */
function ask(
  address: ClamdAddress,
  timeoutMs: number,
  send: (socket: Socket) => Promise<void>,
): Promise<string | Extract<ScanOutcome, { kind: 'failed' }>> {
  return new Promise((resolve) => {
    const socket = connect(address as NetConnectOpts)
    let [answer, isConnected, isSent] = ['', false, false]
    const fail = (detail: ScanFailure) => settle({ kind: 'failed', detail })
    const timer = setTimeout(() => fail('timeout'), timeoutMs)
    const settle = (outcome: string | Extract<ScanOutcome, { kind: 'failed' }>) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(outcome)
    }
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      answer += chunk
      const end = answer.indexOf('\0')
      if (end >= 0) settle(answer.slice(0, end))
      else if (answer.length > MAX_ANSWER) fail('protocol')
    })
    socket.once('connect', () => {
      isConnected = true
      // Past its limit clamd answers and hangs up while we still write: what it said counts, not that the write failed.
      send(socket).then(
        () => {
          isSent = true
        },
        () => {},
      )
    })
    socket.once('error', () => !isConnected && fail('unreachable'))
    socket.once('close', () => fail(isSent ? 'protocol' : isConnected ? 'cut-off' : 'unreachable'))
  })
}

/** Each piece after its length, four bytes, most significant first; an empty piece ends it. Waits for whoever reads slowly. */
async function sendStream(socket: Socket, chunks: readonly Buffer[]): Promise<void> {
  await write(socket, Buffer.from('zINSTREAM\0'))
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += CHUNK) {
      const piece = chunk.subarray(at, at + CHUNK)
      const length = Buffer.alloc(4)
      length.writeUInt32BE(piece.length)
      socket.cork()
      socket.write(length)
      const written = write(socket, piece)
      socket.uncork()
      await written
    }
  }
  await write(socket, Buffer.alloc(4))
}

function write(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => socket.write(bytes, (error) => (error ? reject(error) : resolve())))
}
