// Where a provider is written to about a package, after its receipt: the receipt's own way.

import type { Keyring } from '../store/keyring.js'
import type { PackageRow } from '../store/packages.js'
import type { Tables } from '../store/store.js'
import type { Post } from './post.js'
import { RECEIPT_LANGUAGE } from './receive.js'
import { openAddresses } from './reverse-path.js'

/** `inReplyTo`: Message-ID of the receipt; null: there was none. */
export interface ProviderMailbox {
  readonly to: string
  readonly language: string
  readonly inReplyTo: string | null
}

/**
 * Where the provider wants its receipts now, else where that package's receipt went. Null: nowhere, as for a fax, or it isn't known any more.
 * Within the caller's transaction.
 */
export async function providerMailbox(
  { post, keyring }: { readonly post: Pick<Post, 'receiptId'>; readonly keyring: Keyring },
  tables: Tables,
  { id, providerId, intakeNumber }: Pick<PackageRow, 'id' | 'providerId' | 'intakeNumber'>,
): Promise<ProviderMailbox | null> {
  const provider = await tables.providers.byId(providerId)
  const path = await tables.reversePaths.ofPackage(id)
  const to = provider?.receiptsTo ?? (path && openAddresses(keyring, path).receiptTo)
  return to ? { to, language: RECEIPT_LANGUAGE, inReplyTo: await post.receiptId(tables, intakeNumber) } : null
}
