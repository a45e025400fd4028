// hepoex serve: the service, in the foreground, until it is told to stop.

import { createLog } from '../log.js'
import { startService } from '../service/service.js'
import type { Command } from './command.js'

/** A second signal, or this long, ends a stop that does not end by itself. */
const GRACE_MS = 30_000
/** One Ctrl-C comes twice below npm: the terminal sends it to both, and npm passes its own on. */
const ECHO_MS = 2_000

export const serveCommand: Command = {
  name: 'serve',
  summary: 'Runs the service: the mail door and the web door, until it is told to stop.',
  usage: '[--json]',
  options: {},
  help: [
    '  Configuration is in the environment (HEPOEX_…): see the README.',
    '  SIGTERM and SIGINT stop it: messages under way are finished first.',
    '  SIGHUP reads the configured certificates again (not when started in a terminal).',
  ],
  async run(io, given, config) {
    // From now on: who stops the service as soon as it says where it listens must find it ready to be stopped.
    const asked = untilSignal()
    const log = createLog()
    silenceLibraries()
    const service = await startService({ config: config(), log, graceMs: GRACE_MS })
    // A terminal that is closed says SIGHUP too, and whoever started us there wants us gone with it.
    if (!io.isTerminal) process.on('SIGHUP', () => void service.reloadCertificates())
    const { smtpPort, smtpsPort, webUrl, isFirstStart } = service
    if (given.values.json) io.out(JSON.stringify({ smtpPort, smtpsPort, webUrl }))
    else for (const line of welcome(service, isFirstStart)) io.out(line)
    await asked
    io.err('hepoex: stopping …')
    const forced = setTimeout(() => process.exit(1), GRACE_MS + 5_000)
    forced.unref()
    await service.stop()
    return 0
  },
}

function welcome(
  service: { smtpHost: string; smtpPort: number; webUrl: string; tryingOut: string | null },
  isFirstStart: boolean,
): string[] {
  const lines = [`Mail door  ${service.smtpHost}:${service.smtpPort}`, `Web door   ${service.webUrl}`]
  if (service.tryingOut)
    lines.push(
      `Trying out: no relay is set, so mail, codes included, is kept in the clear in ${service.tryingOut} and shown at ${service.webUrl}/outgoing`,
    )
  if (!isFirstStart) return lines
  return [
    ...lines,
    '',
    'Next, in another terminal:',
    '  npx hepoex provider add --name "Sample Clinic" --sender records@example.org --auth password',
    '  npx hepoex admin invite you@example.org',
  ]
}

/**
 * Standard error is the log from here on, a JSON line an event from a closed vocabulary. mailauth prints a line of its own for a
 * signature with an `l=`, so any stranger could write there; what another library prints might quote what it reads.
 */
function silenceLibraries(): void {
  for (const how of ['log', 'info', 'debug', 'warn', 'error', 'trace'] as const) console[how] = () => {}
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    let askedAt: number | null = null
    const stop = () => {
      // Somebody is impatient: stop at once. What was not answered with 250 comes again.
      if (askedAt !== null && performance.now() - askedAt > ECHO_MS) process.exit(1)
      askedAt ??= performance.now()
      resolve()
    }
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
  })
}
