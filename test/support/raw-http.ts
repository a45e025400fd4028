// HTTP by hand over a socket: for requests that no well-behaved client would send.

import { connect, type Socket } from 'node:net'
import type { Test } from 'tap'

export interface RawClient {
  readonly socket: Socket
  /** What came so far. */
  got(): string
  /** Resolves with all that came, once the other side has closed. */
  readonly closed: Promise<string>
}

/** Connects. Whatever happens, the socket is gone when the test is over. */
export async function rawClient(t: Test, port: number): Promise<RawClient> {
  const socket = connect({ host: '127.0.0.1', port })
  t.teardown(() => socket.destroy())
  let text = ''
  socket.setEncoding('latin1').on('data', (more: string) => {
    text += more
  })
  // A peer that is cut while it speaks sees a reset instead of an end; both mean closed.
  socket.on('error', () => {})
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(text)))
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve)
    socket.once('close', () => resolve())
  })
  return { socket, got: () => text, closed }
}

/** Sends one request with `Connection: close`, its lines given without line ends, and resolves with the whole answer. */
export async function rawRequest(t: Test, port: number, lines: readonly string[], body = ''): Promise<string> {
  const client = await rawClient(t, port)
  client.socket.write(Buffer.from(`${[...lines, 'Connection: close', '', body].join('\r\n')}`, 'latin1'))
  return client.closed
}

/** Values of a field of the answer's header, in order. */
export function fieldsOf(answer: string, name: string): string[] {
  const [head = ''] = answer.split('\r\n\r\n')
  return head
    .split('\r\n')
    .slice(1)
    .filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    .map((line) => line.slice(name.length + 1).trim())
}

export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0)
}
