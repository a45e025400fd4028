// Which kind of text a document is: the formats of health records that are text (HL7 v2, C-CDA, FHIR), HTML, mail, or plain text.
// Looks at the beginning only and never parses: a file may be megabytes long and hostile.

const HEAD = 16_384

/** The type of a text; null when the bytes are no text. `said` is kept where it is a text type that may well be right. */
export function sniffText(bytes: Buffer, said: string): string | null {
  const head = decodeHead(bytes)
  if (head === null) return null
  const start = head.trimStart()
  const found = healthText(start, said) ?? markup(start, said)
  if (found) return found
  if (isTextual(said)) return said
  return isMail(start) ? 'message/rfc822' : plainOr(said)
}

/** Text for at most the first 16 KB, or null: NUL bytes (UTF-16 aside) or many control bytes mean that it is none. */
function decodeHead(bytes: Buffer): string | null {
  const head = bytes.subarray(0, Math.min(HEAD, bytes.length & ~1 || 1))
  const encoding = utf16Order(head)
  if (encoding === 'big')
    return Buffer.from(head)
      .swap16()
      .toString('utf16le')
      .replace(/^\ufeff/, '')
  if (encoding === 'little') return head.toString('utf16le').replace(/^\ufeff/, '')
  let odd = 0
  for (const byte of head) {
    if (byte === 0) return null
    // Laboratory systems frame texts with STX, ETX and the like; ISO 2022 shifts character sets. A few are no reason for doubt.
    if (byte < 0x07 || (byte > 0x0f && byte < 0x1a) || byte === 0x7f) odd++
  }
  if (odd * 20 > head.length) return null
  return head.toString('latin1').replace(/^\xef\xbb\xbf/, '')
}

/** By the byte order mark; without one by zeros on one side only, as Latin letters have them. */
function utf16Order(head: Buffer): 'big' | 'little' | null {
  if (head.length < 2) return null
  if (head[0] === 0xff && head[1] === 0xfe) return 'little'
  if (head[0] === 0xfe && head[1] === 0xff) return 'big'
  const zeros = [0, 0]
  for (let index = 0; index < head.length; index++) if (head[index] === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1
  const [even = 0, odd = 0] = zeros
  if (even === 0 && odd * 4 > head.length) return 'little'
  return odd === 0 && even * 4 > head.length ? 'big' : null
}

function healthText(start: string, said: string): string | null {
  // HL7 v2 2.5.4: the field separator, then the four or five encoding characters, then the separator again.
  if (/^(?:MSH|FHS|BHS)([^\w\s])[^\w\s]{3,5}\1/.test(start)) return 'text/hl7v2'
  if (/^[{[]/.test(start) && /"resourceType"\s*:\s*"[A-Z][A-Za-z]+"/.test(start)) {
    return said === 'application/fhir+ndjson' ? said : 'application/fhir+json'
  }
  return null
}

function markup(start: string, said: string): string | null {
  if (!start.startsWith('<')) return null
  const root = rootOf(start)
  if (root === null) return start.startsWith('<?xml') ? xmlOr(said) : null
  if (root.name === 'ClinicalDocument') return 'application/cda+xml'
  // ASTM E2369. Not registered; Direct mail calls it so, beside the equally unregistered application/cda+xml.
  if (root.name === 'ContinuityOfCareRecord') return 'application/ccr+xml'
  if (root.namespace === 'http://hl7.org/fhir') return 'application/fhir+xml'
  if (root.name === 'svg') return 'image/svg+xml'
  if (root.name.toLowerCase() === 'html') return isTextual(said) ? said : 'text/html'
  return start.startsWith('<?xml') ? xmlOr(said) : null
}

/** The first element, after declarations, comments and the document type, each of which must end: no search goes over the head twice. */
function rootOf(start: string): { readonly name: string; readonly namespace: string | null } | null {
  let at = 0
  for (let steps = 0; steps < 100; steps++) {
    at = skipSpace(start, at)
    const end = start.startsWith('<!--', at) ? '-->' : start.startsWith('<?', at) ? '?>' : start.startsWith('<!', at) ? '>' : null
    if (end === null) break
    const found = start.indexOf(end, at)
    if (found < 0) return null
    at = found + end.length
  }
  const tag = /^<(?:[\w.-]{1,40}:)?([A-Za-z_][\w.-]{0,60})([^>]{0,2000})/.exec(start.slice(at, at + 2200))
  if (!tag) return null
  return { name: tag[1] ?? '', namespace: /\sxmlns\s*=\s*["']([^"']{0,200})["']/.exec(tag[2] ?? '')?.[1] ?? null }
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && /\s/.test(text[at] ?? '')) at++
  return at
}

function xmlOr(said: string): string {
  return said.endsWith('xml') ? said : 'application/xml'
}

/** A head of two or more fields of RFC 5322, one of them of a kind that letters hardly begin with; after an mbox line (RFC 4155), if any. */
function isMail(start: string): boolean {
  const lines = start.replace(/^>?From [^\n]*\n/, '').split(/\r?\n/, 40)
  const end = lines.indexOf('')
  const head = (end < 0 ? lines.slice(0, -1) : lines.slice(0, end)).filter((line) => !/^[ \t]/.test(line))
  if (head.length < 2 || !head.every((line) => /^[!-9;-~]{1,76}:/.test(line))) return false
  return head.some((line) => /^(received|message-id|mime-version|return-path|from|date):/i.test(line))
}

function isTextual(mediaType: string): boolean {
  return (
    mediaType.startsWith('text/') || mediaType.startsWith('message/') || /^application\/(?:.*[+-])?(?:xml|json|javascript)$/.test(mediaType)
  )
}

function plainOr(said: string): string {
  return said === 'application/octet-stream' ? 'text/plain' : said
}
