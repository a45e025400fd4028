// Inviting and removing admins. Only an invited address can sign in as one, and a removed one is out at once.

import { randomUUID } from 'node:crypto'
import { type Clock, HOUR } from '../clock.js'
import { canonicalAddress } from '../mail/address.js'
import type { Admin } from '../store/admins.js'
import type { Store } from '../store/store.js'
import { accountLinks } from './desk.js'
import { addSignIn } from './sign-in.js'
import { drawToken } from './tokens.js'
import { type QueueMail, recordEvent } from './tools.js'

const INVITATION_HOURS = 24

export interface AdminRegistry {
  /**
   * Lets the address in and mails a link that signs in once, within 24 hours; the same again for one invited before.
   * Throws when it is not an address: the caller looked.
   */
  invite(address: string, language?: string): Promise<{ readonly address: string; readonly link: string }>
  /** By address. */
  list(): Promise<Admin[]>
  /** Ends sessions and mailed links too. False: there is no such admin. */
  remove(address: string): Promise<boolean>
}

export interface AdminOptions {
  readonly store: Store
  readonly clock: Clock
  readonly queueMail: QueueMail
  /** Origin of the site, without a trailing slash. */
  readonly publicUrl: () => string
  /** Who does it, for the record: `operator` or an admin's id. */
  readonly actor?: string
}

export function adminRegistry(options: AdminOptions): AdminRegistry {
  return {
    invite: (address, language = 'en') => invite(options, address, language),
    list: () => options.store.read.admins.list(),
    remove: (address) => remove(options, address),
  }
}

async function invite(options: AdminOptions, given: string, language: string): Promise<{ address: string; link: string }> {
  const address = canonicalAddress(given)
  if (address === null) throw new Error('inviting admin: not an address')
  const { store, clock, queueMail, actor = 'operator' } = options
  const tools = { store, clock, queueMail, links: accountLinks(options.publicUrl) }
  const at = clock.now()
  const link = await store.write(async (tables) => {
    const admin = await tables.admins.invite({ id: randomUUID(), address, language, invitedAt: at, firstSignInAt: null })
    await recordEvent(tables, { at, kind: 'admin-invited', actor, details: { adminId: admin.id } })
    const about = {
      address,
      language,
      role: 'admin',
      mailed: true,
      validMs: INVITATION_HOURS * HOUR,
      template: 'admin-invitation',
    } as const
    // Nobody's browser asked for it, so no typed code goes with it.
    return addSignIn(tools, tables, { ...about, browser: drawToken() })
  })
  return { address, link }
}

function remove({ store, clock, actor = 'operator' }: AdminOptions, given: string): Promise<boolean> {
  return store.write(async (tables) => {
    const admin = await tables.admins.byAddress(canonicalAddress(given) ?? '')
    if (!admin || !(await tables.admins.remove(admin.id))) return false
    await tables.sessions.removeOf(admin.id)
    await tables.signIns.endAll(admin.address, 'admin')
    await recordEvent(tables, { at: clock.now(), kind: 'admin-removed', actor, details: { adminId: admin.id } })
    return true
  })
}
