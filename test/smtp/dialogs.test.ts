// Plays every conversation of test/dialogs against the real listener, with a scripted desk behind it; but for those that
// want the real desk (`desk …`).

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseDialog, playDialog } from '../support/dialog.js'
import { testTls } from '../support/tls.js'
import { openStage, settingsOf } from './stage.js'

const FOLDER = join(import.meta.dirname, '..', 'dialogs')
const tls = testTls()

t.jobs = 8

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.smtp'))) {
  const dialog = parseDialog(readFileSync(join(FOLDER, file), 'utf8'))
  // Those are played by the desk's own test.
  if (dialog.steps.some(({ who }) => who === 'desk')) continue
  t.test(`${file}: ${dialog.behaviour}`, { buffered: true }, async (t) => {
    const { listener, door, port, direct } = await openStage(settingsOf(dialog), tls)
    try {
      await playDialog(dialog, { port, direct, fingerprint256: tls.fingerprint256, values: { intake: 'clinic@intake.example.org' } })
    } finally {
      await listener.close(500)
    }
    t.same(door.mistakes, [], 'every transaction is used only until it is released')
    t.equal(door.reserved, 0, 'every reservation is given back')
  })
}
