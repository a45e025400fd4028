// Every form is counted by the address it comes from, before its page hears of it, and after the check against forged ones: those cost
// the database nothing.

import { tooManyRequests } from '@hapi/boom'
import type { Server } from '@hapi/hapi'
import type { App } from './app.js'

export function registerPosts(server: Server, app: App): void {
  server.ext('onPreHandler', async (request, h) => {
    if (request.method !== 'post') return h.continue
    // The page for it says to try again in a moment: the wait is a second at most.
    if ((await app.deps.accounts.takePost(app.peer(request))) !== null) throw tooManyRequests()
    return h.continue
  })
}
