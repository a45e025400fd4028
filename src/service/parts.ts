// Parts of the service that the command line builds too, each from the configuration alone.

import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Clock, systemClock } from '../clock.js'
import type { Config } from '../config.js'
import { papersFrom, papersHere } from '../documents/workshop/papers.js'
import { ProcessWorkshop, type Workshop } from '../documents/workshop/workshop.js'
import { DESIGN_SYSTEM, TEMPLATES, TEXTS } from '../folders.js'
import type { PostOptions } from '../intake/post.js'
import type { Log } from '../log.js'
import { type Courier, maildirCourier, relayCourier } from '../mail/courier.js'
import { ensureMailTls } from '../smtp/tls.js'
import type { Store } from '../store/store.js'
import { createTemplates } from '../templates.js'
import { loadTexts } from '../texts.js'
import type { TlsPair } from '../tls-pair.js'

/** Something configured shows to be unusable once it is tried; `message` is one line for the operator. */
export class StartError extends Error {
  override name = 'StartError'
}

/** A port that is taken is the commonest of all reasons not to start; it deserves words. */
export function explainStart(error: unknown, { smtp, web }: Config): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND'].includes(code)) return error
  const doors = `${smtp.host}:${smtp.port}${smtp.smtpsPort === null ? '' : `, ${smtp.smtpsPort}`} or ${web.host}:${web.port}`
  return new StartError(`cannot listen on ${doors} (${code}): is another copy running? See HEPOEX_SMTP_PORT and HEPOEX_WEB_PORT`)
}

/** Certificate and key of the mail door: the operator's, or our own pair beside the key file. */
export function mailTls(config: Config): Promise<TlsPair> {
  return ensureMailTls({ configured: config.mailTls, file: join(dirname(config.keyFile), 'smtp-tls.pem'), hostname: config.intakeDomain })
}

/** Where mail goes while no relay is set. */
export function outgoingFolder(config: Config): string {
  return join(config.mailboxes, 'outgoing')
}

/** The relay, or the trying-out folder. */
export function makeCourier(config: Config): Courier {
  if (config.relayUrl === null) return maildirCourier(outgoingFolder(config))
  return relayCourier(config.relayUrl, { timeoutsMs: { beforeDot: 20_000, afterDot: 180_000 }, ehlo: config.intakeDomain })
}

/** The workshop of converters; close it when the last message is done. */
export function makeWorkshop(): Workshop {
  // From a checkout that isn't built the worker is the source, too.
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return new ProcessWorkshop({ main: new URL(`../documents/workshop/main.${ending}`, import.meta.url) })
}

/** Where the site is; until its door is open, as far as the configuration tells. */
export function siteOf(config: Config, port = config.web.port): string {
  if (config.publicUrl) return config.publicUrl
  const { host } = config.web
  const name = host === '::' || host === '0.0.0.0' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `${config.webTls ? 'https' : 'http'}://${name}:${port}`
}

/** What the outbox needs; the command line queues mail too, and has no workshop. Throws StartError when the DKIM key cannot be read. */
export async function postOptions(
  config: Config,
  store: Store,
  log: Log,
  publicUrl: () => string,
  { clock = systemClock, courier = makeCourier(config), workshop }: { clock?: Clock; courier?: Courier; workshop?: Workshop } = {},
): Promise<PostOptions> {
  const texts = loadTexts(TEXTS)
  const { operator, dkim } = config
  const key = dkim ? await readSetting('HEPOEX_DKIM_KEY', dkim.keyFile) : ''
  const sender = {
    mailFrom: config.mailFrom,
    operatorName: operator.name,
    operatorContact: [operator.email, operator.phone].filter(Boolean).join(', ') || config.mailFrom,
    publicUrl,
    dkim: dkim && { domain: dkim.domain, selector: dkim.selector, key },
  }
  const templates = createTemplates([TEMPLATES, DESIGN_SYSTEM], texts)
  const papers = workshop ? papersFrom(workshop, texts) : papersHere(texts)
  return { store, courier, templates, texts, papers, sender, clock, log }
}

/** The text of a file that a setting names. Throws StartError when it cannot be read. */
export async function readSetting(name: string, file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => {
    throw new StartError(`${name}: ${file} cannot be read`)
  })
}
