// What went wrong, in one line for the operator: for errors that are written for people, and for the commonest troubles of a data folder.

import { ConfigError } from '../config.js'
import { BlobError } from '../store/blobs.js'
import { StoreError } from '../store/errors.js'
import { Refusal } from './command.js'

/** These are written for the operator, one line each, and hold nothing secret. */
const PLAIN = /^(KeyFileError|TlsConfigError|StartError|BackupError)$/

const FULL = /^(ENOSPC|EDQUOT)$/
/** The disk itself, not who may use it. */
const DISK = /^(EIO|EROFS|ENXIO|ENODEV|EUCLEAN|ESTALE)$/
const DISK_ADVICE =
  'the disk fails or is read-only: look into the system log (dmesg) and mend or replace it. A running service answers 451 until writing works again, which it tries every minute'

/** One line that says what is wrong and what to do; null: only the error's class and place may be told. */
export function problemOf(error: unknown): string | null {
  if (error instanceof Refusal || error instanceof ConfigError) return error.message
  if (error instanceof StoreError) return storeProblem(error)
  if (error instanceof BlobError) return blobProblem(error)
  if (!(error instanceof Error)) return null
  return PLAIN.test(error.name) ? error.message : fileProblem(error)
}

function blobProblem({ message, code }: BlobError): string {
  if (FULL.test(code)) return `${message}: the disk is full, make room`
  return `${message}: ${DISK.test(code) ? DISK_ADVICE : 'are the folder HEPOEX_MAILBOXES and all in it yours to read and write?'}`
}

function storeProblem({ failure, code }: StoreError): string | null {
  if (failure === 'damaged') return `the database is damaged (${code}): stop the service and restore a backup`
  if (failure === 'busy') return `the database is held by another process (${code}): try again`
  if (failure === 'full') return `the disk is full (${code}): make room`
  if (code === 'SQLITE_IOERR') return `the database cannot be read or written (${code}): ${DISK_ADVICE}`
  if (failure === 'io') return `the database cannot be read or written (${code}): is the folder HEPOEX_MAILBOXES yours to write in?`
  return null
}

/** The system says which path it choked on; here it is always a folder or file that the configuration or the command line named. */
function fileProblem(error: Error): string | null {
  const { code, path } = error as Error & { code?: unknown; path?: unknown }
  if (typeof code !== 'string' || typeof path !== 'string') return null
  return `cannot use ${path} (${code}): is it there, and yours to read and write? See HEPOEX_MAILBOXES and HEPOEX_KEY_FILE`
}
