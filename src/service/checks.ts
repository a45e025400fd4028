// Whether everything is in place: what the doctor says in the terminal and the overview on its page. A check gives a word and its values;
// the sentence is in the catalogue (`overview.health`). What a check throws is the caller's to word.

import { X509Certificate } from 'node:crypto'
import { Resolver } from 'node:dns/promises'
import { stat } from 'node:fs/promises'
import { OidcProvider, RETURN_PATH } from '../accounts/oidc.js'
import { DAY, MINUTE, systemClock } from '../clock.js'
import { type Config, isLoopbackHost } from '../config.js'
import { clamdScanner } from '../documents/clamd.js'
import { DISK_FLOOR } from '../intake/admission.js'
import type { Courier } from '../mail/courier.js'
import type { CheckResult } from '../overview/health.js'
import type { Store } from '../store/store.js'
import { probeRow } from '../store/watch.js'
import { readTlsPair, type TlsPair } from '../tls-pair.js'
import { mailTls, siteOf } from './parts.js'

export interface CheckTools {
  readonly config: Config
  readonly store: Store
  readonly courier: Courier
}

export type CheckOf = (tools: CheckTools) => Promise<CheckResult>

const RENEW_DAYS = 14
/** Messages of the biggest size that must still fit: what is admitted takes twice its size. */
const ROOM_MESSAGES = 4
const MEGABYTE = 1e6

type Values = Readonly<Record<string, string | number>>

const ok = (says: string, values: Values = {}): CheckResult => ({ ok: true, says, values })
const bad = (says: string, values: Values = {}): CheckResult => ({ ok: false, says, values })

/** Reads all of the database: seconds, when it is big. */
export const checkDatabase: CheckOf = async ({ store }) => {
  const [row] = (await store.database.read.raw('PRAGMA quick_check(1)')) as Array<Record<string, unknown>>
  const isSound = row !== undefined && Object.values(row)[0] === 'ok'
  if (isSound) await probeRow(store)
  return isSound ? ok('sound') : bad('damaged')
}

/** Writes a small blob, reads it and removes it. */
export const checkPackages: CheckOf = async ({ config, store }) => {
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
  const megabytes = Math.round(free / MEGABYTE)
  if (!read.equals(written)) return bad('unreadable')
  return free < DISK_FLOOR + ROOM_MESSAGES * config.maxMessageBytes ? bad('short', { megabytes }) : ok('writable', { megabytes })
}

export const checkRelay: CheckOf = async ({ config, courier }) => {
  if (config.relayUrl === null) return ok('none')
  const { host } = new URL(config.relayUrl)
  const offersDsn = await courier.offersDsn()
  if (offersDsn === null) return bad('down', { host })
  return ok(offersDsn ? 'answers' : 'no-dsn', { host })
}

export const checkTls: CheckOf = async ({ config }) => {
  const mail = daysLeft(await mailTls(config))
  const web = config.webTls && daysLeft(await readTlsPair(config.webTls, Date.now()))
  const own = config.mailTls ? 'mail' : 'own'
  if (mail < RENEW_DAYS) return bad(`${own}-ending`, { count: mail })
  if (web !== null && web < RENEW_DAYS) return bad('web-ending', { count: web })
  return web === null ? ok(own, { count: mail }) : ok(`${own}-and-web`, { count: mail, web })
}

function daysLeft({ cert }: TlsPair): number {
  return Math.floor((Date.parse(new X509Certificate(cert).validTo) - Date.now()) / DAY)
}

export const checkDns: CheckOf = async ({ config }) => {
  const { intakeDomain: domain } = config
  if (isLoopbackHost(domain)) return ok('trying-out', { domain })
  const resolver = new Resolver({ timeout: 5_000, tries: 2 })
  if (config.dnsServers) resolver.setServers(config.dnsServers)
  try {
    const exchanges = (await resolver.resolveMx(domain)).map(({ exchange }) => exchange).filter(Boolean)
    return exchanges.length > 0 ? ok('served', { domain, exchanges: exchanges.join(', ') }) : bad('takes-none', { domain })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    return code === 'ENODATA' || code === 'ENOTFOUND' ? bad('no-mx', { domain }) : bad('unanswered', { domain, code })
  }
}

/** A clock that jumped back would keep packages past their time and leases for ever: the newest row must not lie ahead of it. */
export const checkClock: CheckOf = async ({ config, store }) => {
  const [newest] = await store.read.intakes.page({ limit: 1 })
  const data = await stat(config.mailboxes)
  const ahead = Math.max(newest?.at ?? 0, data.mtimeMs) - Date.now()
  return ahead > MINUTE ? bad('behind', { seconds: Math.round(ahead / 1000) }) : ok('right', { time: new Date().toISOString() })
}

export const checkSignIn: CheckOf = async ({ config }) => {
  if (config.oidc === null) return ok('by-mail')
  const { issuer } = config.oidc
  return new OidcProvider(config.oidc, systemClock).probe().then(
    () => ok('answers', { issuer, redirect: `${siteOf(config)}${RETURN_PATH}` }),
    () => bad('down', { issuer }),
  )
}

export const checkClamd: CheckOf = async ({ config }) => {
  if (config.clamd === null) return ok('none')
  return (await clamdScanner(config.clamd).probe()) ? ok('answers') : bad('down')
}

/** Past its StreamMaxLength clamd refuses a message, which then never gets in: the biggest one is tried. */
export const checkClamdSize: CheckOf = async (tools) => {
  const { clamd, maxMessageBytes: bytes } = tools.config
  const found = await checkClamd(tools)
  if (clamd === null || !found.ok) return found
  const piece = Buffer.alloc(1 << 16)
  const outcome = await clamdScanner(clamd).scan(Array.from({ length: Math.ceil(bytes / piece.length) }, () => piece))
  if (outcome.kind === 'clean') return ok('takes', { bytes })
  const isTooBig = outcome.kind === 'failed' && (outcome.detail === 'too-big' || outcome.detail === 'cut-off')
  return isTooBig ? bad('too-small', { bytes }) : bad('broken')
}
