// Pictures of every page and state, at the widths of a desk, a phone and the narrowest screen, in each language: to be looked at, page by
// page, before a release. The tests of the pages make them, so that no state is forgotten, and axe looks at each of them as well.
//   npm run screenshots -- FOLDER [LANGUAGE…]

import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const [folder, ...languages] = process.argv.slice(2)
if (folder === undefined || folder.startsWith('-')) {
  console.error('Usage: npm run screenshots -- FOLDER [LANGUAGE…]')
  process.exit(2)
}
const TESTS = ['every', 'pages', 'packages', 'life', 'requests'].map((name) => `test/browser/${name}.test.ts`)
const root = fileURLToPath(new URL('..', import.meta.url))
const spoken = readdirSync(join(root, 'templates', 'texts'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
let failed = 0
for (const language of languages.length > 0 ? languages : spoken.map(({ name }) => name)) {
  const shots = resolve(folder, language)
  mkdirSync(shots, { recursive: true })
  const env = { ...process.env, SHOTS: shots, ALL_WIDTHS: '1', LANGUAGE_OF_PAGES: language }
  // The script that runs the tests passes the environment on to them.
  const { status } = spawnSync(process.execPath, ['scripts/test.mjs', ...TESTS], { cwd: root, env, stdio: 'inherit' })
  if (status !== 0) failed++
  console.log(`${readdirSync(shots).length} pictures in ${shots}`)
}
process.exitCode = failed === 0 ? 0 : 1
