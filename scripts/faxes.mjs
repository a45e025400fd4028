// Makes faxes of cover sheets and cards (both resolutions, askew up to 3 degrees, up to 1 % specks, upside down, G3, G4 and PDF) and tells how
// many of them find their owner. Fails below 95 in 100, and at a single one that finds somebody else.
//   npm run faxes                          500 of them
//   npm run faxes -- --cases N --seed S    others

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from './house.mjs'

const main = join(ROOT, 'test', 'faxes', 'main.ts')
const { status } = spawnSync(process.execPath, ['--import', 'tsx', main, ...process.argv.slice(2)], {
  stdio: ['ignore', 'inherit', 'inherit'],
})
process.exitCode = status ?? 1
