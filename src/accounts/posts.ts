// Forms of any kind, counted by the address they come from: what one machine can make this one do, whatever the form is for. Generous,
// as a whole clinic or a mobile network may stand behind one address; what is worth guessing has limits of its own.

import { MINUTE, SECOND } from '../clock.js'
import { type LimitRules, peerLimitKey } from '../store/limits.js'
import type { AccountTools } from './tools.js'

/** 300 without a pause of a quarter of an hour, and then one a second. A whole visit is eight. */
export const POST_RULES: LimitRules = { free: 300, delay: SECOND, maxDelay: SECOND, forget: 15 * MINUTE }

/** See AccountsDesk.takePost. */
export function takePost({ store, clock }: Pick<AccountTools, 'store' | 'clock'>, peer: string): Promise<number | null> {
  const key = peerLimitKey(store.keyring, 'posts', peer)
  return store.write(({ limits }) => limits.take(key, clock.now(), POST_RULES))
}
