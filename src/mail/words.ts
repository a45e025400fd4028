// Encoded words in display names (RFC 2047), for names only: an address is never read out of one (RFC 2047 5).

const WORD = /=\?([\w-]+)(?:\*[\w-]*)?\?([bq])\?([^?\s]*)\?=/gi

/** Decodes every encoded word in a piece of header text; what cannot be decoded stays as it is. */
export function decodeWords(text: string): string {
  if (!text.includes('=?')) return text
  return text.replace(/(\?=)\s+(?==\?)/g, '$1').replace(WORD, (word: string, charset: string, encoding: string, content: string) => {
    const bytes = encoding.toLowerCase() === 'b' ? Buffer.from(content, 'base64') : fromQ(content)
    try {
      return new TextDecoder(charset).decode(bytes)
    } catch {
      return word
    }
  })
}

function fromQ(content: string): Buffer {
  const text = content.replace(/_/g, ' ').replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(text, 'latin1')
}
