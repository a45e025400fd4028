// The web door: hapi with its plug-ins, limits and routes. Started and stopped by the service, handed everything it needs.

import { relative } from 'node:path'
import { Server as TlsServer } from 'node:tls'
import Crumb from '@hapi/crumb'
import Hapi from '@hapi/hapi'
import Inert from '@hapi/inert'
import Vision from '@hapi/vision'
import { MINUTE, SECOND } from '../clock.js'
import { createApp } from './app.js'
import { cookieName, registerCookies } from './cookies.js'
import type { WebDeps } from './deps.js'
import { registerErrors } from './errors.js'
import { registerHeaders } from './headers.js'
import { registerLanguage } from './language.js'
import { createListener, DEFAULT_BOUNDS, endBroken, TLS_SETTINGS } from './listener.js'
import { accountRoutes } from './pages/account.js'
import { addressRoutes } from './pages/address.js'
import { assetRoutes } from './pages/assets.js'
import { closeRoutes } from './pages/close.js'
import { detailsRoutes } from './pages/details.js'
import { fileRoutes } from './pages/files.js'
import { formsRoutes } from './pages/forms.js'
import { healthRoutes } from './pages/health.js'
import { heldRoutes } from './pages/held.js'
import { logRoutes } from './pages/log.js'
import { logExportRoutes } from './pages/log-export.js'
import { logLiveRoutes } from './pages/log-live.js'
import { openRoutes } from './pages/open.js'
import { outgoingRoutes } from './pages/outgoing.js'
import { overviewRoutes } from './pages/overview.js'
import { packagesRoutes } from './pages/packages.js'
import { passkeyRoutes } from './pages/passkeys.js'
import { postboxRoutes } from './pages/postbox.js'
import { practiceRoutes } from './pages/practice.js'
import { profileRoutes } from './pages/profile.js'
import { publicRoutes } from './pages/public.js'
import { recordsRoutes } from './pages/records.js'
import { requestsRoutes } from './pages/requests.js'
import { requestStepsRoutes } from './pages/requests-steps.js'
import { SECURITY_TXT, securityTxtRoutes } from './pages/security-txt.js'
import { signInWithRoutes } from './pages/sign-in-with.js'
import { signOutRoutes } from './pages/sign-out.js'
import { viewRoutes } from './pages/view.js'
import { registerPosts } from './posts.js'

/** A whole form of ours is a few hundred bytes; a question and an answer may be long, pasted text longer. */
const FORM_BYTES = 65_536

/** The site, not yet listening: `start()` it, or `inject()` requests. Throws when the public folder has not been built. */
export async function createWebServer(deps: WebDeps): Promise<Hapi.Server> {
  const { publicUrl, tls } = deps.settings
  const bounds = { ...DEFAULT_BOUNDS, ...deps.bounds }
  const secure = publicUrl === null ? tls !== null : publicUrl.startsWith('https:')
  const server = Hapi.server({
    host: deps.settings.host,
    port: deps.settings.port,
    listener: createListener({ ...deps.settings, log: deps.log, bounds }),
    tls: tls !== null,
    // Our own log says what is safe to say; hapi's would print errors with their messages.
    debug: false,
    // Pages hold secrets beside text that others can influence (BREACH), and documents must keep their length. Assets lie there
    // compressed already, and `false` would keep even those from being found.
    compression: { minBytes: Number.MAX_SAFE_INTEGER },
    // Someone else's cookie on the same host must not shut the door.
    state: { strictHeader: false, ignoreErrors: true },
    router: { stripTrailingSlash: true },
    routes: {
      payload: { maxBytes: FORM_BYTES, timeout: bounds.bodyMs, allow: ['application/x-www-form-urlencoded'] },
      timeout: { server: 30 * SECOND, socket: 2 * MINUTE },
      state: { parse: true, failAction: 'ignore' },
      plugins: { crumb: { key: 'crumb' } },
    },
  })
  endBroken(server.listener)
  await server.register([Inert, Vision])
  registerViews(server, deps)
  await registerCrumb(server, secure)
  const cookies = registerCookies(server, { key: deps.cookieKey, secure })
  const app = createApp(server, deps, cookies)
  registerErrors(server, app)
  registerHeaders(server, secure)
  registerLanguage(server, cookies, deps.texts.languages)
  registerPosts(server, app)
  server.route([
    ...publicRoutes(app),
    ...openRoutes(app),
    ...recordsRoutes(app),
    ...fileRoutes(app),
    ...viewRoutes(app),
    ...accountRoutes(app),
    ...passkeyRoutes(app),
    ...signInWithRoutes(app),
    ...signOutRoutes(app),
    ...profileRoutes(app),
    ...detailsRoutes(app),
    ...packagesRoutes(app),
    ...practiceRoutes(app),
    ...addressRoutes(app),
    ...closeRoutes(app),
    ...postboxRoutes(app),
    ...formsRoutes(app, deps.requests),
    ...requestsRoutes(app, deps.requests),
    ...requestStepsRoutes(app, deps.requests),
    ...overviewRoutes(app),
    ...heldRoutes(app),
    ...logRoutes(app),
    ...logExportRoutes(app),
    ...logLiveRoutes(app, server),
    ...outgoingRoutes(app),
    ...healthRoutes(app),
    ...assetRoutes(app),
    ...securityTxtRoutes(app),
  ])
  return server
}

/** Shows another certificate to the connections to come; for a door that speaks HTTPS. Throws when TLS can't use it. */
export function reloadTls(server: Hapi.Server, pair: { readonly cert: string; readonly key: string }): void {
  const { listener } = server
  if (listener instanceof TlsServer) listener.setSecureContext({ ...TLS_SETTINGS, ...pair })
}

/** Templates belong to the one environment mails are drawn with, too; vision only asks for them by name. */
function registerViews(server: Hapi.Server, deps: WebDeps): void {
  const { environment } = deps.templates
  server.views({
    engines: {
      njk: {
        compile: (_source: string, options: { filename: string }) => {
          const template = environment.getTemplate(relative(deps.templateFolder, options.filename), true)
          return (context: object) => template.render(context)
        },
      },
    },
    path: deps.templateFolder,
  })
}

/**
 * Every form carries a random value that its browser also holds in a cookie. Lax, not Strict: somebody who comes from a link in
 * her mail would otherwise seem to have none, get a new one, and spoil the forms in her other tabs.
 */
async function registerCrumb(server: Hapi.Server, secure: boolean): Promise<void> {
  await server.register({
    plugin: Crumb,
    options: {
      // The cookie's name; the field of the form is named below `routes.plugins`.
      key: cookieName('crumb', secure),
      addToViewContext: false,
      cookieOptions: { path: '/', isSecure: secure, isHttpOnly: true, isSameSite: 'Lax', ignoreErrors: true },
      skip: (request?: Hapi.Request) => request === undefined || UNFORMED.has(request.route.path),
    },
  })
}

/** No forms there, so no cookies; and no form is asked for where there is no page (hapi's own route for those). */
const UNFORMED = new Set([
  '/{p*}',
  '/{path*}',
  '/assets/{file*}',
  '/favicon.ico',
  '/robots.txt',
  SECURITY_TXT,
  '/healthz',
  '/readyz',
  '/metrics',
])
