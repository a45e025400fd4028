// A workshop without processes: a test says what each job gives, and sees what was asked.

import type { Outcome } from '../../src/documents/workshop/worker-process.js'
import type { Workshop } from '../../src/documents/workshop/workshop.js'

export interface FakeWorkshop extends Workshop {
  readonly asked: Array<{ readonly job: string; readonly input: never }>
}

/** @param jobs what a job gives; without one of that name, or when it throws, the worker "crashed". */
export function fakeWorkshop(jobs: Readonly<Record<string, (input: never) => unknown>>): FakeWorkshop {
  const asked: FakeWorkshop['asked'] = []
  const run = async (job: string, input: unknown): Promise<Outcome> => {
    asked.push({ job, input: input as never })
    try {
      const work = jobs[job]
      if (!work) return { ok: false, reason: 'crashed' }
      return { ok: true, value: await work(input as never) }
    } catch (error) {
      return { ok: false, reason: (error as { reason?: 'time' }).reason ?? 'crashed' }
    }
  }
  return { asked, atBench: (work) => work({ run }), close() {} }
}
