// The request that an intake answers, as seen by the intake: found before a package is sealed, ended when it is announced.

export interface AwaitedRequest {
  /** Canonical: eight characters of Crockford's base32. */
  readonly number: string
  readonly kind: 'access' | 'authorization'
  /** Of a consent under 42 CFR part 2, a copy has to go with each disclosure (2.32): the signed form as PDF; else null. */
  readonly consent: { readonly bytes: Buffer; readonly name: string } | null
}

/** `Tables` are the store's. */
export interface AwaitedRequests<Tables> {
  /**
   * The request that records of this provider for this person answer: the one whose number stands in a QR code among `numbers`, if it is
   * hers; else her oldest open one to this provider. Null: none.
   */
  find(consumerId: string, providerId: string, numbers: readonly string[]): Promise<AwaitedRequest | null>
  /** Within the transaction that makes the package `sent`. Does nothing when it is answered, withdrawn or gone. */
  answered(tables: Tables, number: string, packageNumber: string, at: number): Promise<void>
}
