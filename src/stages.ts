// How long each step of one message took, so that an admin and a monitoring system see where time goes.

/** In the order of the way: bytes, MIME, SPF/DKIM/DMARC, documents, readable copies, age file, relay. */
export const STAGES = ['receive', 'parse', 'authenticate', 'collect', 'convert', 'seal', 'hand-off'] as const

export type Stage = (typeof STAGES)[number]

/** Milliseconds, in tenths. A step that was not taken is missing; one that was taken twice is the sum. */
export type StageTimes = Partial<Record<Stage, number>>

/** Settles as `work` does, and adds what it took, also when it failed. Nothing is measured without `times`. */
export async function timed<T>(times: StageTimes | undefined, stage: Stage, work: () => Promise<T>): Promise<T> {
  if (!times) return work()
  const began = performance.now()
  try {
    return await work()
  } finally {
    addTime(times, stage, performance.now() - began)
  }
}

export function addTime(times: StageTimes, stage: Stage, ms: number): void {
  times[stage] = Math.round(10 * ((times[stage] ?? 0) + Math.max(0, ms))) / 10
}
