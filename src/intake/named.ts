// Whom a message names, whoever sent it and whether or not anybody has that name: noted as keyed hashes, so that an admin who is asked
// "did it arrive for me" also finds what was refused. Nothing is decided by it; that is route.ts.

import { canonicalAddress, readAddresses } from '../mail/address.js'
import { findPostboxNumbers, readPostboxNumber } from '../postbox-number.js'
import type { PersonName } from '../store/intake-keys.js'

/** Of one message: whoever writes more names into it is not made bigger by that. */
const MOST_NAMES = 8

/** @param tag of the intake address. */
export function namesIn(subject: string, tag: string | null): PersonName[] {
  const { numbers, perhaps } = findPostboxNumbers(subject)
  return bounded([
    ...addresses(readAddresses(subject).addresses),
    ...postboxes([...numbers, ...perhaps]),
    ...(tag === null ? [] : named(tag)),
  ])
}

/** @param numbers canonical postbox numbers in the codes on the first pages. */
export function namesOnPages(names: readonly PersonName[] = [], numbers: readonly string[]): PersonName[] {
  return bounded([...postboxes(numbers), ...names])
}

/** What a person typed who knows one of the two. Null: it is neither. */
export function readName(typed: string): PersonName | 'mistyped' | null {
  const number = readPostboxNumber(typed)
  if (number.kind === 'mistyped') return 'mistyped'
  return named(typed)[0] ?? null
}

function named(text: string): PersonName[] {
  const number = readPostboxNumber(text)
  if (number.kind === 'number') return postboxes([number.number])
  const address = canonicalAddress(text)
  return address === null ? [] : addresses([address])
}

const addresses = (values: readonly string[]) => values.map((value) => ({ kind: 'address', value }) as const)
const postboxes = (values: readonly string[]) => values.map((value) => ({ kind: 'postbox', value }) as const)

function bounded(names: readonly PersonName[]): PersonName[] {
  const known = new Map(names.map((name) => [`${name.kind} ${name.value}`, name]))
  return [...known.values()].slice(0, MOST_NAMES)
}
