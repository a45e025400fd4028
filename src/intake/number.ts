// The intake number: what a clerk, an admin and a receipt call one message's passage. Not secret.

import { randomInt } from 'node:crypto'

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** `20261122-7K2M9QXD`: the day (UTC), then 40 random bits in Crockford base32, easy to read out on the telephone. */
export function drawIntakeNumber(now: number, draw: (below: number) => number = (below) => randomInt(below)): string {
  const day = new Date(now).toISOString().slice(0, 10).replaceAll('-', '')
  return `${day}-${Array.from({ length: 8 }, () => CROCKFORD[draw(32)]).join('')}`
}
