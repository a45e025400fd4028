// Bytes become text. Whatever the label says, no byte is lost: the last resort, windows-1252, has a character for every one.

/** As many zero bytes as this, in parts of the text, and it must be two bytes a character. */
const ZEROS = 0.3
const PROBE = 4096

/**
 * Decodes a text. A byte order mark counts first; then the label, if it is known and every byte makes sense by it; then UTF-8; then
 * windows-1252. The byte order mark itself is left out.
 */
export function decodeText(bytes: Buffer, charset: string | null): string {
  const marked = byMark(bytes)
  const labels = [marked, charset, unmarkedUtf16(bytes), 'utf-8']
  for (const label of labels) {
    const text = label === null ? null : decodeAs(bytes, label)
    if (text !== null) return text
  }
  return new TextDecoder('windows-1252').decode(bytes)
}

/** null when the label is unknown or the bytes make no sense by it. */
function decodeAs(bytes: Buffer, label: string): string | null {
  try {
    return new TextDecoder(label.trim(), { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

function byMark(bytes: Buffer): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null
}

/** Latin text in two bytes a character has a zero in every other place. */
function unmarkedUtf16(bytes: Buffer): string | null {
  const probe = bytes.subarray(0, PROBE)
  const zeros = [0, 0]
  for (const [index, byte] of probe.entries()) if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1
  const [even = 0, odd = 0] = zeros
  if (odd > probe.length * ZEROS && even * 10 < odd) return 'utf-16le'
  return even > probe.length * ZEROS && odd * 10 < even ? 'utf-16be' : null
}
