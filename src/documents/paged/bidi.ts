// The order in which a line is drawn (UAX #9): stretches of one direction, from left to right as the eye sees them.

import bidiFactory, { type Bidi, type EmbeddingLevels } from 'bidi-js'

// Its types speak of an ES module, which Node doesn't take it for.
const bidi = (bidiFactory as unknown as () => Bidi)()

/** Part of a line, in the order of reading. */
export interface Stretch {
  readonly start: number
  /** Exclusive. */
  readonly end: number
  readonly isRtl: boolean
}

/** The directions within a paragraph. */
export interface Directions {
  /** Does the paragraph as a whole read from right to left? Then its lines stand at the right. */
  readonly isRtl: boolean
  /** The stretches of one line, `start` to `end` (exclusive) of the paragraph, as they are drawn. */
  inLine(start: number, end: number): Stretch[]
}

/** Of a paragraph without line breaks in it. */
export function directionsOf(text: string): Directions {
  const resolved = bidi.getEmbeddingLevels(text)
  const base = resolved.paragraphs[0]?.level ?? 0
  return { isRtl: base % 2 === 1, inLine: (start, end) => stretchesOf(resolved, base, text, start, end) }
}

/** Rule L2: from the highest level down, each stretch at that level or above is turned around. */
function stretchesOf({ levels }: EmbeddingLevels, base: number, text: string, start: number, end: number): Stretch[] {
  // Rule L1.4: spaces at the end of a line have the paragraph's own direction.
  const words = text.slice(start, end).trimEnd().length
  const levelAt = (at: number) => (at < start + words ? (levels[at] ?? base) : base)
  const stretches: Array<Stretch & { readonly level: number }> = []
  for (let at = start; at < end; ) {
    const level = levelAt(at)
    let next = at + 1
    while (next < end && levelAt(next) === level) next++
    stretches.push({ start: at, end: next, isRtl: level % 2 === 1, level })
    at = next
  }
  const highest = Math.max(0, ...stretches.map(({ level }) => level))
  for (let level = highest; level > 0; level--) {
    for (let at = 0; at < stretches.length; ) {
      let next = at
      while (next < stretches.length && (stretches[next]?.level ?? 0) >= level) next++
      if (next > at + 1) stretches.splice(at, next - at, ...stretches.slice(at, next).reverse())
      at = next + 1
    }
  }
  return stretches
}
