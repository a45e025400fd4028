// The request that an intake answers, as seen by the intake: found before a package is sealed, ended when it is announced.

export interface AwaitedRequest {
  /** Canonical: eight characters of Crockford's base32. */
  readonly number: string
  readonly kind: 'access' | 'authorization'
}

/** The form of a consent under 42 CFR part 2, as PDF, with the number of its request. */
export interface ConsentCopy {
  readonly number: string
  readonly bytes: Buffer
  readonly name: string
}

/** What arriving records have to do with what she asked for. */
export interface Awaited {
  /** Those that they answer; the package names the first one. */
  readonly answers: readonly AwaitedRequest[]
  /** A copy has to go with each disclosure (42 CFR 2.32(b)). */
  readonly consents: readonly ConsentCopy[]
}

/** `Tables` are the store's; packages are named by their canonical numbers. */
export interface AwaitedRequests<Tables> {
  /**
   * The requests that records of this provider for this person answer: those whose numbers stand on the pages or in the Subject, in
   * `numbers`, if they are hers; else the one that the same documents answered before, in one of the packages that `twins` gives; else her
   * oldest open one to this provider; else an answered one under whose consent they come. With them the copies of all consents that may be
   * the reason they come: which one it was, nobody says. Null: she has asked for nothing of the kind. Throws when a copy can't be made:
   * then nothing may be sealed.
   */
  find(consumerId: string, providerId: string, numbers: readonly string[], twins: () => Promise<readonly string[]>): Promise<Awaited | null>
  /** Within the transaction that makes the package `sent`. Does nothing when it is answered, withdrawn or gone. */
  answered(tables: Tables, number: string, packageNumber: string, at: number): Promise<void>
  /** Within the transaction that ends these packages as not hers: what they answered is open again. */
  reopen(tables: Tables, packageNumbers: readonly string[], at: number): Promise<void>
}
