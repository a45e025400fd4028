// How long a postbox may stand unused, as the desk that asks its owner and the desk that takes mail for her both need to know.

import { DAY } from './clock.js'

/** After so long without her she is asked whether the postbox is still hers. */
export const UNUSED_AFTER = 365 * DAY
/** So long after that mail, and without her, nothing new is taken for her. */
export const REFUSED_AFTER = 30 * DAY

/** @param askedAt when she was asked, in ms since the epoch; null: she was not, or has been here since. */
export function isDormant(askedAt: number | null, now: number): boolean {
  return askedAt !== null && askedAt + REFUSED_AFTER <= now
}
