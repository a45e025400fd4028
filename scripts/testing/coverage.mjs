// Which lines of src/ the tests ran, from what V8 wrote down in each of their processes.

import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Report } from 'c8'

/** Takes what is not about sources of ours out of the files that have come in since: libraries are nearly all of it. */
export function slimCoverage(folder, house) {
  const sources = `${pathToFileURL(join(house, 'src')).href}/`
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (!name.startsWith('coverage-')) continue
    const file = join(folder, name)
    const { result, 'source-map-cache': maps = {} } = readWhole(file)
    const ours = result.filter(({ url }) => url.startsWith(sources))
    const kept = Object.fromEntries(Object.entries(maps).filter(([url]) => url.startsWith(sources)))
    writeFileSync(`${file}.slim`, JSON.stringify({ result: ours, 'source-map-cache': kept }))
    renameSync(`${file}.slim`, join(folder, name.replace('coverage-', 'slim-')))
    rmSync(file)
  }
}

/** A process that was killed may have left half a file. */
function readWhole(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return { result: [] }
  }
}

/** Source, as `src/log.ts` -> {total, covered, pct} of its lines. */
export async function readCoverage(folder, house) {
  const reports = join(folder, '..', 'report')
  const report = new Report({
    ...{ tempDirectory: folder, reportsDirectory: reports, reporter: ['json-summary'], resolve: '' },
    ...{ excludeNodeModules: true, mergeAsync: true },
  })
  const before = process.cwd()
  process.chdir(house)
  try {
    await report.run()
  } finally {
    process.chdir(before)
  }
  const summary = JSON.parse(readFileSync(join(reports, 'coverage-summary.json'), 'utf8'))
  return new Map(Object.entries(summary).map(([file, { lines }]) => [file.slice(house.length + 1).replace(/\.js$/, '.ts'), lines]))
}
