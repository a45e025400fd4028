// DNS for tests: a zone written down, or a server that is not there. Nothing goes to the network.

import type { Resolver } from '../../src/mail/authenticate.js'

/** Answers from a table with keys like `TXT example.org`; what is not in it does not exist. A string value is the error code of that question. */
export function zoneResolver(zone: Readonly<Record<string, readonly unknown[] | string>>): Resolver & { readonly asked: string[] } {
  const asked: string[] = []
  const resolver = async (name: string, type: string) => {
    const key = `${type} ${name.toLowerCase()}`
    asked.push(key)
    const answer = zone[key]
    if (answer === undefined) throw dnsError('ENOTFOUND')
    if (typeof answer === 'string') throw dnsError(answer)
    return [...answer]
  }
  return Object.assign(resolver, { asked })
}

/** Every question fails in the same way: `ETIMEOUT`, `ESERVFAIL`, `ECONNREFUSED`. */
export function refusingResolver(code = 'ETIMEOUT'): Resolver {
  return async () => {
    throw dnsError(code)
  }
}

function dnsError(code: string): Error {
  return Object.assign(new Error(`dns: ${code}`), { code })
}
