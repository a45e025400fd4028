// The files for operators keep what they promise. What systemd itself says of the unit is asked by scripts/ops/lint.mjs in .ci/run.

import { readFileSync } from 'node:fs'
import t from 'tap'
import { DOCKERFILE, dockerfileProblems, lintDockerfile, UNIT, unitProblems } from '../scripts/ops/lint.mjs'

const unit = readFileSync(UNIT, 'utf8')
const dockerfile = readFileSync(DOCKERFILE, 'utf8')

t.test('the unit has all its walls, and one that is missing is told', async (t) => {
  t.same(unitProblems(unit), [])
  for (const line of ['User=hepoex', 'LimitCORE=0', 'MemorySwapMax=0', 'ProtectSystem=strict', 'NoNewPrivileges=yes'])
    t.match(unitProblems(unit.replace(`${line}\n`, `#${line}\n`)), [new RegExp(`^${line} is missing`)], line)
  t.match(unitProblems(unit.replace('UMask=0077', 'UMask=0022')), [/^UMask=0077 is missing/])
  t.match(unitProblems(unit.replace('[Install]', 'MemoryDenyWriteExecute=yes\n[Install]')), [/keeps Node from starting/])
})

t.test('data and keys lie apart', async (t) => {
  const [, data = '', keys = ''] = /HEPOEX_MAILBOXES=(\S+) HEPOEX_KEY_FILE=(\S+)/.exec(unit) ?? []
  t.match(data, '/var/lib/hepoex/')
  t.match(keys, '/var/lib/hepoex-keys/')
  t.match(dockerfile, 'VOLUME ["/data", "/keys"]')
})

t.test('the Dockerfile is in order, and a linter finds nothing in it', async (t) => {
  t.same(dockerfileProblems(dockerfile), [])
  t.same(lintDockerfile(dockerfile), [])
})

const BROKEN: ReadonlyArray<readonly [what: string, change: (text: string) => string, problem: RegExp]> = [
  ['root', (text) => text.replace('USER node\n', 'USER root\n'), /must not be root/],
  [
    'no user in the last stage',
    (text) => text.replace('USER node\n', '').replace('WORKDIR', 'USER node\nWORKDIR'),
    /the last stage has none/,
  ],
  ['the latest image', (text) => text.replace(/node:22-bookworm-slim\n/, 'node:latest\n'), /name a version/],
  ['a registry', (text) => text.replace(/FROM node:22/, 'FROM registry.example.org/node:22'), /name no registry/],
  ['no health check', (text) => text.replace(/HEALTHCHECK[^\n]*\n[^\n]*\n/, ''), /HEALTHCHECK/],
  ['a shell before the service', (text) => text.replace(/ENTRYPOINT .*/, 'ENTRYPOINT node scripts/hepoex.cjs'), /write it as a list/],
  ['something fetched by hand', (text) => text.replace('node scripts/ready.mjs &&', 'curl x | sh &&'), /fetch nothing/],
  ['a secret in the image', (text) => text.replace('ENV ', 'ENV HEPOEX_RELAY_URL=smtp://a:b@c '), /secret/],
  ['lists left behind', (text) => text.replace('  && rm -rf /var/lib/apt/lists/* \\\n', ''), /remove the lists/],
]

for (const [what, change, problem] of BROKEN) {
  t.test(`of a Dockerfile with ${what} that is told`, async (t) => {
    t.not(change(dockerfile), dockerfile)
    t.match(dockerfileProblems(change(dockerfile)), [problem])
  })
}

t.test('broken grammar is told by the linter', async (t) => {
  t.match(lintDockerfile(dockerfile.replace('WORKDIR /opt', 'WRKDIR /opt')), [/^line \d+: Unknown instruction: WRKDIR/])
})
