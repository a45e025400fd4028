// The parser library (mailparser), made lean and used as the second opinion on a message: it reads the header, names the parts, and
// its decoded bytes are compared, as they stream by, with those of our own scan.

import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type AttachmentStream, type HeaderLines, type Headers, MailParser, type MailParserOptions } from 'mailparser'

/** One leaf part as the library saw it. */
export interface ParsedLeaf {
  /** Decoded (RFC 2047, RFC 2231), not cleaned. */
  readonly name: string | null
  /** Whether its bytes were the expected ones, all of them and no more. */
  readonly isAsExpected: boolean
  /** Whether it saw the decoded ones. */
  readonly isDecoded: boolean
  /** Hex SHA-256 of the bytes the library saw. */
  readonly sha256: string
}

/** What the library must see of a leaf. Which of the two depends on whether it knows its encoding, and on that it may be wrong. */
export interface ExpectedLeaf {
  readonly encoded: Buffer
  readonly decoded: Buffer
}

export interface Parsed {
  /** Decoded Subject; '' when absent. */
  readonly subject: string
  /** The message's own header fields as the library split them: names in lower case. */
  readonly fieldNames: readonly string[]
  readonly leaves: readonly ParsedLeaf[]
}

export interface ParserLimits {
  readonly maxParts: number
  readonly maxHeaderBytes: number
}

/** What the library keeps to itself and we need of one MIME node. */
interface LibraryNode {
  encoding: string | false
  contentType: string | false
}

const SLICE = 64 * 1024

// Options the types do not know (mailsplit's), and what spares the work of rendering text, which is not ours to show.
const OPTIONS: MailParserOptions & Record<string, unknown> = {
  skipHtmlToText: true,
  skipTextToHtml: true,
  skipImageLinks: true,
  skipTextLinks: true,
  keepDeliveryStatus: true,
  ignoreEmbedded: true,
  checksumAlgo: 'sha256',
}

/**
 * mailparser, giving every leaf as it was sent. Left alone it joins all text parts into one, in another charset, and decodes
 * quoted-printable in one piece with regular expressions that take quadratic time and a string for each `=XX`.
 */
class LeafParser extends MailParser {
  readonly textTypes: readonly string[] = []
  /** Of each leaf begun so far, whether it is decoded. */
  readonly decodes: boolean[] = []

  constructor(limits: ParserLimits) {
    // The root counts as a node too.
    super({ ...OPTIONS, maxChildNodes: limits.maxParts + 2, maxHeadSize: limits.maxHeaderBytes + 2 * SLICE } as MailParserOptions)
    this.textTypes = []
  }

  createNode(node: LibraryNode): unknown {
    if (node.encoding === 'quoted-printable') node.encoding = 'binary'
    if (!/^multipart\//i.test(node.contentType || '')) this.decodes.push(node.encoding === 'base64')
    const { createNode } = MailParser.prototype as unknown as { createNode(node: LibraryNode): unknown }
    return createNode.call(this, node)
  }
}

/**
 * Parses raw[0, end) without the ranges in `leaveOut`, and compares each leaf, in order, with `expected`. Throws what the library
 * throws.
 */
export async function parseLeaves(
  raw: Buffer,
  end: number,
  leaveOut: ReadonlyArray<readonly [number, number]>,
  expected: readonly ExpectedLeaf[],
  limits: ParserLimits,
): Promise<Parsed> {
  const parser = new LeafParser(limits)
  const leaves: ParsedLeaf[] = []
  let subject = ''
  let fieldNames: readonly string[] = []
  parser.on('headers', (headers: Headers) => {
    const value = headers.get('subject')
    subject = typeof value === 'string' ? value : ''
  })
  parser.on('headerLines', (lines: HeaderLines) => {
    fieldNames = lines.map((line) => line.key)
  })
  let seen = 0
  parser.on('data', (data: AttachmentStream | { type: 'text' }) => {
    if (data.type !== 'attachment') return
    const isDecoded = parser.decodes[seen] === true
    const leaf = expected[seen++]
    compare(data, isDecoded ? leaf?.decoded : leaf?.encoded, (compared) => leaves.push({ ...compared, isDecoded }))
  })
  await pipeline(Readable.from(slices(raw, end, leaveOut), { objectMode: false }), parser)
  return { subject, fieldNames, leaves }
}

function compare(data: AttachmentStream, expected: Buffer | undefined, done: (leaf: Omit<ParsedLeaf, 'isDecoded'>) => void): void {
  let position = 0
  let isSame = expected !== undefined
  const content = data.content as Readable
  content.on('data', (chunk: Buffer) => {
    // Of a body that is nothing but the line break before the delimiter, the library makes that line break.
    if (expected?.length === 0 && position === 0 && /^\r?\n$/.test(chunk.toString('latin1'))) return
    isSame = isSame && expected !== undefined && chunk.equals(expected.subarray(position, position + chunk.length))
    position += chunk.length
  })
  content.on('end', () => {
    done({ name: data.filename || null, isAsExpected: isSame && position === expected?.length, sha256: data.checksum })
    data.release()
  })
}

function* slices(raw: Buffer, end: number, leaveOut: ReadonlyArray<readonly [number, number]>): Generator<Buffer> {
  let from = 0
  for (const [start, stop] of [...leaveOut, [end, end] as const]) {
    for (let at = from; at < start; at += SLICE) yield raw.subarray(at, Math.min(at + SLICE, start))
    from = stop
  }
}
