#!/usr/bin/env node
// Starts the command line. CommonJS on purpose: the size of the thread pool must be set before anything uses the pool, and loading an
// ES module already does. File syncs, the database, DNS and scrypt share it; with the default of four, one slow disk stops them all.
process.env.UV_THREADPOOL_SIZE ??= '16'
require('./engine.cjs')
import('../dist/main.js').catch((error) => {
  if (error?.code === 'ERR_MODULE_NOT_FOUND') process.stderr.write('hepoex: not built yet: run "node scripts/ready.mjs" first\n')
  else process.stderr.write(`hepoex: could not start (${error?.name ?? 'error'} ${error?.code ?? ''})\n`)
  process.exitCode = 1
})
