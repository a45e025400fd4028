// Sealing: documents in, one age file out, as a stream. Nothing of it touches a disk on the way.

import { encrypt } from './age.js'
import { bundle, type PackageContents } from './bundle.js'

export type { PackageContents, PackageCopy, PackageDocument } from './bundle.js'
export { fileNames, type PackageFiles } from './file-names.js'

/**
 * The package as one age file under `passphrase` (from `derivePassphrase`), in small pieces: gather them before writing. Lets the event loop turn between
 * them. The documents' bytes must not change until it is done. Throws RangeError when there are more than 5,000 documents.
 */
export function seal(contents: PackageContents, passphrase: string): AsyncGenerator<Buffer> {
  return encrypt(bundle(contents), passphrase)
}
