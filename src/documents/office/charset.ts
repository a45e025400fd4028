// Bytes become text: what the sender declared is a hint, since programs write one character set and declare another.

const UTF8 = new TextDecoder('utf-8', { fatal: true })

/**
 * The text of a document. A byte order mark counts most, then what was `declared` (a label of the WHATWG Encoding Standard, any case;
 * null when nothing was), what the text says of itself (`meta`, XML declaration), then UTF-8 where it is valid, and windows-1252, in
 * which every byte is a character. A label that is unknown, or that the bytes disprove, is passed over. Never throws.
 */
export function decodeText(bytes: Buffer, declared: string | null = null): string {
  const marked = byMark(bytes)
  if (marked) return decode(bytes, marked)
  const valid = validUtf8(bytes)
  for (const label of [declared, saysItself(bytes)]) {
    const encoding = known(label)
    if (encoding === null || (encoding === 'utf-8' && valid === null)) continue
    // Letters outside of ASCII that happen to be valid UTF-8 are UTF-8, whatever a program has declared by habit.
    if (encoding === 'windows-1252' && valid !== null) break
    if (encoding.startsWith('utf-16') && label !== declared) continue
    return decode(bytes, encoding)
  }
  return valid ?? decode(bytes, zeros(bytes) ?? 'windows-1252')
}

/** The name by which TextDecoder knows a label; null for one that it doesn't know, or that nobody should (UTF-7). */
export function known(label: string | null): string | null {
  if (label === null || !/^[\w .:-]{1,40}$/.test(label)) return null
  try {
    return new TextDecoder(label.trim()).encoding
  } catch {
    return null
  }
}

function decode(bytes: Buffer, encoding: string): string {
  return new TextDecoder(encoding).decode(bytes)
}

function validUtf8(bytes: Buffer): string | null {
  try {
    return UTF8.decode(bytes)
  } catch {
    return null
  }
}

function byMark(bytes: Buffer): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null
}

/** WHATWG HTML 13.2.3.2, much shortened. */
function saysItself(bytes: Buffer): string | null {
  const head = bytes.toString('latin1', 0, 4096)
  const xml = /^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})/i.exec(head)?.[1]
  return xml ?? /<meta\b[^>]{0,400}?charset\s*=\s*["']?\s*([\w.:-]{1,40})/i.exec(head)?.[1] ?? null
}

/** UTF-16 without a mark: in Latin letters every other byte is zero. */
function zeros(bytes: Buffer): string | null {
  const head = bytes.subarray(0, 4096)
  const counts = [0, 0]
  head.forEach((byte, at) => {
    if (byte === 0) counts[at % 2] = (counts[at % 2] ?? 0) + 1
  })
  const [even = 0, odd = 0] = counts
  if (odd * 4 > head.length && even * 20 < odd) return 'utf-16le'
  return even * 4 > head.length && odd * 20 < even ? 'utf-16be' : null
}
