// One message through everything intake does with its content, in this process: parsed, judged by its form, collected, sealed, opened.
// What is taken must hold what was sent; what is not must be refused for a reason that has a name.

import { createHash } from 'node:crypto'
import { openPackage } from '../../src/hip/open.js'
import { seal } from '../../src/hip/seal.js'
import { type CollectedDocument, collect, summarise } from '../../src/intake/collect.js'
import { because, type Disposition, outcomeOf } from '../../src/intake/disposition.js'
import { checkForm } from '../../src/intake/form.js'
import { readSubject } from '../../src/intake/route.js'
import { packageDocument } from '../../src/intake/sealing.js'
import { transmissionKeys } from '../../src/intake/transmission.js'
import { mayAnswer } from '../../src/mail/automatic.js'
import { parseMessage, UnparsableError } from '../../src/mail/message.js'
import { contents, gather, inMemory } from '../hip/sealed.js'
import type { MadeMessage } from './mime.js'
import { print, type Seen, type SeenLeaf } from './python.js'

export interface Outcome {
  /** Reason and detail, in the words of the log. */
  readonly said: string
  /** What a package would hold; null: refused. */
  readonly documents: readonly CollectedDocument[] | null
  /** Whether other readers end a part elsewhere, so that what they see is no measure. */
  readonly isReadAlone: boolean
}

export async function readMessage(raw: Buffer): Promise<Outcome> {
  const judged = await judge(raw)
  if ('documents' in judged) return { said: 'accepted', ...judged }
  const { reason, detail } = judged
  if (reason === 'internal' || outcomeOf(reason) === 'accepted') throw new Error(`refused with ${reason}`)
  return { said: detail ? `${reason} ${detail}` : reason, documents: null, isReadAlone: false }
}

async function judge(raw: Buffer): Promise<(Pick<Outcome, 'isReadAlone'> & { documents: CollectedDocument[] }) | Disposition> {
  try {
    const message = await parseMessage([raw])
    mayAnswer(message, 'records@clinic.example')
    const named = readSubject(message.subject)
    const malformed = checkForm(message)
    if (malformed) return malformed
    if ('reason' in named) return named
    if (named.address === null && named.numbers.length === 0) return because('no-id')
    const [defect] = message.defects
    if (defect) return because(defect.reason, defect.detail)
    const documents = await collect(message)
    if ('reason' in documents) return documents
    await summarise(documents)
    transmissionKeys(Buffer.alloc(32), { providerId: 'p', consumerId: 'c', message, documents })
    return { documents, isReadAlone: message.notes.some(({ detail }) => detail === 'closing-line') }
  } catch (error) {
    if (error instanceof UnparsableError) return because('malformed-message', error.detail)
    throw error
  }
}

/** Seals the documents and opens the package again. Throws when anything is not as it was. */
export async function sealAndOpen(documents: readonly CollectedDocument[]): Promise<void> {
  const names = new Set(documents.map(({ name }) => name.normalize('NFC').toLowerCase()))
  if (names.size !== documents.length) throw new Error('two documents of one name')
  const sealed = await gather(seal({ ...contents(), documents: documents.map((document) => packageDocument(document)) }, 'hepoex1-fuzz'))
  const opened = await openPackage(inMemory(sealed), 'hepoex1-fuzz')
  if (opened?.manifest.documents.length !== documents.length) throw new Error('the package does not open')
  for (const [index, { bytes, sha256 }] of documents.entries()) {
    const got = await gather(await opened.document(index))
    if (!got.equals(bytes) || createHash('sha256').update(got).digest('hex') !== sha256) throw new Error('a document came back changed')
  }
}

/** What is missing in the documents that was in the message; null: nothing. Of an odd message only what another reader sees is known. */
export function missing(
  all: ReadonlyArray<{ readonly bytes: Buffer; readonly within: number | null }>,
  { leaves }: Pick<MadeMessage, 'leaves'>,
  seen: Seen | null,
): string | null {
  const documents = all.filter(({ within }) => within === null)
  if (leaves) {
    if (leaves.length !== documents.length) return `${documents.length} documents of ${leaves.length} leaves`
    const differing = leaves.findIndex((leaf, index) => !documents[index]?.bytes.equals(leaf))
    return differing < 0 ? null : `leaf ${differing + 1} differs`
  }
  if (!seen?.leaves) return null
  const full = seen.leaves.filter(({ bytes }) => bytes !== 0)
  if (full.length > documents.length) return `${documents.length} documents, and ${full.length} leaves for another reader`
  const held = new Set(documents.map(({ bytes }) => print(bytes)))
  const lost = seen.leaves.findIndex((leaf) => leaf.bytes > 0 && !isUnsure(leaf) && !held.has(leaf.print))
  return lost < 0
    ? null
    : `leaf ${lost + 1} of another reader (${seen.leaves[lost]?.type}, ${seen.leaves[lost]?.encoding}) is in no document`
}

/** It ends a header at the first odd line, where others read on: what it then takes for the body is no measure. */
function isUnsure({ defects = [] }: SeenLeaf): boolean {
  return defects.includes('MissingHeaderBodySeparatorDefect')
}
