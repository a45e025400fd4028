// Files that stand uuencoded in the middle of a text, as fax gateways and old Unix programs still send them: some mail programs show
// them as attachments, our parser library does not, and a reader who sees `M<V]M92!B>71E<PH` has lost a document.

const BEGIN = Buffer.from('begin ')
const HEADING = /^begin [0-7]{3,4} \S[^\r\n]*\r?\n([ -`]{2,62})[ \t]*\r?\n/

/** Whether decoded text has a uuencoded file in it: a `begin 644 name` line followed by a line whose length its first character tells. */
export function carriesUuencode(text: Buffer): boolean {
  for (let at = text.indexOf(BEGIN); at >= 0; at = text.indexOf(BEGIN, at + BEGIN.length)) {
    if (at > 0 && text[at - 1] !== 0x0a) continue
    const line = HEADING.exec(text.toString('latin1', at, Math.min(text.length, at + 400)))?.[1]
    if (line && isEncodedLine(line)) return true
  }
  return false
}

function isEncodedLine(line: string): boolean {
  const bytes = (line.charCodeAt(0) - 0x20) & 0x3f
  const expected = 1 + Math.ceil(bytes / 3) * 4
  // Trailing spaces, which stand for zeroes, are often lost on the way; some programs add a check character.
  return bytes > 0 && line.length <= expected + 1 && line.length > expected - 4
}
