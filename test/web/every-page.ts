// Every page that a GET or an empty form leads to, for each kind of visitor: found in the table of routes, so that none is forgotten.

import { copiesWorld } from './copies-world.js'
import { NUMBER, newWorld, opened, signedIn, Visitor, type WebServer, type World } from './fakes.js'
import { INTAKE } from './log-fakes.js'
import { REQUEST } from './requests-fakes.js'

export type Kind = 'stranger' | 'reader' | 'consumer' | 'admin'

export interface Place {
  readonly method: string
  readonly path: string
}

const VALUES: Readonly<Record<string, string>> = { token: 'token-1', index: '0', file: 'hepoex.css', path: 'nothing/here', step: 'records' }

/** Of a package; of a request; of a message. */
const numberOf = (pattern: string) => (pattern.startsWith('/forms') ? REQUEST : pattern.startsWith('/admin/log') ? INTAKE : NUMBER)

/** A passkey of hers; mail that is held. */
const idOf = (pattern: string) => (pattern.startsWith('/profile') ? 'm1' : 'held-1')

/** How each becomes who she is, and where she sees what a stranger doesn't. */
const visitors: Readonly<Record<Kind, readonly [enter: (server: WebServer) => Promise<Visitor>, where: RegExp]>> = {
  stranger: [passing, /^\//],
  reader: [opened, /^\/(records|open)/],
  consumer: [signedIn, /^\/(profile|packages|forms)/],
  admin: [signedIn, /^\/admin/],
}

export const KINDS = Object.keys(visitors) as readonly Kind[]

/** Has seen one page, and so has the hidden value that each form wants back. */
async function passing(server: WebServer): Promise<Visitor> {
  const visitor = new Visitor(server)
  await visitor.get('/sign-in')
  return visitor
}

/** Paper desks as that visitor needs them. */
export function worldOf(kind: Kind): World {
  if (kind === 'reader') return copiesWorld()
  const world = newWorld()
  if (kind === 'admin' && world.account) world.account = { ...world.account, role: 'admin', postboxNumber: null }
  return world
}

/** Signed in, or before her records; with the cookies of that. */
export const enter = (kind: Kind, server: WebServer): Promise<Visitor> => visitors[kind][0](server)

/** All that visitor is to be shown. What a clinic sent is not ours, and is left out. */
export function placesOf(kind: Kind, server: WebServer): Place[] {
  return server
    .table()
    .map(({ method, path }) => ({
      method: String(method),
      path: path.replace(/\{(\w+)\*?\}/g, (_all, name) => (name === 'number' ? numberOf(path) : (VALUES[name] ?? idOf(path)))),
    }))
    .filter(({ path }) => visitors[kind][1].test(path) && !/^\/records\/documents\//.test(path))
}

/** What she gets there at last, with her cookies anew: some forms end a session. */
export async function drawn(server: WebServer, guest: Visitor, { method, path }: Place, headers: Record<string, string> = {}) {
  const visitor = new Visitor(server)
  for (const [name, value] of guest.cookies) visitor.cookies.set(name, value)
  const answer = method === 'get' ? await visitor.get(path, headers) : await visitor.post(path, {}, headers)
  const leads = answer.statusCode >= 300 && answer.statusCode < 400
  return leads ? visitor.get(String(answer.headers.location), headers) : answer
}

export const isPage = (headers: Readonly<Record<string, unknown>>): boolean => /^text\/html/.test(String(headers['content-type']))
