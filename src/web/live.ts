// Pages that are kept up to date by server-sent events (HTML, section 9.2): how many there may be, how often they look, and how they end.
// Such a stream is no activity of whoever watches it.

import type { PassThrough } from 'node:stream'
import { SECOND } from '../clock.js'

export interface LiveBounds {
  /** How often it is looked for news. */
  readonly everyMs: number
  /** After so long without any a line goes out, so that nobody between takes the connection for dead. */
  readonly heartbeatMs: number
  /** Streams of all together, and of one admin: each holds a connection, and looks at the database. */
  readonly streams: number
  readonly streamsEach: number
  /** Bytes that wait for a browser which does not read; past it the stream ends. */
  readonly waitingBytes: number
}

export const LIVE_BOUNDS: LiveBounds = {
  everyMs: 2 * SECOND,
  heartbeatMs: 15 * SECOND,
  streams: 20,
  streamsEach: 3,
  waitingBytes: 1_000_000,
}

/** The streams of one server. */
export class Streams {
  readonly #bounds: LiveBounds
  readonly #open = new Map<PassThrough, string>()
  #isStopped = false

  constructor(bounds: LiveBounds) {
    this.#bounds = bounds
  }

  /** False: there are too many, of all or of `owner`; then it was not added. */
  add(stream: PassThrough, owner: string): boolean {
    const own = [...this.#open.values()].filter((each) => each === owner).length
    if (this.#isStopped || this.#open.size >= this.#bounds.streams || own >= this.#bounds.streamsEach) return false
    this.#open.set(stream, owner)
    stream.once('close', () => this.#open.delete(stream))
    return true
  }

  get count(): number {
    return this.#open.size
  }

  /** Ends all of them, and takes no more. */
  stop(): void {
    this.#isStopped = true
    for (const stream of this.#open.keys()) stream.end()
  }
}

/** One event. Without line ends of its own, as JSON is. @param id for `Last-Event-ID`, after which a browser goes on. */
export function eventOf(name: string, data: string, id?: string | number): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${data}\n\n`
}

/** A comment, which nobody hears. */
export const HEARTBEAT = ':\n\n'
