// The environment, read once into a frozen Config. Every variable is optional; a bad value stops the start with one clear line.

import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { isNetwork } from './networks.js'

export interface Config {
  /** Folder of the embedded store. */
  readonly mailboxes: string
  readonly keyFile: string
  /** `smtp(s)://user:pass@host:port`; null while trying out (mail goes into a Maildir). */
  readonly relayUrl: string | null
  readonly smtp: { readonly host: string; readonly port: number; readonly smtpsPort: number | null }
  readonly web: { readonly host: string; readonly port: number }
  /** Origin of the site, without a trailing slash; null: made from the web door's own address once its port is known. */
  readonly publicUrl: string | null
  /** Domain of the providers' intake addresses, ASCII. */
  readonly intakeDomain: string
  /** Address that notices and receipts come from. */
  readonly mailFrom: string
  readonly operator: { readonly name: string; readonly email: string; readonly phone: string; readonly fax: string }
  /** PEM files of the mail door; null: our own self-signed pair. */
  readonly mailTls: { readonly cert: string; readonly key: string } | null
  /** PEM files of the web door; null: plain HTTP, for behind a proxy. */
  readonly webTls: { readonly cert: string; readonly key: string } | null
  /** Addresses or networks whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[]
  /** Addresses or networks of proxies before the mail door, which must begin each connection with a PROXY header. */
  readonly smtpProxies: readonly string[]
  readonly dkim: { readonly domain: string; readonly selector: string; readonly keyFile: string } | null
  readonly maxMessageBytes: number
  readonly packageDays: number
  /** How long events outlive packages. */
  readonly eventYears: number
  /** The OpenID Connect provider people may sign in with; null: none. `issuer` is a URL, plain http on this machine only. */
  readonly oidc: { readonly issuer: string; readonly clientId: string; readonly clientSecret: string; readonly name: string } | null
  /** Where clamd listens; null: messages are not scanned for viruses. */
  readonly clamd: { readonly host: string; readonly port: number } | { readonly path: string } | null
  /** DNS servers asked for SPF, DKIM and DMARC; null: the system's. */
  readonly dnsServers: readonly string[] | null
  /** What a monitoring system of another machine shows at `/metrics`; null: that is for this machine only. */
  readonly metricsToken: string | null
}

/** A value of the environment that cannot be used. `message` is one line for the operator and never holds the value of a secret. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

type Environment = Readonly<Record<string, string | undefined>>

/** Variables that a later version will read: set today, they would silently do nothing, so they are refused. */
const NOT_YET = ['HEPOEX_DATABASE_URL', 'HEPOEX_PACKAGE_STORE', 'HEPOEX_S3_ENDPOINT']

const KNOWN = new Set([
  ...['MAILBOXES', 'KEY_FILE', 'RELAY_URL', 'SMTP_HOST', 'SMTP_PORT', 'SMTPS_PORT', 'WEB_HOST', 'WEB_PORT', 'PUBLIC_URL'],
  ...['INTAKE_DOMAIN', 'MAIL_FROM', 'OPERATOR_NAME', 'OPERATOR_EMAIL', 'OPERATOR_PHONE', 'OPERATOR_FAX', 'TLS_CERT', 'TLS_KEY'],
  ...['WEB_TLS_CERT', 'WEB_TLS_KEY', 'TRUSTED_PROXIES', 'SMTP_PROXIES', 'DKIM_DOMAIN', 'DKIM_SELECTOR', 'DKIM_KEY', 'MAX_MESSAGE_BYTES'],
  ...['PACKAGE_DAYS', 'EVENT_YEARS', 'CLAMD', 'DNS_SERVERS', 'OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET', 'OIDC_NAME'],
  ...['METRICS_TOKEN'],
])

/** Reads the environment. Throws ConfigError at the first value that cannot be used. */
export function loadConfig(environment: Environment): Config {
  refuseUnknown(environment)
  const value = (name: string) => environment[`HEPOEX_${name}`]?.trim() || null
  const intakeDomain = domain(value, 'INTAKE_DOMAIN', 'intake.localhost')
  const config: Config = {
    mailboxes: resolve(value('MAILBOXES') ?? 'mailboxes'),
    keyFile: resolve(value('KEY_FILE') ?? join(environment.XDG_CONFIG_HOME || join(homedir(), '.config'), 'hepoex', 'service.key')),
    relayUrl: relayUrl(value),
    smtp: {
      host: host(value, 'SMTP_HOST'),
      port: port(value, 'SMTP_PORT', 2525),
      smtpsPort: value('SMTPS_PORT') ? port(value, 'SMTPS_PORT', 0) : null,
    },
    web: { host: host(value, 'WEB_HOST'), port: port(value, 'WEB_PORT', 8080) },
    publicUrl: publicUrl(value),
    intakeDomain,
    mailFrom: address(value, 'MAIL_FROM', `postbox@${intakeDomain}`),
    operator: {
      name: oneLine(value, 'OPERATOR_NAME', 'Health Postbox Express'),
      email: value('OPERATOR_EMAIL') ? address(value, 'OPERATOR_EMAIL', '') : '',
      phone: oneLine(value, 'OPERATOR_PHONE', ''),
      fax: oneLine(value, 'OPERATOR_FAX', ''),
    },
    mailTls: pair(value, 'TLS_CERT', 'TLS_KEY'),
    webTls: pair(value, 'WEB_TLS_CERT', 'WEB_TLS_KEY'),
    trustedProxies: list(value, 'TRUSTED_PROXIES', isNetwork, 'an address or network such as 10.0.0.0/8'),
    smtpProxies: list(value, 'SMTP_PROXIES', isNetwork, 'an address or network such as 10.0.0.0/8'),
    dkim: dkim(value),
    maxMessageBytes: whole(value, 'MAX_MESSAGE_BYTES', 52_428_800, 65_536, 268_435_456),
    packageDays: whole(value, 'PACKAGE_DAYS', 30, 1, 3650),
    eventYears: whole(value, 'EVENT_YEARS', 6, 1, 100),
    oidc: oidc(value),
    clamd: clamd(value),
    dnsServers: value('DNS_SERVERS') ? list(value, 'DNS_SERVERS', isServer, 'an address, or address:port') : null,
    metricsToken: token(value, 'METRICS_TOKEN'),
  }
  refuseTryingOutInPublic(config)
  return Object.freeze(config)
}

type Value = (name: string) => string | null

function refuse(name: string, problem: string): never {
  throw new ConfigError(`HEPOEX_${name} ${problem}`)
}

function refuseUnknown(environment: Environment): void {
  for (const name of Object.keys(environment).filter((each) => each.startsWith('HEPOEX_') && environment[each]?.trim())) {
    if (NOT_YET.includes(name)) throw new ConfigError(`${name} is not supported by this version: unset it`)
    if (!KNOWN.has(name.slice(7))) throw new ConfigError(`${name} is not a setting of this service: unset it, or check its spelling`)
  }
}

function whole(value: Value, name: string, otherwise: number, least: number, most: number): number {
  const text = value(name)
  if (text === null) return otherwise
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (!(number >= least && number <= most)) refuse(name, `must be a whole number from ${least} to ${most}`)
  return number
}

/** 0 lets the system choose a free port. */
function port(value: Value, name: string, otherwise: number): number {
  return whole(value, name, otherwise, 0, 65_535)
}

function host(value: Value, name: string): string {
  const text = value(name) ?? '127.0.0.1'
  if (!/^[A-Za-z0-9.:_-]{1,253}$/.test(text)) refuse(name, 'must be an address or host name to listen on, such as 127.0.0.1 or ::')
  return text
}

function domain(value: Value, name: string, otherwise: string): string {
  const text = (value(name) ?? otherwise).toLowerCase()
  if (!DOMAIN.test(text)) refuse(name, 'must be a domain name in ASCII, such as intake.example.org')
  return text
}

const DOMAIN = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i

function address(value: Value, name: string, otherwise: string): string {
  const text = value(name) ?? otherwise
  const [local = '', host = '', ...more] = text.split('@')
  // RFC 5322 3.2.3: a dot-atom; quoted local parts are for mail that comes in.
  const isLocal = /^(?=.{1,64}$)[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*$/.test(local)
  if (!isLocal || !DOMAIN.test(host) || more.length > 0) refuse(name, 'must be an e-mail address such as postbox@example.org')
  return text
}

function oneLine(value: Value, name: string, otherwise: string): string {
  const text = value(name) ?? otherwise
  if (/\p{Cc}/u.test(text) || text.length > 200) refuse(name, 'must be one line of at most 200 characters')
  return text
}

/** As it stands in a header (RFC 6750 2.1), and too long to be guessed. */
function token(value: Value, name: string): string | null {
  const text = value(name)
  if (text !== null && !/^[\w.~+/-]{20,200}=*$/.test(text))
    refuse(name, 'must be 20 to 200 letters, digits and -._~+/ such as openssl rand -hex 20 gives')
  return text
}

function list(value: Value, name: string, isGood: (item: string) => boolean, shape: string): string[] {
  const items = (value(name) ?? '').split(/[\s,]+/).filter(Boolean)
  if (!items.every(isGood) || (value(name) !== null && items.length === 0)) refuse(name, `must be a list, parted by commas, each ${shape}`)
  return items
}

/** `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1` or `[2001:db8::1]:53`. Node ends the process over a port 0 here, so it is looked at. */
function isServer(item: string): boolean {
  const [, address = item, port] = /^\[([^\]]*:[^\]]*)\](?::(\d{1,5}))?$/.exec(item) ?? /^([\d.]+):(\d{1,5})$/.exec(item) ?? []
  const isPort = port === undefined || (Number(port) >= 1 && Number(port) <= 65_535)
  return isPort && !address.includes('/') && isNetwork(address)
}

function url(value: Value, name: string, protocols: readonly string[], shape: string): URL | null {
  const text = value(name)
  if (text === null) return null
  const parsed = URL.canParse(text) ? new URL(text) : null
  if (!parsed || !protocols.includes(parsed.protocol) || !parsed.hostname) refuse(name, `must look like ${shape}`)
  return parsed
}

function relayUrl(value: Value): string | null {
  const shape = 'smtp://user:password@host:port or smtps://…, signs in user and password percent-encoded'
  const parsed = url(value, 'RELAY_URL', ['smtp:', 'smtps:'], shape)
  const isMore = parsed && ((parsed.pathname !== '' && parsed.pathname !== '/') || parsed.search || parsed.hash)
  if (isMore || !isDecodable(parsed)) refuse('RELAY_URL', `must look like ${shape}`)
  return parsed ? value('RELAY_URL') : null
}

/** A `%` of a password must be written `%25`. */
function isDecodable(parsed: URL | null): boolean {
  try {
    decodeURIComponent(`${parsed?.username}${parsed?.password}`)
    return true
  } catch {
    return false
  }
}

function publicUrl(value: Value): string | null {
  const parsed = url(value, 'PUBLIC_URL', ['http:', 'https:'], 'https://postbox.example.org')
  if (parsed && (parsed.pathname !== '/' || parsed.search || parsed.hash || parsed.username || parsed.password)) {
    refuse('PUBLIC_URL', 'must be an origin only, such as https://postbox.example.org, without a path')
  }
  return parsed?.origin ?? null
}

function clamd(value: Value): Config['clamd'] {
  const text = value('CLAMD')
  if (text === null) return null
  const path = /^unix:(\/[^\0]+)$/.exec(text)?.[1]
  if (path) return { path }
  const parsed = /^tcp:\/\/[^/?#@]+:\d+$/.test(text) && URL.canParse(text) ? new URL(text) : null
  const port = Number(parsed?.port)
  if (!parsed?.hostname || !(port > 0)) refuse('CLAMD', 'must look like tcp://127.0.0.1:3310 or unix:/run/clamav/clamd.ctl')
  return { host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'), port }
}

function pair(value: Value, certName: string, keyName: string): { cert: string; key: string } | null {
  const [cert, key] = [value(certName), value(keyName)]
  if (cert === null && key === null) return null
  if (cert === null || key === null)
    refuse(cert === null ? certName : keyName, 'is missing: certificate and key go together, both paths of PEM files')
  return { cert: resolve(cert), key: resolve(key) }
}

function dkim(value: Value): Config['dkim'] {
  const names = ['DKIM_DOMAIN', 'DKIM_SELECTOR', 'DKIM_KEY']
  const missing = names.filter((name) => value(name) === null)
  if (missing.length === names.length) return null
  if (missing[0]) refuse(missing[0], 'is missing: domain, selector and key file go together')
  return {
    domain: domain(value, 'DKIM_DOMAIN', ''),
    selector: domain(value, 'DKIM_SELECTOR', ''),
    keyFile: resolve(value('DKIM_KEY') ?? ''),
  }
}

function oidc(value: Value): Config['oidc'] {
  const names = ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET']
  const missing = names.filter((name) => value(name) === null)
  if (missing.length === names.length && value('OIDC_NAME') === null) return null
  if (missing[0]) refuse(missing[0], 'is missing: issuer, client id and client secret go together')
  const parsed = url(value, 'OIDC_ISSUER', ['https:', 'http:'], 'https://login.example.org')
  if (!parsed || parsed.search || parsed.hash || parsed.username || parsed.password)
    refuse('OIDC_ISSUER', 'must be a URL without user, query or fragment, such as https://login.example.org')
  if (parsed.protocol === 'http:' && !isLoopbackHost(parsed.hostname)) refuse('OIDC_ISSUER', 'must begin with https://')
  return {
    issuer: parsed.href,
    clientId: oneLine(value, 'OIDC_CLIENT_ID', ''),
    clientSecret: value('OIDC_CLIENT_SECRET') ?? '',
    name: oneLine(value, 'OIDC_NAME', parsed.hostname),
  }
}

/** Without a relay codes lie in a folder in the clear: fine on one's own machine, never where others can reach it. */
function refuseTryingOutInPublic(config: Config): void {
  if (config.relayUrl !== null) return
  const hosts = {
    SMTP_HOST: config.smtp.host,
    WEB_HOST: config.web.host,
    PUBLIC_URL: config.publicUrl ? new URL(config.publicUrl).hostname : 'localhost',
  }
  for (const [name, given] of Object.entries(hosts)) {
    if (!isLoopbackHost(given))
      refuse(
        name,
        'names a host others can reach, so HEPOEX_RELAY_URL must be set: without a relay, codes are kept in a local folder in the clear',
      )
  }
}

/** How many MB of files fit into a message of so many bytes: base64 makes 57 bytes 78 (RFC 2045 6.8), and text and headers take some. */
export function megabytesOfFiles(maxMessageBytes: number): number {
  return Math.max(1, Math.floor((maxMessageBytes * 0.73 * 0.97) / 1_000_000))
}

/** Whether a host name or address means this machine only. */
export function isLoopbackHost(name: string): boolean {
  const bare = name.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  return bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1' || /^127(\.\d{1,3}){3}$/.test(bare)
}
