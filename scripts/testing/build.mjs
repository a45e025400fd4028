// The tests run on a copy of the checkout in which sources and tests lie compiled beside themselves. Loaded as they are, each process
// would compile them anew, in a thread through which every import of every library has to pass: twice the time of most tests.

import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

/** Made by tools, large, the copy itself; and what would make a linter take the copy for a project. */
const NOT_COPIED = new Set(['.git', '.tap', 'biome.json', 'coverage', 'dist', 'node_modules'])
/** They are the same for both. */
const LINKED = ['dist', 'node_modules']

/** Makes the copy anew; its folder. */
export async function buildTests(root) {
  const house = join(root, '.tap', 'built')
  rmSync(house, { recursive: true, force: true })
  mkdirSync(house, { recursive: true })
  for (const name of readdirSync(root)) if (!NOT_COPIED.has(name)) cpSync(join(root, name), join(house, name), { recursive: true })
  for (const name of LINKED) if (existsSync(join(root, name))) symlinkSync(join(root, name), join(house, name), 'junction')
  const sources = ['src', 'test'].flatMap((folder) =>
    readdirSync(join(house, folder), { recursive: true }).map((name) => join(folder, name)),
  )
  await build({
    entryPoints: sources.filter((name) => /\.m?ts$/.test(name) && !/\.d\.m?ts$/.test(name)),
    ...{ absWorkingDir: house, outdir: '.', outbase: '.', bundle: false, platform: 'node', format: 'esm', target: 'node20' },
    ...{ sourcemap: 'inline', sourcesContent: false, logLevel: 'error' },
  })
  return house
}
