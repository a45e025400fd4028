// Run as a process of its own by rotation.test.ts: rotates the keys of the store given, and is killed right after the n-th step. Says
// which steps it took.

import { rotateKeys } from '../../src/store/rotation.js'
import { openStore } from '../../src/store/store.js'

const [mailboxes = '', keyFile = '', last = ''] = process.argv.slice(2)
const store = await openStore({ mailboxes, keyFile })
let steps = 0
await rotateKeys(store, keyFile, {
  now: 1,
  batch: 2,
  step: () => {
    if (++steps === Number(last)) process.kill(process.pid, 'SIGKILL')
  },
})
process.stdout.write(String(steps))
await store.close()
