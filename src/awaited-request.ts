// The request that an intake answers, as seen by the intake: found before a package is sealed, ended when it is announced.

export interface AwaitedRequest {
  /** Canonical: eight characters of Crockford's base32. */
  readonly number: string
  readonly kind: 'access' | 'authorization'
  /** Of a consent under 42 CFR part 2, a copy has to go with each disclosure (2.32): the signed form as PDF; else null. */
  readonly consent: { readonly bytes: Buffer; readonly name: string } | null
}

/** `Tables` are the store's; packages are named by their canonical numbers. */
export interface AwaitedRequests<Tables> {
  /**
   * The request that records of this provider for this person answer: the one whose number stands in a QR code among `numbers`, if it is
   * hers; else the one that the same documents answered before, in one of the packages `twins`; else her oldest open one to this provider;
   * else an answered one under whose consent they come, so that a copy of it goes with them. Null: none. Throws when that copy can't be
   * made: then nothing may be sealed.
   */
  find(consumerId: string, providerId: string, numbers: readonly string[], twins: readonly string[]): Promise<AwaitedRequest | null>
  /** Within the transaction that makes the package `sent`. Does nothing when it is answered, withdrawn or gone. */
  answered(tables: Tables, number: string, packageNumber: string, at: number): Promise<void>
  /** Within the transaction that ends these packages as not hers: what they answered is open again. */
  reopen(tables: Tables, packageNumbers: readonly string[], at: number): Promise<void>
}
