// The outside world as one port: the disk, the statements of the database, the time and chance. The service hands it down, so that a
// test can hand down one that fails, stalls or ends the process at its n-th touch. The relay is behind the Courier.

import { randomBytes } from 'node:crypto'
import * as nodeFiles from 'node:fs/promises'
import { type Clock, systemClock } from './clock.js'

/** The file functions in use. */
export type Files = Pick<typeof nodeFiles, 'mkdir' | 'open' | 'opendir' | 'rename' | 'stat' | 'statfs' | 'unlink'>

/** Runs one statement of the database, `BEGIN` and `COMMIT` among them: `run` does it. What it throws is told as the database's own. */
export type Statement = <T>(sql: string, run: () => Promise<T>) => Promise<T>

export interface World {
  readonly clock: Clock
  /** Random bytes of which nobody can guess any. */
  readonly random: (size: number) => Buffer
  readonly files: Files
  readonly statement: Statement
}

export const realWorld: World = { clock: systemClock, random: randomBytes, files: nodeFiles, statement: (_sql, run) => run() }
