// A worker that does what a hostile document might make one do.

import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { NotConvertibleError } from '../../src/documents/copy.js'
import { serve } from '../../src/documents/workshop/serve.js'

let tainted = false
const held: Buffer[] = []

async function misbehave(how: string): Promise<unknown> {
  if (how === 'hang') for (;;);
  if (how === 'exit') process.exit(1)
  while (how === 'grow') held.push(Buffer.alloc(64 << 20, 1))
  return 'nonsense'
}

serve(
  {
    /** As its text says. */
    copy: async ({ bytes }: { bytes: Buffer }) => misbehave(bytes.toString('latin1').split(':')[0] ?? ''),
    echo: async (input: unknown) => input,
    process: async () => ({
      pid: process.pid,
      environment: Object.keys(process.env),
      directory: process.cwd(),
      folder: readdirSync('.').length,
    }),
    talk: async (input: unknown) => {
      console.log('a name, a diagnosis')
      console.error('a name, a diagnosis')
      return input
    },
    refuse: async (reason: never) => {
      throw new NotConvertibleError(reason)
    },
    break: async () => {
      throw new TypeError('a name, a diagnosis')
    },
    hang: async () => {
      for (;;);
    },
    wait: (ms: number) => sleep(ms),
    exit: async () => process.exit(3),
    abort: async () => process.abort(),
    grow: async () => {
      for (;;) {
        held.push(Buffer.alloc(8 << 20, 1))
        await sleep(1)
      }
    },
    heap: async () => {
      const all: unknown[] = []
      for (;;) all.push({ all: [all.length] })
    },
    atOnce: async (bytes: number) => Buffer.alloc(bytes, 1).length,
    taint: async () => {
      tainted = true
    },
    chatter: async () => {
      process.stdout.write('records of a patient\n'.repeat(100))
      await sleep(60_000)
    },
    limits: async () => (await import('node:fs')).readFileSync('/proc/self/limits', 'utf8'),
  },
  () => tainted,
)
