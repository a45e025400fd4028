// The overview of the running service: the shared checks, and what only a running service knows of its doors, its disk and its relay.

import type { Config } from '../config.js'
import type { Log } from '../log.js'
import type { Courier } from '../mail/courier.js'
import type { OverviewDesk } from '../overview/desk.js'
import type { Check, CheckResult } from '../overview/health.js'
import { createOverview } from '../overview/overview.js'
import type { Store } from '../store/store.js'
import { probeRow } from '../store/watch.js'
import { TlsConfigError } from '../tls-pair.js'
import type { World } from '../world.js'
import { type CheckOf, checkClamd, checkClock, checkDns, checkPackages, checkRelay, checkSignIn, checkTls } from './checks.js'
import type { OpenMailDoor } from './mail-door.js'

export interface OverviewParts {
  readonly config: Config
  readonly store: Store
  readonly courier: Courier
  readonly world: Pick<World, 'clock'>
  readonly log: Log
  readonly mail: Pick<OpenMailDoor, 'smtpPort' | 'smtpsPort' | 'signs'>
  /** Whether what is written can be relied on. */
  readonly storage: { readonly isSound: boolean }
  readonly isStopping: () => boolean
  /** Where people find the site. */
  readonly site: () => string
}

export function makeOverview(parts: OverviewParts): OverviewDesk {
  const { store, world, log } = parts
  return createOverview({ store, log, clock: world.clock, checks: checksOf(parts) })
}

function checksOf(parts: OverviewParts): Check[] {
  const { config } = parts
  const shared = (about: string, check: CheckOf, broken?: (error: unknown) => boolean): Check => ({
    about,
    run: () => (broken ? orFailing(check(parts), broken) : check(parts)),
  })
  return [
    { about: 'doors', run: async () => doors(parts) },
    { about: 'database', run: () => orFailing(database(parts), () => true) },
    shared('packages', checkPackages, () => true),
    { about: 'relay', run: () => relay(parts) },
    shared('tls', checkTls, (error) => error instanceof TlsConfigError),
    shared('dns', checkDns),
    shared('clock', checkClock),
    ...(config.oidc ? [shared('sign-in', checkSignIn)] : []),
    ...(config.clamd ? [shared('clamd', checkClamd)] : []),
  ]
}

/** A page that is shown has come through the web door; the mail door closes first. */
function doors({ config, mail, isStopping, site }: OverviewParts): CheckResult {
  const { smtpPort, smtpsPort } = mail
  const ports = smtpsPort === null ? `${smtpPort}` : `${smtpPort}, ${smtpsPort}`
  return isStopping()
    ? { ok: false, says: 'closing' }
    : { ok: true, says: 'open', values: { mail: `${config.smtp.host}:${ports}`, site: site() } }
}

/** Not all of it is read, as the doctor does: that takes too long for a page. */
async function database({ store, storage }: OverviewParts): Promise<CheckResult> {
  if (!storage.isSound) return { ok: false, says: 'failing' }
  await probeRow(store)
  return { ok: true, says: 'sound' }
}

async function relay(parts: OverviewParts): Promise<CheckResult> {
  const found = await checkRelay(parts)
  const { relayUrl } = parts.config
  if (!found.ok || relayUrl === null || !parts.mail.signs.relayFails()) return found
  return { ok: false, says: 'failing', values: { host: new URL(relayUrl).host } }
}

/** What a page can say of an error: nothing but that it is one of those. */
async function orFailing(found: Promise<CheckResult>, isExpected: (error: unknown) => boolean): Promise<CheckResult> {
  return found.catch((error) => {
    if (isExpected(error)) return { ok: false, says: 'failing' }
    throw error
  })
}
