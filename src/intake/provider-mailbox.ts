// Where a provider is written to about a package, after its receipt: the receipt's own way.

import type { Log } from '../log.js'
import type { ProviderMailbox } from '../queued-mail.js'
import type { Keyring } from '../store/keyring.js'
import type { PackageRow } from '../store/packages.js'
import type { Tables } from '../store/store.js'
import type { Post } from './post.js'
import { RECEIPT_LANGUAGE } from './receive.js'
import { openAddresses } from './reverse-path.js'

export interface MailboxTools {
  readonly post: Pick<Post, 'receiptId'>
  readonly keyring: Keyring
  readonly log: Log
}

/**
 * Where the provider wants its receipts now, else where that package's receipt went. Null: nowhere, as for a fax, or it isn't known any more.
 * Within the caller's transaction.
 */
export async function providerMailbox(
  tools: MailboxTools,
  tables: Tables,
  { id, providerId, intakeNumber }: Pick<PackageRow, 'id' | 'providerId' | 'intakeNumber'>,
): Promise<ProviderMailbox | null> {
  const provider = await tables.providers.byId(providerId)
  const to = provider?.receiptsTo ?? (await whereReceiptWent(tools, tables, id))
  return to ? { to, language: RECEIPT_LANGUAGE, inReplyTo: await tools.post.receiptId(tables, intakeNumber) } : null
}

/**
 * Where a provider is written to about what people ask of it: where it wants its receipts. Null: nowhere is named, or it takes part no more.
 * Within the caller's transaction.
 */
export async function requestMailbox(tables: Tables, providerId: string): Promise<Pick<ProviderMailbox, 'to' | 'language'> | null> {
  const provider = await tables.providers.byId(providerId)
  if (provider?.state !== 'active' || provider.receiptsTo === null) return null
  return { to: provider.receiptsTo, language: RECEIPT_LANGUAGE }
}

/** What can't be read any more must not keep her from her records, nor somebody else's open. */
async function whereReceiptWent({ keyring, log }: MailboxTools, tables: Tables, packageId: string): Promise<string | null> {
  const path = await tables.reversePaths.ofPackage(packageId)
  try {
    return path && openAddresses(keyring, path).receiptTo
  } catch (error) {
    log.failure('intake', error, { packageId })
    return null
  }
}
