// hepoex doctor: is everything in place? A line each, "ok" or what to do. What the first
// start would make it makes too (folders, database, keys); else it writes only a small test blob, which it removes.

import { X509Certificate } from 'node:crypto'
import { Resolver } from 'node:dns/promises'
import { realpath, stat } from 'node:fs/promises'
import { sep } from 'node:path'
import { OidcProvider, RETURN_PATH } from '../accounts/oidc.js'
import { DAY, systemClock } from '../clock.js'
import { type Config, isLoopbackHost } from '../config.js'
import { clamdScanner } from '../documents/clamd.js'
import { mailTls, makeCourier, siteOf } from '../service/parts.js'
import { openStore, type Store } from '../store/store.js'
import { probeRow } from '../store/watch.js'
import { readTlsPair, type TlsPair } from '../tls-pair.js'
import type { Command } from './command.js'
import { problemOf } from './problem.js'

interface Finding {
  readonly about: string
  readonly ok: boolean
  /** What is in force, or what to do. */
  readonly text: string
}

type Check = (config: Config, store: Store) => Promise<Omit<Finding, 'about'>>

const RENEW_DAYS = 14

const ok = (text: string) => ({ ok: true, text })
const bad = (text: string) => ({ ok: false, text })

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'Checks configuration, keys, database, packages, relay, TLS, DNS and clock.',
  usage: '[--json]',
  options: {},
  help: ['  Exit 1 if anything fails.'],
  async run(io, given, config) {
    const findings = await examine(config())
    if (given.values.json) io.out(JSON.stringify(findings))
    else for (const { about, ok: isOk, text } of findings) io.out(`${isOk ? 'ok  ' : 'FAIL'}  ${about.padEnd(13)} ${text}`)
    return findings.every((finding) => finding.ok) ? 0 : 1
  },
}

async function examine(config: Config): Promise<Finding[]> {
  const findings: Finding[] = [{ about: 'configuration', ...ok(inForce(config)) }]
  let store: Store
  try {
    store = await openStore({ mailboxes: config.mailboxes, keyFile: config.keyFile })
  } catch (error) {
    const about = error instanceof Error && error.name === 'KeyFileError' ? 'keys' : 'database'
    return [...findings, { about, ...bad(problemOf(error) ?? `cannot be opened: is ${config.mailboxes} yours to write in?`) }]
  }
  try {
    const checks: Array<[string, Check]> = [
      ['keys', keys],
      ['database', database],
      ['packages', blobs],
      ['relay', relay],
      ['tls', tls],
      ['dns', dns],
      ['clock', clock],
      ...(config.oidc ? [['sign-in', signIn] as [string, Check]] : []),
      ...(config.clamd ? [['clamd', clamd] as [string, Check]] : []),
    ]
    for (const [about, check] of checks)
      findings.push({ about, ...(await check(config, store).catch((error) => bad(problemOf(error) ?? 'could not be checked'))) })
    return findings
  } finally {
    await store.close()
  }
}

function inForce(config: Config): string {
  const { smtp, web } = config
  const doors = `SMTP ${smtp.host}:${smtp.port}${smtp.smtpsPort === null ? '' : ` and ${smtp.smtpsPort} (TLS)`}, web ${web.host}:${web.port}`
  return `${doors}, intake domain ${config.intakeDomain}, site ${config.publicUrl ?? 'at the web door'}, data in ${config.mailboxes}, messages up to ${config.maxMessageBytes} bytes, packages kept ${config.packageDays} days`
}

const keys: Check = async (config, store) => {
  const isInside = liesIn(await realpath(config.mailboxes), await realpath(config.keyFile))
  if (isInside) return bad(`${config.keyFile} lies with the data: a copy of that folder opens everything. Move it and set HEPOEX_KEY_FILE`)
  return ok(`${config.keyFile}, fingerprint ${store.keyring.fingerprint}`)
}

function liesIn(folder: string, file: string): boolean {
  return file.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

const database: Check = async (_config, store) => {
  const [row] = (await store.database.read.raw('PRAGMA quick_check(1)')) as Array<Record<string, unknown>>
  const isSound = row !== undefined && Object.values(row)[0] === 'ok'
  if (isSound) await probeRow(store)
  return isSound ? ok('sound, and can be written') : bad('is damaged: stop the service and restore a backup')
}

const blobs: Check = async (config, store) => {
  const written = Buffer.from('hepoex doctor')
  const { key } = await store.blobs.put(
    (async function* () {
      yield written
    })(),
  )
  const blob = await store.blobs.open(key)
  const read = await blob.read(0, written.length).finally(() => blob.close())
  await store.blobs.delete(key)
  const free = await store.blobs.freeBytes()
  if (!read.equals(written)) return bad('what was written could not be read back')
  if (free < 4 * config.maxMessageBytes) return bad(`only ${Math.round(free / 1e6)} MB free: messages will be refused soon`)
  return ok(`writable, ${Math.round(free / 1e6)} MB free`)
}

const relay: Check = async (config) => {
  if (config.relayUrl === null) return ok('none: trying out, mail stays in a local folder. Set HEPOEX_RELAY_URL before real use')
  const courier = makeCourier(config)
  try {
    const { host } = new URL(config.relayUrl)
    const offersDsn = await courier.offersDsn()
    if (offersDsn === null) return bad(`${host} does not answer, or refuses us: check HEPOEX_RELAY_URL`)
    return ok(`${host} answers${offersDsn ? '' : ', but does not offer DSN (RFC 3461): its bounces may quote a notice, code included'}`)
  } finally {
    await courier.close()
  }
}

const tls: Check = async (config) => {
  const pairs: Array<[string, TlsPair]> = [[config.mailTls ? 'certificate' : 'own self-signed certificate', await mailTls(config)]]
  if (config.webTls) pairs.push(['certificate of the web door', await readTlsPair(config.webTls, Date.now())])
  const left = pairs.map(([name, { cert }]) => {
    const days = Math.floor((Date.parse(new X509Certificate(cert).validTo) - Date.now()) / DAY)
    return { name, days }
  })
  const ending = left.find(({ days }) => days < RENEW_DAYS)
  if (ending) return bad(`${ending.name} ends in ${ending.days} days: renew it. A running service takes new files up within a minute`)
  return ok(left.map(({ name, days }) => `${name}, ${days} days left`).join('; '))
}

const dns: Check = async (config) => {
  if (isLoopbackHost(config.intakeDomain))
    return ok(`${config.intakeDomain} is for trying out only. Set HEPOEX_INTAKE_DOMAIN before real use`)
  const resolver = new Resolver({ timeout: 5_000, tries: 2 })
  if (config.dnsServers) resolver.setServers(config.dnsServers)
  try {
    const exchanges = (await resolver.resolveMx(config.intakeDomain)).map(({ exchange }) => exchange).filter(Boolean)
    if (exchanges.length > 0)
      return ok(`${config.intakeDomain} is served by ${exchanges.join(', ')}, which bounces of notices must reach us through`)
    return bad(`${config.intakeDomain} says by its MX record that it takes no mail`)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'ENODATA' || code === 'ENOTFOUND')
      return bad(`${config.intakeDomain} has no MX record: give it one, so that mail servers find it, and bounces of notices come back`)
    return bad(`the MX record of ${config.intakeDomain} could not be looked up (${code}): does the DNS server answer?`)
  }
}

/** A clock that jumped back would keep packages past their time and leases for ever: the newest row must not lie ahead of it. */
const clock: Check = async (config, store) => {
  const [newest] = await store.read.intakes.page({ limit: 1 })
  const data = await stat(config.mailboxes)
  const ahead = Math.max(newest?.at ?? 0, data.mtimeMs) - Date.now()
  if (ahead > 60_000) return bad(`is ${Math.round(ahead / 1000)} s behind what was written before: set it (NTP)`)
  return ok(new Date().toISOString())
}

const signIn: Check = async (config) => {
  if (config.oidc === null) return ok('by mail and passkey')
  const { issuer } = config.oidc
  return new OidcProvider(config.oidc, systemClock).probe().then(
    () => ok(`${issuer} answers as an OpenID Connect provider. It must know ${siteOf(config)}${RETURN_PATH} as a redirect URI`),
    () => bad(`${issuer} does not answer as an OpenID Connect provider: signing in works by mail and passkey. Check HEPOEX_OIDC_ISSUER`),
  )
}

/** Past its StreamMaxLength clamd refuses a message, which then never gets in: the biggest one is tried. */
const clamd: Check = async (config) => {
  if (config.clamd === null) return ok('none')
  const scanner = clamdScanner(config.clamd)
  if (!(await scanner.probe())) return bad('clamd does not answer: messages are put off until it does. Start it, or check HEPOEX_CLAMD')
  const piece = Buffer.alloc(1 << 16)
  const outcome = await scanner.scan(Array.from({ length: Math.ceil(config.maxMessageBytes / piece.length) }, () => piece))
  if (outcome.kind === 'clean') return ok(`answers, and takes messages up to ${config.maxMessageBytes} bytes`)
  const isTooBig = outcome.kind === 'failed' && (outcome.detail === 'too-big' || outcome.detail === 'cut-off')
  if (isTooBig) return bad(`clamd does not take messages as big as we do: set its StreamMaxLength to ${config.maxMessageBytes} or more`)
  return bad('clamd could not scan: look into its log')
}
