// The process: one command line in, one exit code out.

import { run } from './cli/run.js'
import { createLog } from './log.js'

// Nothing readable may lie in a core dump's company: no file we make is for other users of the machine.
process.umask(0o077)

// The last resort. Node itself would print the message of the error, and parsers quote in it what they choked on. What was not answered
// yet comes again.
process.on('uncaughtException', (error) => {
  createLog().failure('service', error)
  process.exit(1)
})

// What the libraries have to say must not come between the lines of `--json`: one of them prints while it checks a signature.
const write = process.stdout.write.bind(process.stdout)
process.stdout.write = process.stderr.write.bind(process.stderr)
// Nobody reads on (`hepoex inspect … | head`): no reason to fall over, least of all for the service.
process.stdout.on('error', () => {})

process.exitCode = await run(process.argv.slice(2), {
  out: (line) => write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
  environment: process.env,
  isTerminal: process.stdout.isTTY === true,
})
