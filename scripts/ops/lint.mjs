// Looks at the files for operators: what systemd says of the unit, how much of the machine the service could reach, what a linter says of
// the Dockerfile, and what we ask of both ourselves. Run by .ci/run; exits 1 with a line for each problem.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const OPS = fileURLToPath(new URL('.', import.meta.url))
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const UNIT = join(OPS, 'hepoex.service')
export const DOCKERFILE = join(OPS, 'Dockerfile')

/** Of systemd's exposure level, times ten: 0 reaches nothing, 100 all. */
const MOST_EXPOSED = 20

/** What a unit of ours must say, each line as it stands, and why. */
const UNIT_LINES = [
  ['User=hepoex', 'not root'],
  ['NoNewPrivileges=yes', 'no way to more rights'],
  ['CapabilityBoundingSet=', 'no right of root'],
  ['ProtectSystem=strict', 'a file system that can only be read'],
  ['PrivateTmp=yes', 'nobody else sees its temporary files'],
  ['UMask=0077', 'its files are its own'],
  ['StateDirectoryMode=0700', 'its folders are its own'],
  ['LimitCORE=0', 'no core dump: documents and codes are in memory'],
  ['MemorySwapMax=0', 'no swap, for the same reason'],
]

/** What is wrong with the unit, a line each. */
export function unitProblems(text) {
  const lines = new Set(text.split('\n').map((line) => line.trim()))
  const missing = UNIT_LINES.filter(([line]) => !lines.has(line)).map(([line, why]) => `${line} is missing: ${why}`)
  const isJitless = [...lines].some((line) => line.startsWith('MemoryDenyWriteExecute='))
  return isJitless ? [...missing, 'MemoryDenyWriteExecute= keeps Node from starting'] : missing
}

/** What is wrong with the Dockerfile besides its grammar, a line each. */
export function dockerfileProblems(text) {
  const instructions = instructionsOf(text)
  const of = (name) => instructions.filter(([each]) => each === name).map(([, rest]) => rest)
  const stages = of('FROM').map((rest) => rest.split(/\s+/)[0] ?? '')
  const runs = of('RUN')
  const secret = [...of('ENV'), ...of('ARG')].filter((rest) => /(PASSWORD|SECRET|TOKEN|RELAY_URL|PRIVATE_KEY)\w*[= ]/i.test(rest))
  return [
    ...stages.filter((image) => !/:[\w.-]+$/.test(image) || image.endsWith(':latest')).map((image) => `${image}: name a version`),
    ...stages.filter((image) => image.includes('/')).map((image) => `${image}: name no registry`),
    ...(/^(root|0)?$/.test(of('USER').at(-1)?.split(':')[0] ?? '') ? ['USER: the last one must not be root'] : []),
    ...(instructions.findLastIndex(([name]) => name === 'USER') < instructions.findLastIndex(([name]) => name === 'FROM')
      ? ['USER: the last stage has none']
      : []),
    ...(of('HEALTHCHECK').length === 1 ? [] : ['HEALTHCHECK: there must be one']),
    ...['ENTRYPOINT', 'CMD'].filter((name) => !of(name).every((rest) => rest.startsWith('['))).map((name) => `${name}: write it as a list`),
    ...(of('ENTRYPOINT').length === 1 ? [] : ['ENTRYPOINT: there must be one']),
    ...(of('ADD').length === 0 ? [] : ['ADD: use COPY']),
    ...runs
      .filter((run) => /apt-get install/.test(run) && !/--no-install-recommends/.test(run))
      .map(() => 'apt-get install: --no-install-recommends'),
    ...runs
      .filter((run) => /apt-get install/.test(run) && !/rm -rf \/var\/lib\/apt\/lists/.test(run))
      .map(() => 'apt-get install: remove the lists'),
    ...runs.filter((run) => /\b(curl|wget)\b/.test(run)).map(() => 'RUN: fetch nothing by hand'),
    ...runs.filter((run) => /\bsudo\b/.test(run)).map(() => 'RUN: no sudo'),
    ...secret.map(() => 'ENV, ARG: what is secret stays in the image for ever'),
  ]
}

/** `[name, rest]` of each, continued lines put together. */
function instructionsOf(text) {
  const lines = text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => [line.split(/\s/, 1)[0].toUpperCase(), line.replace(/^\S+\s*/, '').trim()])
}

/** What a linter says of the Dockerfile's grammar, a line each. */
export function lintDockerfile(text) {
  const { validate } = createRequire(import.meta.url)('dockerfile-utils')
  return validate(text).map(({ message, range }) => `line ${range.start.line + 1}: ${message}`)
}

/** What systemd says of the unit, a line each; with this checkout and this Node in the place of those that it names. */
export function systemdProblems(text) {
  const folder = mkdtempSync(join(tmpdir(), 'hepoex-unit-'))
  try {
    const file = join(folder, 'hepoex.service')
    writeFileSync(file, text.replaceAll('/usr/bin/node', process.execPath).replaceAll('/opt/hepoex', ROOT.replace(/\/$/, '')))
    const verify = analyze(['verify', '--man=no', file])
    const security = analyze(['security', '--offline=true', '--no-pager', `--threshold=${MOST_EXPOSED}`, file])
    const overall = /^→ (Overall exposure level .*?: [\d.]+)/m.exec(security.said)?.[1] ?? 'no exposure level'
    // A word that systemd does not know is only a warning to it: for us it is a protection that is not there.
    return [
      ...verify.said.split('\n').filter((line) => line.trim() !== ''),
      ...(verify.status === 0 ? [] : ['systemd-analyze verify failed']),
      ...(security.status === 0 ? [] : [`${overall}, more than ${MOST_EXPOSED / 10}`]),
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function analyze(args) {
  const { status, stdout, stderr, error } = spawnSync('systemd-analyze', args, { encoding: 'utf8', timeout: 20_000 })
  if (error) throw new Error(`systemd-analyze could not be started (${error.code}): install Debian's package systemd`)
  return { status, said: stdout + stderr }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [unit, dockerfile] = [UNIT, DOCKERFILE].map((file) => readFileSync(file, 'utf8'))
  const problems = [
    ...[...unitProblems(unit), ...systemdProblems(unit)].map((problem) => `hepoex.service: ${problem}`),
    ...[...dockerfileProblems(dockerfile), ...lintDockerfile(dockerfile)].map((problem) => `Dockerfile: ${problem}`),
  ]
  for (const problem of problems) console.log(problem)
  if (problems.length === 0) console.log('the unit and the Dockerfile are in order')
  process.exitCode = problems.length === 0 ? 0 : 1
}
