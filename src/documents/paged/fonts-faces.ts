// Font files, read when the first letter needs them and kept: what is in here depends on no document. A family comes in slices; the list of
// code points beside them tells which slice to open.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { Blob, Face as FaceData, Font, Variation } from 'harfbuzzjs'
import decompress from 'woff2-encoder/decompress'
import type { Family } from './fonts-list.js'

const require = createRequire(import.meta.url)

/** One font file, ready to measure and shape. */
export interface Face {
  /** Unlike any other's. */
  readonly name: string
  readonly font: Font
  /** The whole file, as TrueType. */
  readonly bytes: Uint8Array
  /** The weight it is set to; null for a font that has but one. */
  readonly weight: number | null
  readonly unitsPerEm: number
  /** In parts of the font size. */
  readonly ascent: number
  readonly descent: number
  has(codePoint: number): boolean
}

interface Slice {
  readonly name: string
  readonly ranges: ReadonlyArray<readonly [first: number, last: number]>
}

/** The usual weight of text: variable fonts of Chinese are a hairline when nothing is said. */
const REGULAR = 400

const slices = new Map<string, Promise<readonly Slice[]>>()
const faces = new Map<string, Promise<Face>>()

/** The face of a family that may have the code point; null when no slice of it lists it. */
export async function faceOf(family: Family, codePoint: number): Promise<Face | null> {
  if (family.file !== undefined) return once(faces, `${family.packageName}/${family.file}`, readFace)
  const slice = (await slicesOf(family)).find(({ ranges }) => isWithin(ranges, codePoint))
  if (!slice) return null
  const stem = basename(family.packageName)
  return once(faces, `${family.packageName}/files/${stem}-${slice.name}-${family.suffix}.woff2`, readFace)
}

/** Does the family list the code point? Its files stay closed. */
export async function lists(family: Family, codePoint: number): Promise<boolean> {
  return (await slicesOf(family)).some(({ ranges }) => isWithin(ranges, codePoint))
}

function slicesOf({ packageName }: Family): Promise<readonly Slice[]> {
  return once(slices, `${packageName}/unicode.json`, async (path) => {
    const listed = JSON.parse(readFileSync(require.resolve(path), 'utf8')) as Record<string, string>
    return Object.entries(listed).map(([name, ranges]) => ({ name: name.replace(/[[\]]/g, ''), ranges: ranges.split(',').map(rangeOf) }))
  })
}

/** `U+600-6FF`, `U+20AC` */
function rangeOf(range: string): readonly [number, number] {
  const [first = '', last = first] = range.trim().slice(2).split('-')
  return [Number.parseInt(first, 16), Number.parseInt(last, 16)]
}

function isWithin(ranges: Slice['ranges'], codePoint: number): boolean {
  return ranges.some(([first, last]) => codePoint >= first && codePoint <= last)
}

async function readFace(path: string): Promise<Face> {
  const file = readFileSync(require.resolve(path))
  const bytes = path.endsWith('.woff2') ? await decompress(file) : file
  const data = new FaceData(new Blob(bytes))
  const weight = 'wght' in data.getAxisInfos() ? REGULAR : null
  const font = new Font(data)
  if (weight !== null) font.setVariations([new Variation('wght', weight)])
  const { ascender, descender } = font.hExtents()
  const known = new Map<number, boolean>()
  return {
    ...{ name: basename(path).replace(/\.\w+$/, ''), font, bytes, weight, unitsPerEm: data.upem },
    ...{ ascent: ascender / data.upem, descent: -descender / data.upem },
    has: (codePoint) => {
      const answer = known.get(codePoint) ?? font.nominalGlyph(codePoint) !== undefined
      known.set(codePoint, answer)
      return answer
    },
  }
}

function once<T>(kept: Map<string, Promise<T>>, path: string, read: (path: string) => Promise<T>): Promise<T> {
  const known = kept.get(path)
  if (known) return known
  const reading = read(path)
  kept.set(path, reading)
  return reading
}
