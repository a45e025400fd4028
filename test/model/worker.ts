// Run as a process of its own by scripts/model.mjs: tells each seed's outcome in one line of JSON, and ends by itself.
//   worker.ts FIRST COUNT STEP SECONDS COMMANDS: the seeds FIRST, FIRST + STEP, …, none begun after so many seconds

import { runSeed, shorten } from './run.js'
import { World } from './world.js'

const [first = 0, count = 0, step = 1, seconds = 0, commands = 0] = process.argv.slice(2).map(Number)

const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`)

async function main(): Promise<void> {
  for (let index = 0; index < count && performance.now() < seconds * 1000; index++) {
    const ran = await runSeed(first + index * step, commands)
    say(ran)
    if (ran.fault !== null) say({ seed: ran.seed, shorter: await shorten(ran.seed, commands) })
  }
  await World.tidy()
}

main().then(
  // What a crash left hanging holds timers of its own.
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error?.stack}\n`)
    process.exit(1)
  },
)
