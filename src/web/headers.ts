// The headers of every response, errors and redirects too. They are constant: a nonce would be missing on pages that come from
// an early failure, just where the error summary needs its script.

import type { ResponseObject, Server } from '@hapi/hapi'

/**
 * SHA-256 of the one inline script in the design system's page template. A test compares it with the template, so that an
 * upgrade cannot quietly switch all scripts off.
 */
export const SCRIPT_HASH = 'sha256-tDOvXJi1PXbg0CWjLCCYSNHRXtps26K4JXkE3M6u/c0='

const PAGE_POLICY = [
  "default-src 'none'",
  `script-src 'self' '${SCRIPT_HASH}'`,
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

/** For documents a stranger wrote: no script, no form, no request, an origin of its own. */
export const DOCUMENT_POLICY = [
  'sandbox',
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "img-src 'self' data:",
  "media-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

/**
 * For records.pdf, which we made ourselves, without scripts or actions. No sandbox: in Safari it keeps a PDF from being shown at all, and
 * browsers draw a PDF in a viewer that is apart from the site anyway.
 */
export const PDF_POLICY = DOCUMENT_POLICY.replace('sandbox; ', '')

/** For the page that shows a document in a frame. */
export const VIEWER_POLICY = `${PAGE_POLICY}; frame-src 'self'`

/** Lets our own pages, and nobody else's, show this response in a frame. */
export function frameable(response: ResponseObject, policy: string): ResponseObject {
  response.header('content-security-policy', policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'"))
  return response.header('x-frame-options', 'SAMEORIGIN')
}

/** What no page of ours asks for, nor a document it shows. */
const DENIED = [
  ...['accelerometer', 'browsing-topics', 'camera', 'display-capture', 'geolocation', 'gyroscope', 'magnetometer', 'microphone', 'midi'],
  ...['payment', 'serial', 'usb', 'xr-spatial-tracking'],
]

const CONSTANT = {
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'permissions-policy': DENIED.map((feature) => `${feature}=()`).join(', '),
  'x-robots-tag': 'noindex, nofollow',
  'x-dns-prefetch-control': 'off',
}

/** To be registered after the errors are. @param secure whether the public URL is https: then browsers are told to use nothing else for a year. */
export function registerHeaders(server: Server, secure: boolean): void {
  server.ext('onPreResponse', (request, h) => {
    const { response } = request
    // errors.ts, registered before, has made pages of them.
    if ('isBoom' in response) return h.continue
    const isFrameable = response.headers['x-frame-options'] === 'SAMEORIGIN'
    for (const [name, value] of Object.entries(CONSTANT)) response.header(name, value)
    if (isFrameable) response.header('x-frame-options', 'SAMEORIGIN')
    if (response.headers['content-security-policy'] === undefined) {
      response.header('content-security-policy', PAGE_POLICY)
      // Not for documents: the browser's own viewer of PDFs is of another origin.
      response.header('cross-origin-embedder-policy', 'require-corp')
    }
    // A file may be kept for a day; an error about a file is no file.
    const isFile = request.route.path === '/assets/{file*}' && response.statusCode < 400
    response.header('cache-control', isFile ? 'public, max-age=86400' : 'no-store')
    if (secure) response.header('strict-transport-security', 'max-age=31536000; includeSubDomains')
    return h.continue
  })
}
