// What the store throws. Drivers quote SQL and values in their messages, so nothing of a driver's error is kept but its code.

/** `duplicate` a unique key exists already; `busy`, `full` and `io` are broken worlds that may heal; `damaged` does not. */
export type StoreFailure = 'duplicate' | 'constraint' | 'busy' | 'full' | 'io' | 'damaged' | 'closed' | 'settings' | 'unknown'

/** The database failed. `code` is the driver's own closed word (`SQLITE_BUSY`); the message holds no SQL and no data. */
export class StoreError extends Error {
  override name = 'StoreError'
  readonly failure: StoreFailure
  readonly code: string

  constructor(failure: StoreFailure, code: string) {
    super(`database: ${failure}`)
    this.failure = failure
    this.code = code
  }
}

/** A row with this unique value (slug, SMTP user, address …) exists already. `field` is the column's name, never its value. */
export class DuplicateError extends Error {
  override name = 'DuplicateError'
  readonly code = 'DUPLICATE'
  readonly field: string

  constructor(field: string) {
    super(`exists already: ${field}`)
    this.field = field
  }
}

const FAILURES: Readonly<Record<string, StoreFailure>> = {
  SQLITE_CONSTRAINT: 'constraint',
  SQLITE_BUSY: 'busy',
  SQLITE_LOCKED: 'busy',
  SQLITE_FULL: 'full',
  SQLITE_IOERR: 'io',
  SQLITE_CANTOPEN: 'io',
  SQLITE_READONLY: 'io',
  SQLITE_CORRUPT: 'damaged',
  SQLITE_NOTADB: 'damaged',
  SQLITE_MISUSE: 'closed',
}

/** Turns whatever knex or the driver threw into a StoreError; one that is already ours is given back as it is. */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const { code: given, message } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown; message?: unknown }
  const code = typeof given === 'string' && /^[A-Z][A-Z0-9_]{1,39}$/.test(given) ? given : 'NONE'
  // The driver tells a unique key from any other constraint by its message alone; only this one word is looked at.
  if (code === 'SQLITE_CONSTRAINT' && typeof message === 'string' && /\bUNIQUE constraint failed\b/.test(message))
    return new StoreError('duplicate', code)
  return new StoreError(FAILURES[code] ?? 'unknown', code)
}
