// Randomness that can be had again: every item has its own, made of the run's seed, its kind and its number, so that one item can be
// repeated without those before it.

import { createHash } from 'node:crypto'

export class Random {
  #state: number

  /** @param name of what is made from it, for instance `mime 17`. */
  constructor(seed: number, name: string) {
    this.#state = createHash('sha256').update(`${seed}/${name}`).digest().readUInt32LE()
  }

  /** From 0 up to 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }

  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end)
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(list: readonly T[]): T {
    const [first] = list
    if (first === undefined) throw new Error('nothing to pick from')
    return list[this.below(list.length)] ?? first
  }

  /** Up to `most` of what `make` makes. */
  several<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.below(most + 1) }, make)
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length)
    for (let at = 0; at < length; at++) bytes[at] = this.below(256)
    return bytes
  }

  /** Words of letters, now and then with what programs stumble over. */
  text(most = 40): string {
    const odd = [
      'é',
      'ß',
      '漢字',
      '\u202e',
      '\u0000',
      '\r\n',
      '"',
      "'",
      '<',
      '>',
      '&',
      '{{',
      '{%',
      '%00',
      '../',
      '\\',
      '\ud800',
      '𝒳',
      '=',
      ';',
    ]
    return Array.from({ length: this.between(0, most) }, () =>
      this.chance(0.06) ? this.pick(odd) : String.fromCharCode(this.pick([32, this.between(97, 122), this.between(97, 122)])),
    ).join('')
  }

  token(least = 1, most = 12): string {
    return Array.from({ length: this.between(least, most) }, () => this.pick([...'abcdefghijklmnopqrstuvwxyz0123456789'])).join('')
  }
}
