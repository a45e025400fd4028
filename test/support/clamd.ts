// A clamd that does as it is told, on a port of its own on this machine: it takes INSTREAM apart itself and keeps what it was sent.

import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface FakeClamd {
  readonly port: number
  /** Each stream it was sent, joined. */
  readonly streams: Buffer[]
  /** What it says to a stream, for instance `stream: OK`; null: nothing, for ever; 'hang up'. */
  answer: (stream: Buffer) => string | null
  /** Streams are refused past so many bytes, as with StreamMaxLength. */
  maxBytes: number
  close(): Promise<void>
}

export async function startClamd(): Promise<FakeClamd> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    let heard = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      heard = Buffer.concat([heard, chunk])
      hear(socket, heard)
    })
  })
  const hear = (socket: Socket, heard: Buffer) => {
    if (heard.equals(Buffer.from('zPING\0'))) socket.end('PONG\0')
    const command = Buffer.from('zINSTREAM\0')
    if (!heard.subarray(0, command.length).equals(command)) return
    const pieces: Buffer[] = []
    for (let at = command.length; at + 4 <= heard.length; ) {
      const length = heard.readUInt32BE(at)
      if (length === 0) return say(socket, Buffer.concat(pieces))
      if (at + 4 + length > heard.length) break
      pieces.push(heard.subarray(at + 4, at + 4 + length))
      at += 4 + length
    }
    if (pieces.reduce((sum, piece) => sum + piece.length, 0) > clamd.maxBytes) socket.end('INSTREAM size limit exceeded. ERROR\0')
  }
  const say = (socket: Socket, stream: Buffer) => {
    clamd.streams.push(stream)
    const answer = clamd.answer(stream)
    if (answer === 'hang up') socket.destroy()
    else if (answer !== null) socket.end(`${answer}\0`)
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const clamd: FakeClamd = {
    port: (server.address() as AddressInfo).port,
    streams: [],
    answer: () => 'stream: OK',
    maxBytes: Number.POSITIVE_INFINITY,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
  return clamd
}
