// hepoex keys: looking after the key file.

import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { rotateKeys } from '../store/rotation.js'
import { type Command, Refusal } from './command.js'
import { withStore } from './provider.js'

const rotate: Command = {
  name: 'keys rotate',
  summary: 'Replaces the wrapping key and seals questions, answer keys and waiting mails anew, while the service runs.',
  usage: '[--json]',
  options: {},
  help: ['  Run it again if it is interrupted. Copy the key file anew afterwards; keep the old copy for the backups of before.'],
  async run(io, given, config) {
    const { mailboxes, keyFile } = config()
    const isThere = await access(join(mailboxes, 'hepoex.db')).then(
      () => true,
      () => false,
    )
    if (!isThere) throw new Refusal(`there is no data in ${mailboxes} yet, so there is nothing to rotate`)
    const rotation = await withStore({ mailboxes, keyFile }, async (store) => ({
      fingerprint: store.keyring.fingerprint,
      ...(await rotateKeys(store, keyFile, { now: Date.now() })),
    }))
    if (given.values.json) io.out(JSON.stringify(rotation))
    else {
      const { wrappingKey, retired, rows, resumed } = rotation
      if (resumed) io.out('An earlier rotation had not been finished: it is now.')
      io.out(
        `${rows} ${rows === 1 ? 'row was' : 'rows were'} sealed anew under key ${wrappingKey}; ${retired.join(', ')} has left ${keyFile}`,
      )
      io.out('Copy the key file to its safe place now, and keep its earlier copy as long as you keep backups from before.')
    }
    return 0
  },
}

export const keysCommands: readonly Command[] = [rotate]
