// The one error of a package that can't be read. It says where it broke and carries nothing of what was being read: the messages of
// foreign parsers quote file names, so neither they nor the errors themselves are kept as a cause.

/** `header`, `payload`: the age file (spec at c2sp.org/age); `zip`, `manifest`, `document`, `copy`: what it holds. */
export type DamagedPart = 'header' | 'payload' | 'zip' | 'manifest' | 'document' | 'copy'

/** Thrown when a sealed file is broken, cut short, added to or not ours. Trying again won't help; an older backup of the file may. */
export class PackageDamagedError extends Error {
  override name = 'PackageDamagedError'
  readonly code: `HIP_DAMAGED_${Uppercase<DamagedPart>}`

  constructor(part: DamagedPart) {
    super(`opening package: damaged ${part}`)
    this.code = `HIP_DAMAGED_${part.toUpperCase() as Uppercase<DamagedPart>}`
  }
}
