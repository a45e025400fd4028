// A world that counts how often the service touches it, and at one touch does what was asked for: ends the process, fails before or after
// the deed, or takes far too long over it.

import { setTimeout as sleep } from 'node:timers/promises'
import { realWorld } from '../../dist/world.js'

/** What may happen at a touch. `late-EIO` is done first and reported as failed: nobody can know that it was done. */
export const FAULTS = ['SIGKILL', 'EIO', 'late-EIO', 'ENOSPC', 'time-out']

const WORDS = { EIO: 'SQLITE_IOERR', ENOSPC: 'SQLITE_FULL' }
/** Methods of an open file that touch the disk. */
const HANDLE_TOUCHES = new Set(['sync', 'datasync', 'write', 'writev', 'writeFile', 'read', 'readFile', 'stat'])

export class Touches {
  /** Touches since it was armed. */
  count = 0
  isArmed = false
  /** What was touched when the fault struck; null: it has not. */
  struck = null
  #fault
  #at
  #stallMs

  /** @param fault one of FAULTS. @param at the touch it strikes at, from 1; 0: never. */
  constructor({ fault, at, stallMs }) {
    this.#fault = fault
    this.#at = at
    this.#stallMs = stallMs
  }

  /** Does `run`, unless the fault strikes. `failure` makes the error of a system word. */
  async touch(what, run, failure = systemFailure) {
    if (!this.isArmed || ++this.count !== this.#at) return run()
    this.struck = what
    if (this.#fault === 'SIGKILL') {
      process.kill(process.pid, 'SIGKILL')
      return new Promise(() => {})
    }
    if (this.#fault === 'time-out') await sleep(this.#stallMs)
    const result = this.#fault === 'time-out' || this.#fault === 'late-EIO' ? await run() : undefined
    if (this.#fault === 'time-out') return result
    // A file that was opened all the same is nobody's to close.
    await result?.close?.()
    throw failure(this.#fault.replace('late-', ''))
  }
}

function systemFailure(word) {
  return Object.assign(new Error(`${word}: struck by the sweep`), { code: word })
}

/** The real world, each touch of it counted. `clock` may be set ahead. */
export function countedWorld(touches, aheadMs) {
  const statement = (sql, run) =>
    touches.touch(`statement ${sql.split(' ', 2).join(' ')}`, run, (word) =>
      Object.assign(new Error('struck by the sweep'), { code: WORDS[word], errno: 10 }),
    )
  return { ...realWorld, files: countedFiles(touches), statement, clock: { now: () => Date.now() + aheadMs } }
}

function countedFiles(touches) {
  const files = {}
  for (const name of ['mkdir', 'opendir', 'rename', 'stat', 'statfs', 'unlink']) {
    const real = realWorld.files[name]
    files[name] = (...parameters) => touches.touch(name, () => real(...parameters))
  }
  files.open = async (...parameters) => counted(await touches.touch('open', () => realWorld.files.open(...parameters)), touches)
  return files
}

function counted(handle, touches) {
  return new Proxy(handle, {
    get(target, name) {
      const member = target[name]
      if (typeof member !== 'function') return member
      if (!HANDLE_TOUCHES.has(name)) return member.bind(target)
      return (...parameters) => touches.touch(`file ${name}`, () => member.apply(target, parameters))
    },
  })
}

/** A courier whose hand-offs are touches too. It never rejects: a network that fails is an outcome. */
export function countedCourier(courier, touches) {
  return {
    hand: async (raw, envelope) => {
      let wasHanded = false
      const hand = () => {
        wasHanded = true
        return courier.hand(raw, envelope)
      }
      return touches.touch('hand-off', hand).catch(() => ({ outcome: wasHanded ? 'unknown' : 'unreachable' }))
    },
    probe: () => touches.touch('probe', () => courier.probe()).catch(() => false),
    close: () => courier.close(),
  }
}
