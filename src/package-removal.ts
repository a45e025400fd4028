// Taking away whatever waits for a person, as seen by whoever closes her postbox. `Tables` are the store's.

export interface EndedPackage {
  readonly id: string
  readonly blobKey: string | null
}

export interface PackageRemoval<Tables> {
  /** Ends every live package of hers, on record, within the caller's transaction. What comes back is for `drop`. */
  endAll(tables: Tables, consumerId: string, at: number): Promise<readonly EndedPackage[]>
  /** After the commit: deletes the sealed files. Never throws; what can't go now goes in a later round. */
  drop(ended: readonly EndedPackage[]): Promise<void>
}
