// One worker: a process of its own that reads what strangers wrote, so that a file which hangs, swells or crashes its reader costs
// nothing but the readable copy of that file. Documents go in by its standard input and come out by its standard output; it is given no
// settings of ours, may write no core dump, and is ended when it takes too long or too much.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { AsSentReason } from '../copy.js'
import { FrameReader, frame } from './frames.js'
import { type Answer, READY } from './serve.js'

export type Outcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: AsSentReason }

export interface WorkerLimits {
  /** Resident memory of the process. */
  readonly maxBytes: number
  /** From spawning to its first word: reading its libraries takes a while on a busy machine. */
  readonly startMs: number
}

export const WORKER_LIMITS: WorkerLimits = { maxBytes: 512 << 20, startMs: 20_000 }

/** What one job may take. */
export interface JobLimits {
  /** Of the processor's time. On a busy machine a job waits for others; that is not its fault. */
  readonly cpuMs: number
  /** On the clock. */
  readonly wallMs: number
}

/** Between two looks at how much memory and time it has taken. */
const WATCH_MS = 50
/** USER_HZ, in which Linux counts (proc(5)). */
const TICK_MS = 10
/** CPU seconds in its life, for one whose service was killed while it was busy: it can't notice by itself. */
const MAX_CPU_SECONDS = 300
const PAGE = 4096
const REASONS: ReadonlySet<string> = new Set<AsSentReason>([
  'no-converter',
  'protected',
  'damaged',
  'too-many-pages',
  'too-big',
  'time',
  'memory',
])

export class WorkerProcess {
  readonly #child: ChildProcess
  readonly #limits: WorkerLimits
  readonly #watch: NodeJS.Timeout
  #settle: ((outcome: Outcome) => void) | null = null
  #cpuMs = 0
  /** Of the job under way. */
  #cpuLimit = Number.POSITIVE_INFINITY
  #ready: Promise<boolean>
  #why: AsSentReason = 'crashed'
  #isEnded = false
  #isTainted = false

  /** @param main the file the worker runs; `serve` is what it has to call. */
  constructor(main: URL, limits: WorkerLimits = WORKER_LIMITS) {
    this.#limits = limits
    this.#child = start(main, limits)
    const { stdin, stdout } = this.#child as { stdin: Writable; stdout: Readable }
    let isReady: (ready: boolean) => void = () => {}
    this.#ready = new Promise((resolve) => {
      isReady = resolve
    })
    const reader = new FrameReader((value) => (value === READY ? isReady(true) : this.#answered(value)))
    stdout.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk)
      } catch {
        this.end('crashed')
      }
    })
    // It may be gone before it has read all; its end says so.
    stdin.on('error', () => {})
    this.#child.once('error', () => this.#ended())
    this.#child.once('close', () => {
      isReady(false)
      this.#ended()
    })
    this.#watch = setInterval(() => this.#check(), WATCH_MS)
    // A worker that waits keeps no program from ending.
    this.#watch.unref()
    this.#child.unref()
    for (const pipe of [stdin, stdout]) (pipe as unknown as { unref?: () => void }).unref?.()
  }

  /** Whether it can be given another job. */
  get isUsable(): boolean {
    return !this.#isEnded
  }

  /** It has run native code on foreign bytes: not for another message. */
  get isTainted(): boolean {
    return this.#isTainted
  }

  /** One job at a time. Never rejects: a worker that ends instead of answering says why. */
  async ask(job: string, input: unknown, { cpuMs, wallMs }: JobLimits): Promise<Outcome> {
    if (!(await this.#isStarted())) return { ok: false, reason: this.#why }
    // Where the system doesn't tell, the clock has to do.
    const isCounted = this.#look()
    this.#cpuLimit = this.#cpuMs + cpuMs
    const answered = new Promise<Outcome>((resolve) => {
      this.#settle = resolve
    })
    if (this.#isEnded) return { ok: false, reason: this.#why }
    const timer = setTimeout(() => this.end('time'), isCounted ? wallMs : Math.min(cpuMs, wallMs))
    for (const piece of frame({ job, input })) this.#child.stdin?.write(piece)
    const outcome = await answered
    clearTimeout(timer)
    return outcome
  }

  /** Ends it at once; the job under way, if any, ends with that reason. */
  end(why: AsSentReason = 'crashed'): void {
    if (this.#isEnded) return
    this.#why = why
    this.#child.kill('SIGKILL')
    this.#ended()
  }

  async #isStarted(): Promise<boolean> {
    const timer = setTimeout(() => this.end('crashed'), this.#limits.startMs)
    try {
      return await this.#ready
    } finally {
      clearTimeout(timer)
    }
  }

  #answered(value: unknown): void {
    const said = value as Partial<Answer> | null
    if (said?.tainted !== false) this.#isTainted = true
    if (said?.ok === true) this.#finish({ ok: true, value: said.value })
    else if (said?.ok === false && REASONS.has(String(said.reason))) this.#finish({ ok: false, reason: said.reason as AsSentReason })
    else this.end('crashed')
  }

  #finish(outcome: Outcome): void {
    this.#settle?.(outcome)
    this.#settle = null
  }

  #ended(): void {
    clearInterval(this.#watch)
    // V8 out of memory aborts, as does an allocation that the system refuses.
    if (!this.#isEnded && this.#why === 'crashed' && this.#child.signalCode === 'SIGABRT') this.#why = 'memory'
    this.#isEnded = true
    this.#finish({ ok: false, reason: this.#why })
  }

  #check(): void {
    if (this.#settle === null || !this.#look()) return
    if (this.#cpuMs > this.#cpuLimit) this.end('time')
  }

  /** What it has taken, as Linux tells (proc(5)); false elsewhere: the heap's own limit and the system's stand alone then. */
  #look(): boolean {
    const fields = this.#stat()
    if (fields.length < 22) return false
    this.#cpuMs = (Number(fields[11]) + Number(fields[12])) * TICK_MS
    if (Number(fields[21]) * PAGE > this.#limits.maxBytes) this.end('memory')
    return true
  }

  /** What stands behind the name. The system makes it up as it is read, which takes less than handing the reading to a thread. */
  #stat(): string[] {
    try {
      const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'latin1')
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    } catch {
      return []
    }
  }
}

function start(main: URL, { maxBytes }: WorkerLimits): ChildProcess {
  // From a checkout the worker runs as what it was written in, as the service does.
  const loader = main.pathname.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : []
  const flags = [`--max-old-space-size=${Math.floor(maxBytes / 1024 / 1024 / 2)}`, '--no-warnings', ...loader]
  const command = [process.execPath, ...flags, fileURLToPath(main)]
  const env = { PATH: process.env.PATH ?? '', MALLOC_ARENA_MAX: '2', UV_THREADPOOL_SIZE: '2', NODE_ENV: 'production' }
  const options: SpawnOptions = { stdio: ['pipe', 'pipe', 'ignore'], env, cwd: '/', detached: true }
  // What is written privately (RLIMIT_DATA) stops a sudden allocation between two looks; a system without it goes without.
  const limits = `ulimit -c 0; ulimit -t ${MAX_CPU_SECONDS}; ulimit -d ${Math.floor((maxBytes * 3) / 1024)} 2>/dev/null; exec "$@"`
  return spawn('/bin/sh', ['-c', limits, 'sh', ...command], options)
}
