// Opens a container, one level of it: a ZIP, an IHE XDM package, Outlook's winmail.dat and .msg, an S/MIME message. What was inside is
// given whole, or the container stays as it was sent and says why. What is a container again inside is the caller's to open.

import { type InnerFile, type Signer, StopUnpacking, UNPACK_LIMITS, type UnpackLimits } from './inner-file.js'
import { openMessage } from './msg.js'
import { openSmime } from './smime.js'
import { openTnef } from './tnef.js'
import { unzip } from './zip.js'

export { type InnerFile, type Signer, UNPACK_LIMITS, type UnpackLimits } from './inner-file.js'
export { signerOf } from './smime.js'

/**
 * What became of a container. `protected`: it needs a password or a key. `as-sent`: `damaged` is also what no reader here can open;
 * `too-big` and `too-many` are past the limits.
 */
export type Unpacking =
  | { readonly kind: 'unpacked'; readonly files: readonly InnerFile[]; readonly signer: Signer | null }
  | { readonly kind: 'protected' }
  | { readonly kind: 'as-sent'; readonly reason: 'damaged' | 'too-big' | 'too-many' }

interface Contents {
  readonly files: readonly InnerFile[]
  readonly signer: Signer | null
}

type Opener = (bytes: Buffer, limits: UnpackLimits) => Promise<Contents>

/** By media type. Office documents are ZIPs and compound files inside, too; nobody wants to see those opened. */
const openers: ReadonlyMap<string, Opener> = new Map([
  ['application/zip', async (bytes, limits) => ({ files: await unzip(bytes, limits), signer: null })],
  ['application/ms-tnef', async (bytes, limits) => ({ files: openTnef(bytes, limits), signer: null })],
  ['application/vnd.ms-outlook', async (bytes, limits) => ({ files: openMessage(bytes, limits), signer: null })],
  ['application/pkcs7-mime', openSigned],
  ['application/cms', openSigned],
])

async function openSigned(bytes: Buffer, limits: UnpackLimits): Promise<Contents> {
  const { file, signer } = await openSmime(bytes, limits)
  return { files: [file], signer }
}

/** Whether `unpackContainer` may open it. @param mediaType as sniffed (media-type.ts). */
export function isContainer(mediaType: string): boolean {
  return openers.has(mediaType)
}

/**
 * Opens one level of a container. All of its files, or none: [] only when it holds none, and then it is best kept as it was sent. A message
 * embedded in TNEF or in Outlook's is one file, again TNEF or Outlook's. Never rejects, whatever the bytes are; they must not change until
 * it resolves, nor after: files of a stored ZIP entry or of TNEF share their memory.
 */
export async function unpackContainer(bytes: Buffer, mediaType: string, limits: UnpackLimits = UNPACK_LIMITS): Promise<Unpacking> {
  try {
    const open = openers.get(mediaType)
    return open ? { kind: 'unpacked', ...(await open(bytes, limits)) } : { kind: 'as-sent', reason: 'damaged' }
  } catch (error) {
    // Whatever a library throws means the same: these bytes are not what they should be.
    const reason = error instanceof StopUnpacking ? error.reason : 'damaged'
    return reason === 'protected' ? { kind: 'protected' } : { kind: 'as-sent', reason }
  }
}
