// Plays the conversations of test/dialogs that want the real desk behind the real listener:
//
//   desk sent a notice         the relay took a notice; `{reversePath}` is its reverse-path, `{bounce}` a bounce of it
//   desk waits 14 days         its clock goes on
//   desk package undeliverable the state of the package that the notice was about

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { silentLog } from '../../src/log.js'
import { createMailListener } from '../../src/smtp/listener.js'
import { postfixBounce } from '../support/bounces.js'
import { type Bench, CONSUMER, makeBench } from '../support/desk.js'
import { parseDialog, playDialog } from '../support/dialog.js'
import { rawMessage } from '../support/raw.js'
import { testTls } from '../support/tls.js'

const FOLDER = join(import.meta.dirname, '..', 'dialogs')
const tls = testTls()
let played = 0

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.smtp'))) {
  const dialog = parseDialog(readFileSync(join(FOLDER, file), 'utf8'))
  if (!dialog.steps.some(({ who }) => who === 'desk')) continue
  played++
  t.test(`${file}: ${dialog.behaviour}`, async (t) => {
    const bench = await makeBench(t)
    const { door, options } = bench
    const listener = createMailListener({
      ...{ door, tls, log: silentLog, maxMessageBytes: options.maxMessageBytes },
      ...{ host: '127.0.0.1', port: 0, smtpsPort: null, hostname: 'intake.localhost' },
    })
    const { port } = await listener.start()
    const values: Record<string, string> = {}
    try {
      await playDialog(dialog, { port, values, direct: (_who, what) => direct(bench, values, what) })
    } finally {
      await listener.close(500)
    }
    t.equal(options.budget.free, 200_000_000, 'every reservation is given back')
  })
}

t.test('there are such conversations', async (t) => {
  t.ok(played >= 7)
})

async function direct(bench: Bench, values: Record<string, string>, what: string): Promise<void> {
  const [, days] = /^waits (\d+) days$/.exec(what) ?? []
  const [, expected] = /^package (\S+)$/.exec(what) ?? []
  if (days) bench.clock.at += Number(days) * 86_400_000
  else if (expected) {
    const [state] = await bench.store.database.read('packages').pluck('state')
    if (state !== expected) throw new Error(`the package is ${state}`)
  } else if (what === 'sent a notice') {
    await bench.send(rawMessage())
    values.reversePath = bench.courier.handed[0]?.from ?? ''
    values.bounce = postfixBounce({ about: CONSUMER }).replaceAll('\\', '\\\\').replaceAll('\r\n', '\\r\\n').replaceAll('\t', '\\t')
  } else throw new Error('not a direction')
}
