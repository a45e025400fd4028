// Documents on their way out: what may be shown in the browser, how a file name is written in a header, and a stream that never
// looks whole when it is not.

import { pipeline, type Readable, Transform, type TransformCallback } from 'node:stream'

/** Only what a browser draws without running anything the sender wrote. No SVG, no HTML, no XML. */
const SHOWN = new Set(['application/pdf', 'image/png', 'image/jpeg', 'image/gif', 'image/webp', 'text/plain'])

/** Whether a document of this media type may be opened in the browser instead of downloaded. */
export function mayShow(mediaType: string): boolean {
  return SHOWN.has(bare(mediaType))
}

/** Content-Type of a document. The sender chose it, so what is no plain media type becomes application/octet-stream. */
export function contentType(mediaType: string): string {
  const type = bare(mediaType)
  if (!/^[a-z0-9][a-z0-9.+-]{0,63}\/[a-z0-9][a-z0-9.+-]{0,63}$/.test(type)) return 'application/octet-stream'
  return type === 'text/plain' ? 'text/plain; charset=utf-8' : type
}

function bare(mediaType: string): string {
  return (mediaType.split(';')[0] ?? '').trim().toLowerCase()
}

/**
 * Content-Disposition (RFC 6266) with the name twice: in ASCII for old programs, and as UTF-8 (RFC 8187). The ASCII one holds
 * no quote, backslash or percent sign, which programs read differently.
 */
export function disposition(type: 'inline' | 'attachment', name: string): string {
  const ascii =
    name
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .replace(/[^\x20-\x7e]|["\\%/;]/g, '_')
      .trim() || 'document'
  return `${type}; filename="${ascii}"; filename*=UTF-8''${extended(name)}`
}

/** RFC 8187 3.2.1: attr-char stay, every other octet is percent-encoded. */
function extended(name: string): string {
  return [...Buffer.from(name, 'utf8')]
    .map((octet) =>
      /[A-Za-z0-9!#$&+.^_`|~-]/.test(String.fromCharCode(octet))
        ? String.fromCharCode(octet)
        : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('')
}

/**
 * Holds back the last chunk until the source has ended well. The source checks the digest at its very end, when every byte of a
 * Content-Length may already be out: so a damaged document would look whole to the browser. Errors destroy the result.
 */
export function wholeOnly(source: Readable): Readable {
  let held: Buffer | null = null
  const gate = new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      if (held) this.push(held)
      held = chunk
      done()
    },
    flush(done) {
      done(null, held)
    },
  })
  pipeline(source, gate, () => {})
  return gate
}
