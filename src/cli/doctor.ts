// hepoex doctor: is everything in place? A line each, "ok" or what to do. What the first
// start would make it makes too (folders, database, keys); else it writes only a small test blob, which it removes.

import { realpath } from 'node:fs/promises'
import { sep } from 'node:path'
import type { Config } from '../config.js'
import { TEXTS } from '../folders.js'
import {
  type CheckOf,
  type CheckTools,
  checkClamdSize,
  checkClock,
  checkDatabase,
  checkDns,
  checkPackages,
  checkRelay,
  checkSignIn,
  checkTls,
} from '../service/checks.js'
import { makeCourier } from '../service/parts.js'
import { openStore, type Store } from '../store/store.js'
import { loadTexts } from '../texts.js'
import type { Command } from './command.js'
import { problemOf } from './problem.js'

interface Finding {
  readonly about: string
  readonly ok: boolean
  /** What is in force, or what to do. */
  readonly text: string
}

type Said = Omit<Finding, 'about'>

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
  const courier = makeCourier(config)
  try {
    findings.push({ about: 'keys', ...(await orProblem(keys(config, store))) })
    for (const [about, check] of checksFor(config))
      findings.push({ about, ...(await orProblem(inWords(about, check, { config, store, courier }))) })
    return findings
  } finally {
    await courier.close()
    await store.close()
  }
}

function checksFor(config: Config): Array<[about: string, check: CheckOf]> {
  return [
    ['database', checkDatabase],
    ['packages', checkPackages],
    ['relay', checkRelay],
    ['tls', checkTls],
    ['dns', checkDns],
    ['clock', checkClock],
    ...(config.oidc ? [['sign-in', checkSignIn] as [string, CheckOf]] : []),
    ...(config.clamd ? [['clamd', checkClamdSize] as [string, CheckOf]] : []),
  ]
}

async function inWords(about: string, check: CheckOf, tools: CheckTools): Promise<Said> {
  const { ok, says, values } = await check(tools)
  return { ok, text: loadTexts(TEXTS).in('en')(`overview.health.${about}.${says}`, values) }
}

async function orProblem(said: Promise<Said>): Promise<Said> {
  return said.catch((error) => bad(problemOf(error) ?? 'could not be checked'))
}

function inForce(config: Config): string {
  const { smtp, web } = config
  const doors = `SMTP ${smtp.host}:${smtp.port}${smtp.smtpsPort === null ? '' : ` and ${smtp.smtpsPort} (TLS)`}, web ${web.host}:${web.port}`
  return `${doors}, intake domain ${config.intakeDomain}, site ${config.publicUrl ?? 'at the web door'}, data in ${config.mailboxes}, messages up to ${config.maxMessageBytes} bytes, packages kept ${config.packageDays} days`
}

async function keys(config: Config, store: Store): Promise<Said> {
  const isInside = liesIn(await realpath(config.mailboxes), await realpath(config.keyFile))
  if (isInside) return bad(`${config.keyFile} lies with the data: a copy of that folder opens everything. Move it and set HEPOEX_KEY_FILE`)
  return ok(`${config.keyFile}, fingerprint ${store.keyring.fingerprint}`)
}

function liesIn(folder: string, file: string): boolean {
  return file.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}
