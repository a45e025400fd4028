// Tries everything that reads foreign bytes with random ones: messages, SMTP conversations, requests, command lines, settings, and each
// reader by itself. What a fault is, test/fuzz/ says. A fault is told with the seed and the number that make it again.
//   npm run fuzz                                           two minutes, another seed each time
//   npm run fuzz -- --minutes 30 --seed 7                  longer, and again the same
//   npm run fuzz -- --only smtp --seed 7 --from 480        one kind (mime, readers, words, smtp, http) from that number on
//   npm run fuzz -- --corpus FOLDER                        damages the messages (.eml) below that folder as well
//   npm run fuzz -- --patience 20                          seconds that anything may take (5), for a slow or busy machine

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from './house.mjs'

const main = join(ROOT, 'test', 'fuzz', 'main.ts')
const { status } = spawnSync(process.execPath, ['--import', 'tsx', main, ...process.argv.slice(2)], {
  stdio: ['ignore', 'inherit', 'inherit'],
})
process.exitCode = status ?? 1
