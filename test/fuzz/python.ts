// The independent reader (reader.py) as a process that answers one message after the other.

import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

export interface SeenLeaf {
  readonly type: string
  readonly encoding?: string
  /** -1: a message within the message, which is one document whatever is in it. */
  readonly bytes: number
  /** Of the decoded bytes without white space, over which readers differ. */
  readonly print: string
  readonly defects?: readonly string[]
}

export interface Seen {
  readonly leaves?: readonly SeenLeaf[]
  /** It could not read the message at all. */
  readonly failed?: string
}

export const hasPython = spawnSync('python3', ['--version'], { stdio: 'ignore' }).status === 0

/** As the other reader's `print`. */
export function print(bytes: Buffer): string {
  return createHash('sha256')
    .update(Buffer.from(bytes.toString('latin1').replace(/[\r\n\t \0]+/g, ''), 'latin1'))
    .digest('hex')
}

export class Python {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #waiting: Array<{ resolve(seen: Seen): void; reject(error: Error): void }> = []

  constructor() {
    this.#child = spawn('python3', [fileURLToPath(new URL('reader.py', import.meta.url))], { stdio: ['pipe', 'pipe', 'inherit'] })
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#waiting.shift()?.resolve(JSON.parse(line)))
    this.#child.on('error', (error) => this.#fail(error))
    this.#child.on('exit', () => this.#fail(new Error('the other reader has ended')))
    this.#child.stdin.on('error', (error) => this.#fail(error))
  }

  read(raw: Buffer): Promise<Seen> {
    const head = Buffer.alloc(4)
    head.writeUInt32BE(raw.length)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#child.stdin.write(Buffer.concat([head, raw]))
    })
  }

  close(): void {
    this.#child.stdin.end()
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}
