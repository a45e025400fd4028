// The real process, as npx and npm start it. It runs what was built: `npm test` builds first.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { asWords, cleanEnvironment, onlyJson, openShell, serve } from '../cli/support.js'
import { PDF, rawMessage } from '../support/raw.js'

// A dozen starts: on a busy machine each takes seconds.
t.setTimeout(300_000)

t.test('a verb as a process: JSON alone on standard output, exit codes 0, 1 and 2', async (t) => {
  const shell = await openShell(t)
  const added = await shell.process(
    'provider',
    'add',
    '--name',
    'Sample Clinic',
    '--sender',
    'clinic.example',
    '--auth',
    'password',
    '--json',
  )
  t.match(added, { code: 0, err: '' })
  t.ok(onlyJson(added).smtpPassword)
  t.match(await shell.process('provider', 'suspend', 'another', '--json'), { code: 1, out: '', err: /there is no such provider/ })
  t.match(await shell.process(), { code: 2, out: '', err: /Usage/ })
})

t.test('what nobody caught ends the process, and its message is printed nowhere', async (t) => {
  const shell = await openShell(t)
  const hook = await shell.write(
    'broken.mjs',
    "process.on('SIGUSR2', () => { throw new TypeError('SECRET') }); process.on('SIGHUP', () => { Promise.reject(new TypeError('SECRET')) })",
  )
  for (const signal of ['SIGUSR2', 'SIGHUP'] as const) {
    const env = { ...cleanEnvironment(), ...shell.environment }
    const child = spawn(...asWords(['serve'], ['--import', hook]), { env, stdio: ['ignore', 'pipe', 'pipe'] })
    t.teardown(() => child.kill('SIGKILL'))
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)))
    const closed = once(child, 'close')
    await Promise.race([once(child.stdout, 'data'), closed])
    child.kill(signal)
    t.strictSame(await closed, [1, null], signal)
    t.match(said, /"where":"service","error":"TypeError"/)
    t.notMatch(said, 'SECRET')
  }
})

t.test('what a library prints goes to standard error', async (t) => {
  const shell = await openShell(t)
  const hook = await shell.write(
    'chatter.mjs',
    "setInterval(() => console.log('chatter'), 0).unref(); setImmediate(() => console.log('chatter'))",
  )
  const child = spawn(...asWords(['doctor', '--json'], ['--import', hook]), {
    env: { ...cleanEnvironment(), ...shell.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err]: [string[], string[]] = [[], []]
  child.stdout.on('data', (chunk) => out.push(String(chunk)))
  child.stderr.on('data', (chunk) => err.push(String(chunk)))
  await once(child, 'close')
  t.match(err.join(''), /chatter/)
  const lines = out
    .join('')
    .split('\n')
    .filter((line) => line !== '' && line !== 'chatter')
  t.equal(lines.length, 1)
  t.equal(out.join('').slice(out.join('').indexOf('[')).includes('chatter'), false)
})

t.test('while the service runs nothing that a library prints comes between the lines of its log', async (t) => {
  const shell = await openShell(t)
  const print = "for (const how of ['log', 'info', 'debug', 'warn', 'error', 'trace']) console[how]('chatter')"
  const hook = await shell.write('chatter.mjs', `process.once('SIGUSR2', () => { ${print} })`)
  const child = spawn(...asWords(['serve', '--json'], ['--import', hook]), {
    env: { ...cleanEnvironment(), ...shell.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const err: string[] = []
  child.stderr.on('data', (chunk) => err.push(String(chunk)))
  await once(child.stdout, 'data')
  child.kill('SIGUSR2')
  child.kill('SIGTERM')
  t.same(await once(child, 'close'), [0, null])
  const lines = err.join('').trimEnd().split('\n')
  t.ok(lines.length > 3)
  t.same(
    lines.filter((line) => !line.startsWith('{"level"')),
    ['hepoex: stopping …'],
  )
})

t.test('a reader that goes away is no reason to fall over', async (t) => {
  const shell = await openShell(t)
  const file = await shell.write('a.eml', rawMessage({ parts: [{ type: 'application/pdf', name: 'a.pdf', content: PDF }] }))
  const child = spawn(...asWords(['inspect', '--json', ...Array.from({ length: 200 }, () => file)]), {
    env: { ...cleanEnvironment(), ...shell.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const err: string[] = []
  child.stderr.on('data', (chunk) => err.push(String(chunk)))
  child.stdout.once('data', () => child.stdout.destroy())
  const [code] = await once(child, 'close')
  t.equal(code, 0)
  t.equal(err.join(''), '')
})

t.test(
  'serve --json says where it listens in one line; other commands and a second copy do it no harm; SIGTERM ends it with 0',
  async (t) => {
    const shell = await openShell(t)
    const serving = serve(t, shell, {}, '--json')
    const { smtpPort, smtpsPort, webUrl, ...more } = JSON.parse(await serving.first)
    t.same([smtpsPort, more], [null, {}])
    t.equal((await shell.hepoex('provider', 'add', '--name', 'Sample Clinic', '--sender', 'clinic.example')).code, 0)
    const second = serve(t, shell, { HEPOEX_SMTP_PORT: String(smtpPort), HEPOEX_WEB_PORT: new URL(webUrl).port })
    t.equal(await second.ended, 1)
    t.match(second.err.join('\n'), /is another copy running\?/)
    const answers = await Promise.all(['/readyz', '/healthz'].map((path) => fetch(`${webUrl}${path}`)))
    t.same(
      answers.map(({ status }) => status),
      [200, 200],
    )
    serving.child.kill('SIGTERM')
    t.equal(await serving.ended, 0)
    t.equal(serving.out.length, 1)
    t.ok(serving.err.some((line) => line.includes('"event":"started"')))
    t.ok(serving.err.some((line) => line.includes('"event":"stopped"')))
  },
)

t.test('the first start shows the next two commands; once there is a provider it does not', async (t) => {
  const shell = await openShell(t)
  const first = serve(t, shell)
  await first.first
  // As below npm: the terminal sends it to both, and npm passes its own on.
  first.child.kill('SIGINT')
  first.child.kill('SIGINT')
  t.equal(await first.ended, 0, 'Ctrl-C is no failure')
  t.ok(first.err.some((line) => line.includes('"event":"stopped"')))
  const said = first.out.join('\n')
  t.match(said, /^Mail door {2}127\.0\.0\.1:\d+\nWeb door {3}http:\/\/127\.0\.0\.1:\d+\nTrying out: no relay is set.+outgoing/)
  const commands = first.out.filter((line) => line.startsWith('  npx hepoex ')).map((line) => line.trim())
  t.equal(commands.length, 2)
  for (const command of commands) {
    const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '').slice(2)
    t.equal((await shell.hepoex(...words)).code, 0, command)
  }
  const second = serve(t, shell)
  await second.first
  second.child.kill('SIGTERM')
  t.equal(await second.ended, 0)
  t.equal(second.out.length, 3)
})

for (const door of ['SMTP', 'WEB']) {
  t.test(`a ${door} port in use: one clear line, exit 1, nothing left running`, async (t) => {
    const shell = await openShell(t)
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    t.teardown(() => taken.close())
    const address = taken.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const serving = serve(t, shell, { [`HEPOEX_${door}_PORT`]: port })
    t.equal(await serving.ended, 1)
    t.same(serving.out, [])
    const lines = serving.err.filter((line) => !line.startsWith('{'))
    t.equal(lines.length, 1)
    t.match(
      lines[0],
      /^hepoex serve: cannot listen on .+\(EADDRINUSE\): is another copy running\? See HEPOEX_SMTP_PORT and HEPOEX_WEB_PORT$/,
    )
    t.ok(lines[0]?.includes(port))
  })
}

t.test('a bad setting stops the start: one clear line, exit 1', async (t) => {
  const serving = serve(t, await openShell(t), { HEPOEX_WEB_HOST: '0.0.0.0' })
  t.equal(await serving.ended, 1)
  t.same(serving.out, [])
  t.equal(serving.err.length, 1)
  t.match(serving.err[0], /^hepoex serve: HEPOEX_WEB_HOST names a host others can reach, so HEPOEX_RELAY_URL must be set/)
})
