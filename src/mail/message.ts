// Raw bytes to a Message (RFC 5322, RFC 2045). Two readers take part: our own scan of the bytes finds and decodes every leaf part,
// mailparser parses the same message, and whatever they do not agree on is a defect. So nothing is lost without being named. What the
// library is known not to read is taken out of its way or compared as it sees it, and noted as recovered.

import { createHash } from 'node:crypto'
import { setImmediate as immediate } from 'node:timers/promises'
import addressparser from 'nodemailer/lib/addressparser'
import { canonicalAddress } from './address.js'
import type { Defect, Mailbox, Message, Note, Part } from './envelope.js'
import { isBodyText, type Leaf } from './leaf.js'
import type { Field } from './mime-header.js'
import { type ExpectedLeaf, type Parsed, type ParsedLeaf, parseLeaves } from './parser.js'
import { type ScanLimits, type Structure, scan } from './structure.js'
import { type Decoded, decode, isQuotedPrintable } from './transfer.js'
import { findUuencoded, type UuencodedFiles } from './uuencode.js'
import { decodeWords } from './words.js'

export type ParseLimits = ScanLimits

export type UnparsableDetail = 'empty' | 'header-too-big' | 'no-header'

/** Nothing can be made of the message. `detail` is a closed word; the message holds nothing of the mail. */
export class UnparsableError extends Error {
  override name = 'UnparsableError'
  readonly detail: UnparsableDetail

  constructor(detail: UnparsableDetail) {
    super(`parsing message: ${detail}`)
    this.detail = detail
  }
}

// 128 KB is more than any mail program writes, and a header is parsed in one piece: thousands of addresses would hold everybody up.
const LIMITS: ParseLimits = { maxParts: 1000, maxDepth: 100, maxHeaderBytes: 128 * 1024 }
const JOIN_BYTES = 4 * 1024 * 1024
const SHORTEN_ABOVE = 256 * 1024
/** Of the encoded text, at either end of a shortened part. */
const KEPT_BYTES = 32 * 1024

const TEXT = /^text\/|^application\/(x-)?uu(e|encoded?)$/
const NOTHING_INSIDE: UuencodedFiles = { files: [], faults: [], isTooMany: false }
/** RFC 8551 3.5.3, and as it was called before. */
const SIGNATURE = /^application\/(x-)?pkcs7-signature$/
/** What stands for something that is not in the message: a piece of a message (RFC 2046 5.2.2), a pointer (5.2.3). */
const ELSEWHERE = new Map([
  ['message/partial', 'partial-message'],
  ['message/external-body', 'external-body'],
])

interface DecodedLeaf extends Leaf, Decoded {
  /** The files that stand uuencoded in it. */
  readonly inside: UuencodedFiles
}

/**
 * Parses a whole message, or any MIME entity with a header: an attached mail without From and Date or with an mbox separator in front,
 * or what was signed (S/MIME), which has Content fields alone. `defects` names everything that is missing, cut or read differently by
 * different programs; where it is empty, `parts` is every leaf of the message, byte for byte, and the files that stood in its texts.
 * `notes` says what was recovered. Past a limit, `parts` is empty and a defect says which limit. Throws UnparsableError. Needs about
 * twice the message in memory; yields to the event loop.
 */
export async function parseMessage(raw: readonly Buffer[], limits: Partial<ParseLimits> = {}): Promise<Message> {
  const bounds = { ...LIMITS, ...limits }
  const bytes = await join(raw)
  if (bytes.length === 0) throw new UnparsableError('empty')
  const structure = await scan(bytes, bounds)
  if (structure.defects.some(({ part, detail }) => part === '' && detail === 'header-too-big')) throw new UnparsableError('header-too-big')
  if (structure.header.length === 0) throw new UnparsableError('no-header')
  const leaves = structure.isComplete ? await decodeLeaves(bytes, structure.leaves, bounds.maxParts) : []
  const shortened = leaves.map((leaf) => shorten(leaf, bytes))
  const expected = leaves.map((leaf, index) => shortened[index]?.expected ?? expectedOf(leaf, bytes))
  const leaveOut = [...structure.padding, ...shortened.flatMap((cut) => (cut ? [cut.range] : []))].sort(([one], [other]) => one - other)
  // Past a limit only the header is parsed: that much is needed to answer.
  const end = structure.isComplete ? bytes.length : structure.headerEnd
  const parsed = await parseLeaves(bytes, end, leaveOut, expected, bounds)
  const defects = [
    ...structure.defects,
    ...leaves.flatMap(leafDefects),
    ...(structure.isComplete ? differences(leaves, parsed.leaves) : []),
  ]
  const parts: Part[] = []
  for (const [index, leaf] of leaves.entries())
    parts.push(await toPart(leaf, parsed.leaves[index], !shortened[index], structure, bytes), ...(await filesInside(leaf)))
  return toMessage(structure, parsed, { parts, defects: unique(defects), notes: [...structure.notes, ...leaves.flatMap(leafNotes)] })
}

async function join(raw: readonly Buffer[]): Promise<Buffer> {
  const [only] = raw
  if (raw.length === 1 && only) return only
  const joined = Buffer.allocUnsafeSlow(raw.reduce((sum, chunk) => sum + chunk.length, 0))
  let filled = 0
  let sinceYield = 0
  for (const chunk of raw) {
    filled += chunk.copy(joined, filled)
    sinceYield += chunk.length
    if (sinceYield < JOIN_BYTES) continue
    sinceYield = 0
    await immediate()
  }
  return joined
}

async function decodeLeaves(bytes: Buffer, leaves: readonly Leaf[], maxParts: number): Promise<DecodedLeaf[]> {
  const decoded: DecodedLeaf[] = []
  let room = maxParts - leaves.length
  for (const leaf of leaves) {
    const encoding = await encodingOf(bytes, leaf)
    const content = await decode(bytes, leaf.start, leaf.end, encoding)
    const inside = isText(leaf, content) ? await findUuencoded(content.bytes, room) : NOTHING_INSIDE
    room -= inside.files.length
    decoded.push({ ...leaf, ...content, encoding, inside, hasName: leaf.hasName || Boolean(content.name) })
    if (decoded.length % 50 === 0) await immediate()
  }
  return decoded
}

/** A name that only nearly is quoted-printable's may mean nothing: then what it names must look like it. */
async function encodingOf(bytes: Buffer, { encoding, spelling, start, end }: Leaf): Promise<Leaf['encoding']> {
  if (encoding !== 'quoted-printable' || spelling !== 'unsure') return encoding
  return (await isQuotedPrintable(bytes, start, end)) ? encoding : 'unknown'
}

/** Where files may stand uuencoded. */
function isText({ mediaType, encoding }: Leaf, { fault }: Decoded): boolean {
  return TEXT.test(mediaType) && encoding !== 'uuencode' && fault === null
}

function expectedOf({ start, end, bytes }: DecodedLeaf, raw: Buffer): ExpectedLeaf {
  return { encoded: raw.subarray(start, end), decoded: bytes }
}

/**
 * Spares the library the inside of a big base64 part: it makes an object of every line, which costs ten times the decoding. Nothing
 * goes unseen by that: even lines of the base64 alphabet hold no "-", so no delimiter can hide among them, and what was left out is
 * whole groups of four characters, so the two readers' bytes can still be compared around it.
 */
function shorten(leaf: DecodedLeaf, raw: Buffer): { range: readonly [number, number]; expected: ExpectedLeaf } | null {
  const { evenLines, bytes, start, end } = leaf
  if (!evenLines || bytes.length < SHORTEN_ABOVE) return null
  const { length, stride, count } = evenLines
  const kept = Math.ceil(KEPT_BYTES / stride)
  const [from, to] = [kept, count - kept]
  if (to <= from) return null
  const decoded = (length / 4) * 3
  const range = [start + from * stride, start + to * stride] as const
  return {
    range,
    expected: {
      encoded: Buffer.concat([raw.subarray(start, range[0]), raw.subarray(range[1], end)]),
      decoded: Buffer.concat([bytes.subarray(0, from * decoded), bytes.subarray(to * decoded)]),
    },
  }
}

function leafDefects(leaf: DecodedLeaf): Defect[] {
  const { part, encoding, mediaType, bytes, fault, inside } = leaf
  const missing = ELSEWHERE.get(mediaType)
  if (missing) return [{ part, reason: 'truncated-part', detail: missing }]
  if (encoding === 'unknown' && bytes.length > 0) return [{ part, reason: 'malformed-message', detail: 'unknown-encoding' }]
  const faults = [...(fault ? [fault] : []), ...inside.faults]
  return [
    ...faults.map((detail): Defect => ({ part, reason: detail.endsWith('-cut') ? 'truncated-part' : 'malformed-message', detail })),
    ...(inside.isTooMany ? [{ part: '', reason: 'malformed-message', detail: 'too-many-parts' } as const] : []),
  ]
}

function leafNotes({ part, encoding, spelling, mediaType, fault, inside }: DecodedLeaf): Note[] {
  const recovered = (is: boolean, detail: Note['detail']): Note[] => (is ? [{ part, reason: 'recovered', detail }] : [])
  const isEncoded = encoding === 'base64' || encoding === 'quoted-printable'
  return [
    ...recovered((encoding === 'uuencode' && fault === null) || inside.files.length > 0, 'uuencode'),
    ...recovered(isEncoded && spelling !== 'usual', 'encoding-name'),
    ...recovered(isEncoded && mediaType === 'message/rfc822', 'encoded-message'),
  ]
}

/** What the two readers do not agree on. */
function differences(leaves: readonly DecodedLeaf[], parsed: readonly ParsedLeaf[]): Defect[] {
  const differing = leaves.filter((_, index) => parsed[index]?.isAsExpected === false)
  const defects: Defect[] = differing.map(({ part }) => ({ part, reason: 'malformed-message', detail: 'readers-differ' }))
  if (leaves.length !== parsed.length) defects.push({ part: '', reason: 'malformed-message', detail: 'part-count-differs' })
  return defects
}

async function toPart(
  leaf: DecodedLeaf,
  parsed: ParsedLeaf | undefined,
  isWhole: boolean,
  { signed }: Structure,
  raw: Buffer,
): Promise<Part> {
  const signs = SIGNATURE.test(leaf.mediaType) ? signed.find(({ part }) => part === leaf.part) : undefined
  // The library hashed what it saw: perhaps the encoded text, of an empty body perhaps a line break.
  const isSame = parsed?.isAsExpected === true && (parsed.isDecoded || leaf.encoding === 'identity')
  return {
    part: leaf.part,
    mediaType: leaf.mediaType,
    charset: leaf.charset,
    sentName: parsed?.name ?? leaf.name ?? null,
    role: isBodyText(leaf) ? 'body' : 'attachment',
    contentId: leaf.contentId,
    bytes: leaf.bytes,
    sha256: isWhole && isSame && leaf.bytes.length > 0 ? parsed.sha256 : await digest(leaf.bytes),
    ...(signs && { signs: raw.subarray(signs.start, signs.end) }),
  }
}

/** The text itself stays as it was sent. */
async function filesInside({ part, inside }: DecodedLeaf): Promise<Part[]> {
  const parts: Part[] = []
  for (const [index, { name, bytes }] of inside.files.entries()) {
    parts.push({
      part: `${part}/${index + 1}`,
      mediaType: 'application/octet-stream',
      charset: null,
      sentName: name,
      role: 'attachment',
      contentId: null,
      bytes,
      sha256: await digest(bytes),
      origin: `uuencode/${name ?? index + 1}`,
    })
  }
  return parts
}

async function digest(bytes: Buffer): Promise<string> {
  const hash = createHash('sha256')
  for (let at = 0; at < bytes.length; at += JOIN_BYTES) {
    if (at > 0) await immediate()
    hash.update(bytes.subarray(at, at + JOIN_BYTES))
  }
  return hash.digest('hex')
}

function toMessage({ header }: Structure, parsed: Parsed, content: Pick<Message, 'parts' | 'defects' | 'notes'>): Message {
  const named = (name: string) => header.filter((field) => field.name === name)
  const field = (fieldName: string) => {
    const last = named(fieldName.toLowerCase()).at(-1)
    return last ? utf8(last) : null
  }
  return {
    from: named('from').flatMap((one) => mailboxes(utf8(one))),
    count(fieldName) {
      const name = fieldName.toLowerCase()
      // Where the readers count differently, the larger number is the careful one.
      return Math.max(named(name).length, parsed.fieldNames.filter((key) => key === name).length)
    },
    field,
    subject: parsed.subject,
    messageId: field('message-id')?.replace(/^<|>$/g, '').trim() || null,
    date: field('date'),
    ...content,
  }
}

/**
 * The mailboxes of an address field's raw value (From, To, Cc), groups opened; what stands in names and comments is none. What cannot
 * be read as an address is kept with address '': left out, it would hide behind one that can be.
 */
export function mailboxes(value: string): Mailbox[] {
  return addressparser(value, { flatten: true }).flatMap(({ name, address }) =>
    address ? [{ address: canonicalAddress(address) ?? '', name: decodeWords(name).trim() }] : [],
  )
}

function utf8(field: Field): string {
  return Buffer.from(field.value, 'latin1').toString('utf8')
}

function unique(defects: readonly Defect[]): Defect[] {
  return defects.filter((one, at) => defects.findIndex((two) => two.part === one.part && two.detail === one.detail) === at)
}
