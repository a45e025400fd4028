// Run as a process of its own by store.test.ts: opens the store given, says its fingerprint and its schema steps, closes it.

import { openStore } from '../../src/store/store.js'

const [mailboxes = '', keyFile = ''] = process.argv.slice(2)
const store = await openStore({ mailboxes, keyFile })
const steps = await store.database.read('schema_steps').orderBy('id').pluck('name')
process.stdout.write(JSON.stringify({ fingerprint: store.keyring.fingerprint, steps }))
await store.close()
