// Which multipart a line that begins with two dashes belongs to, and what it says there (RFC 2046 5.1.1).

export interface Multipart {
  readonly boundary: string
  readonly part: string
  readonly type: string
  children: number
  /** Where its first part begins, header and all. */
  firstFrom: number
  isClosed: boolean
  /** By a line with junk behind it: only where no other line closes it, too, that one was meant. */
  isClosedOddly: boolean
  /** Where its preamble, or later its epilogue, begins. */
  outsideFrom: number
}

/** A line that belongs to a multipart. */
export interface Match {
  readonly multipart: Multipart
  readonly closes: boolean
  /** Something stands behind the boundary that does not belong there. */
  readonly isMalformed: boolean
  readonly boundaryEnd: number
}

// A character that could still be part of a longer boundary (RFC 2046 5.1.1 bcharsnospace).
export const BOUNDARY_CHARACTER = /[0-9A-Za-z'()+_,\-./:=?]/

export function isOpen({ multipart }: Match): boolean {
  return !multipart.isClosed
}

/** What a line without its leading dashes says to the multipart; null: nothing. */
export function matchLine(line: string, multipart: Multipart, start: number): Match | null {
  const { boundary } = multipart
  if (!line.startsWith(boundary)) return null
  const tail = line.slice(boundary.length)
  const closes = tail.startsWith('--') && !BOUNDARY_CHARACTER.test(tail.charAt(2))
  if (!closes && BOUNDARY_CHARACTER.test(tail.charAt(0))) return null
  const isMalformed = tail.slice(closes ? 2 : 0).trim() !== ''
  // Only white space is taken for the start of a line that means to open a part; `--boundary"` is text.
  if (!closes && isMalformed && !/^\s/.test(tail)) return null
  return { multipart, closes, isMalformed, boundaryEnd: start + 2 + boundary.length + (closes ? 2 : 0) }
}
