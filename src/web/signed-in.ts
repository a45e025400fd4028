// Who is signed in to her postbox in this browser: for pages that show more to her, and something to everybody.

import type { Request } from '@hapi/hapi'
import type { Account } from '../accounts/desk.js'
import type { App } from './app.js'

/** Null: nobody, or an admin. */
export async function signedInConsumer(app: App, request: Request): Promise<Account | null> {
  const session = app.cookies.get(request, 'account')?.session
  const account = session === undefined ? null : await app.deps.accounts.account(session)
  return account?.role === 'consumer' ? account : null
}
