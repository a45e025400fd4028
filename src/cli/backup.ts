// hepoex backup and hepoex restore.

import { access, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { systemClock } from '../clock.js'
import type { Config } from '../config.js'
import { ROOT } from '../folders.js'
import { backUp, prepareBackupFolder } from '../store/backup.js'
import { restore } from '../store/restore.js'
import { type Command, type Io, Refusal } from './command.js'
import { withStore } from './provider.js'

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
const counted = (count: number, one: string, more = `${one}s`) => `${count} ${count === 1 ? one : more}`

const backup: Command = {
  name: 'backup',
  summary: 'Backs up the database and the sealed packages, while the service runs. Never the key file.',
  usage: 'DIR',
  options: {},
  positionals: { least: 1, most: 1 },
  help: ['  DIR      a new or empty folder, outside of the data; without manifest.json in it in the end the backup is not whole'],
  async run(io, given, config) {
    const { mailboxes, keyFile } = config()
    if (!(await exists(join(mailboxes, 'hepoex.db')))) throw new Refusal(`there is nothing to back up in ${mailboxes}`)
    const folder = await prepareBackupFolder(given.positionals[0] ?? '', mailboxes)
    const report = await withStore({ mailboxes, keyFile }, async (store) =>
      backUp(store, folder, { version: await release(), clock: systemClock }),
    )
    const { keyFingerprint, packages, bytes, missing } = report
    if (given.values.json) io.out(JSON.stringify({ folder, ...report }))
    else {
      io.out(`${counted(packages, 'package')} and the database (${megabytes(bytes)}) are in ${folder}`)
      io.out(`The key file is not. A restore wants the one with fingerprint ${keyFingerprint}: keep a copy of it somewhere else.`)
    }
    tellMissing(io, 'hepoex backup', missing, 'is not in the backup: its sealed file is gone or damaged in the data itself')
    return missing.length === 0 ? 0 : 1
  },
}

const restoring: Command = {
  name: 'restore',
  summary: 'Restores a backup into an empty mailboxes folder. The service must not run.',
  usage: 'DIR',
  options: {},
  positionals: { least: 1, most: 1 },
  help: [
    '  DIR      a folder that "hepoex backup" made',
    '  HEPOEX_MAILBOXES must be new or empty, and HEPOEX_KEY_FILE the key file of that time.',
  ],
  async run(io, given, config) {
    const settings = config()
    await refuseRunning(settings)
    const { mailboxes, keyFile } = settings
    const report = await restore({ folder: given.positionals[0] ?? '', mailboxes, keyFile, clock: systemClock })
    const { takenAt, packages, bytes, dropped, missing } = report
    if (given.values.json) io.out(JSON.stringify({ mailboxes, ...report }))
    else {
      io.out(
        `${counted(packages, 'package')} and the database (${megabytes(bytes)}) of ${takenAt} are in ${mailboxes}, and every one was checked`,
      )
      io.out(
        `Ended: ${counted(dropped.sessions, 'session')}, ${counted(dropped.openings, 'opened package')}, ${counted(dropped.signIns, 'sign-in link')}, ${counted(dropped.passkeys, 'passkey')}, ${counted(dropped.resets, 'reset')}; not sent any more: ${counted(dropped.mails, 'sign-in mail')}`,
      )
      io.out(`What was sent, deleted or changed after ${takenAt} is as it was then: see "Operating" in the README.`)
    }
    tellMissing(io, 'hepoex restore', missing, 'was missing already when the backup was made')
    return 0
  },
}

function tellMissing(io: Io, verb: string, missing: readonly string[], what: string): void {
  for (const id of missing) io.err(`${verb}: package ${id} ${what}`)
}

/** Data that was moved away from under a running service looks like an empty folder; its doors say that it runs. */
async function refuseRunning({ smtp, web }: Config): Promise<void> {
  const doors: Array<[string, number, string]> = [
    [smtp.host, smtp.port, 'HEPOEX_SMTP_PORT'],
    [web.host, web.port, 'HEPOEX_WEB_PORT'],
  ]
  for (const [host, port, setting] of doors) {
    if (port !== 0 && (await answers(host, port)))
      throw new Refusal(`something answers on ${host}:${port} (${setting}): stop the service first`)
  }
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: host === '0.0.0.0' || host === '::' ? 'localhost' : host, port, timeout: 3_000 })
    const end = (isThere: boolean) => {
      socket.destroy()
      resolve(isThere)
    }
    socket.once('connect', () => end(true))
    socket.once('timeout', () => end(false))
    socket.once('error', () => end(false))
  })
}

async function release(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  return String(version)
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

export const backupCommands: readonly Command[] = [backup]
export const restoreCommands: readonly Command[] = [restoring]
