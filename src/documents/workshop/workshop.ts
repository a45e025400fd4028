// The workshop: where documents are unpacked and copied, by workers that can be ended. A message has a bench for itself; a worker that
// failed, that has run native code on a stranger's bytes, or that has worked long enough is not used for the next message.

import type { AsSentReason } from '../copy.js'
import { type Outcome, WORKER_LIMITS, type WorkerLimits, WorkerProcess } from './worker-process.js'

export interface Bench {
  /** One job at a time. Never rejects. */
  run(job: string, input: unknown): Promise<Outcome>
}

export interface Workshop {
  /** Gives `work` a bench for one message, and takes it back when that settles. */
  atBench<T>(work: (bench: Bench) => Promise<T>): Promise<T>
  /** Ends all workers. */
  close(): void
}

export interface WorkshopOptions {
  /** What a worker runs. */
  readonly main: URL
  /** Of the processor's time, for one job. */
  readonly jobMs?: number
  /** On the clock, for all jobs of a message together. */
  readonly messageMs?: number
  readonly worker?: WorkerLimits
  /** Milliseconds of a clock that never jumps. */
  readonly monotonic?: () => number
}

const JOB_MS = 5_000
const MESSAGE_MS = 20_000
/** How long a worker waits for the next message: its libraries stay read, its memory stays taken. */
const IDLE_MS = 60_000
const MAX_MESSAGES = 200
const MAX_BUSY_MS = 60_000

interface Worker {
  readonly process: WorkerProcess
  messages: number
  busyMs: number
}

export class ProcessWorkshop implements Workshop {
  readonly #options: Required<WorkshopOptions>
  readonly #idle: Array<{ readonly worker: Worker; readonly timer: NodeJS.Timeout }> = []
  readonly #busy = new Set<Worker>()
  #isClosed = false

  constructor(options: WorkshopOptions) {
    const defaults = { jobMs: JOB_MS, messageMs: MESSAGE_MS, worker: WORKER_LIMITS, monotonic: () => performance.now() }
    this.#options = { ...defaults, ...options }
  }

  async atBench<T>(work: (bench: Bench) => Promise<T>): Promise<T> {
    const bench = new ProcessBench(this.#options, () => this.#take())
    try {
      return await work(bench)
    } finally {
      if (bench.worker) this.#giveBack(bench.worker)
    }
  }

  close(): void {
    this.#isClosed = true
    for (const { worker, timer } of this.#idle.splice(0)) {
      clearTimeout(timer)
      worker.process.end()
    }
    for (const worker of this.#busy) worker.process.end()
  }

  #take(): Worker {
    for (let entry = this.#idle.pop(); entry; entry = this.#idle.pop()) {
      clearTimeout(entry.timer)
      if (!entry.worker.process.isUsable) continue
      this.#busy.add(entry.worker)
      return entry.worker
    }
    const { main, worker: limits } = this.#options
    const worker = { process: new WorkerProcess(main, limits), messages: 0, busyMs: 0 }
    this.#busy.add(worker)
    // Closed meanwhile: what is still asked of it is told that there is no worker.
    if (this.#isClosed) worker.process.end()
    return worker
  }

  #giveBack(worker: Worker): void {
    this.#busy.delete(worker)
    worker.messages++
    const { process } = worker
    const isSpent = process.isTainted || worker.messages >= MAX_MESSAGES || worker.busyMs >= MAX_BUSY_MS
    if (isSpent || this.#isClosed || !process.isUsable) {
      process.end()
      return
    }
    const timer = setTimeout(() => process.end(), IDLE_MS)
    timer.unref()
    this.#idle.push({ worker, timer })
  }
}

class ProcessBench implements Bench {
  readonly #options: Required<WorkshopOptions>
  readonly #take: () => Worker
  worker: Worker | null = null
  #leftMs: number

  constructor(options: Required<WorkshopOptions>, take: () => Worker) {
    this.#options = options
    this.#take = take
    this.#leftMs = options.messageMs
  }

  async run(job: string, input: unknown): Promise<Outcome> {
    if (this.#leftMs <= 0) return failed('time')
    if (!this.worker?.process.isUsable) this.worker = this.#take()
    const { worker } = this
    const started = this.#options.monotonic()
    const limits = { cpuMs: this.#options.jobMs, wallMs: this.#leftMs }
    const outcome = await worker.process.ask(job, input, limits)
    const spent = this.#options.monotonic() - started
    worker.busyMs += spent
    this.#leftMs -= spent
    return outcome
  }
}

/** For a service or a test that copies nothing: every document stays as it was sent. */
export const closedWorkshop: Workshop = {
  atBench: (work) => work({ run: async () => failed('no-converter') }),
  close() {},
}

function failed(reason: AsSentReason): Outcome {
  return { ok: false, reason }
}
