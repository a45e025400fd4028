// The worker's side: one job after the other from standard input, its result to standard output. A job that fails says only why, in a
// closed word; a worker writes nothing else anywhere, and ends when its standard input does.

import { NotConvertibleError } from '../copy.js'
import { FrameReader, frame } from './frames.js'

/** Jobs by name. What they throw but NotConvertibleError counts as "damaged": a library met what it can't read. */
export type Jobs = Readonly<Record<string, (input: never) => Promise<unknown>>>

/** What a worker says of a job. */
export type Answer =
  /** `tainted`: the worker has run native code on foreign bytes, and is not to be used for another message. */
  | { readonly ok: true; readonly value: unknown; readonly tainted: boolean }
  | { readonly ok: false; readonly reason: string; readonly tainted: boolean }

export const READY = 'ready'

/** @param isTainted asked after each job. */
export function serve(jobs: Jobs, isTainted: () => boolean): void {
  // Libraries say this and that to the console; here its output is the pipe.
  for (const name of ['log', 'info', 'debug', 'warn', 'error'] as const) console[name] = () => {}
  let line = Promise.resolve()
  const say = (value: unknown) => {
    for (const piece of frame(value)) process.stdout.write(piece)
  }
  const reader = new FrameReader((request) => {
    line = line.then(async () => say(await answer(jobs, request, isTainted)))
  })
  process.stdin.on('data', (chunk: Buffer) => reader.push(chunk))
  process.stdin.on('end', () => process.exit(0))
  // The service is gone.
  process.stdout.on('error', () => process.exit(0))
  say(READY)
}

async function answer(jobs: Jobs, request: unknown, isTainted: () => boolean): Promise<Answer> {
  try {
    const { job, input } = request as { job: string; input: never }
    const work = Object.hasOwn(jobs, job) ? jobs[job] : undefined
    if (!work) return { ok: false, reason: 'crashed', tainted: true }
    return { ok: true, value: await work(input), tainted: isTainted() }
  } catch (error) {
    const reason = error instanceof NotConvertibleError ? error.reason : 'damaged'
    return { ok: false, reason, tainted: isTainted() }
  }
}
