// Sizes of messages in classes, so that "the big ones" is an index and no scan. A row keeps the place of its class in this list.

/** `from` bytes on, up to the next one. A class is never moved: rows keep its place. */
export const SIZE_CLASSES = [
  { name: 'empty', from: 0 },
  { name: 'small', from: 1 },
  { name: 'medium', from: 100_000 },
  { name: 'large', from: 1_000_000 },
  { name: 'huge', from: 10_000_000 },
] as const

export type SizeClass = (typeof SIZE_CLASSES)[number]['name']

/** The place of the class these bytes are in. */
export function sizeClassOf(bytes: number): number {
  return SIZE_CLASSES.findLastIndex(({ from }) => bytes >= from)
}
