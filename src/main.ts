// The process: one command line in, one exit code out.

import { run } from './cli/run.js'

// Nothing readable may lie in a core dump's company: no file we make is for other users of the machine.
process.umask(0o077)

process.exitCode = await run(process.argv.slice(2), {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
  environment: process.env,
  isTerminal: process.stdout.isTTY === true,
})
