// Fonts in a PDF (ISO 32000-1 9.7): each face becomes one composite font, whose characters are numbered in the order in which they are
// drawn. One number stands for one glyph and the text it means there, so that text copied out of the page is what was put in, even where
// two characters share a glyph or one glyph stands for several.

import { NotConvertibleError } from '../copy.js'
import { type PDFDocument, PDFHexString, PDFName, type PDFRef } from '../pdf-library.js'
import type { Face } from './fonts-faces.js'
import { subsetFont } from './fonts-subset.js'

/** Symbolic: its characters are numbers of its own. */
const SYMBOLIC = 4

/** What a glyph means that has no text of its own: a space without width. */
export const NOTHING = '\u200b'
/** They are written in two bytes. */
const MAX_NUMBERS = 0xfffe

interface Drawn {
  readonly glyph: number
  readonly text: string
  readonly width: number
}

/** A face as one document uses it. */
class EmbeddedFace {
  /** Its name in the resources of a page. */
  readonly key: string
  readonly ref: PDFRef
  readonly face: Face
  readonly drawn: Drawn[] = []
  readonly #numbers = new Map<string, number>()
  readonly #advances = new Map<number, number>()

  constructor(key: string, ref: PDFRef, face: Face) {
    this.key = key
    this.ref = ref
    this.face = face
  }

  /** The number of a glyph that means this text. 0 is the glyph for "none" by the format's rule, so they start at 1. */
  numberOf(glyph: number, text: string, width = this.widthOf(glyph)): number {
    const id = `${glyph} ${width} ${text}`
    const known = this.#numbers.get(id)
    if (known !== undefined) return known
    if (this.drawn.length >= MAX_NUMBERS) throw new NotConvertibleError('too-big')
    this.drawn.push({ glyph, text, width })
    this.#numbers.set(id, this.drawn.length)
    return this.drawn.length
  }

  /** A glyph without width, to be drawn invisibly: it holds a place. */
  get anchor(): number {
    return this.numberOf(this.drawn[0]?.glyph ?? 0, NOTHING, 0)
  }

  /** In thousandths of the font size, as the PDF has it. */
  widthOf(glyph: number): number {
    return Math.round((this.advanceOf(glyph) * 1000) / this.face.unitsPerEm)
  }

  /** In the font's own units. */
  advanceOf(glyph: number): number {
    const known = this.#advances.get(glyph)
    if (known !== undefined) return known
    const advance = this.face.font.glyphHAdvance(glyph)
    this.#advances.set(glyph, advance)
    return advance
  }
}

export type { EmbeddedFace }

/** All faces of one document. `finish` writes them, once everything is drawn. */
export class FontCase {
  readonly #document: PDFDocument
  readonly #faces = new Map<Face, EmbeddedFace>()

  constructor(document: PDFDocument) {
    this.#document = document
  }

  /** The face as this document uses it, embedded when it is new. */
  faceOf(face: Face): EmbeddedFace {
    const known = this.#faces.get(face)
    if (known) return known
    const made = new EmbeddedFace(`F${this.#faces.size + 1}`, this.#document.context.nextRef(), face)
    this.#faces.set(face, made)
    return made
  }

  /** For /Font of the resources. */
  references(): Record<string, PDFRef> {
    return Object.fromEntries(Array.from(this.#faces.values(), ({ key, ref }) => [key, ref]))
  }

  /** Writes the fonts that were used. Throws when a font can't be cut. */
  finish(): void {
    for (const face of this.#faces.values()) writeFont(this.#document, face)
  }
}

function writeFont({ context }: PDFDocument, { key, ref, face, drawn }: EmbeddedFace): void {
  const bytes = subsetFont(face.bytes, new Set(drawn.map(({ glyph }) => glyph)), face.weight)
  const name = PDFName.of(`${tagOf(Number(key.slice(1)))}+${face.name}`)
  const descriptor = context.register(
    context.obj({
      ...{ Type: 'FontDescriptor', FontName: name, Flags: SYMBOLIC, ItalicAngle: 0, StemV: 80 },
      ...{ FontBBox: [-1000, Math.round(-1000 * face.descent), 3000, Math.round(1000 * face.ascent)] },
      ...{ Ascent: Math.round(1000 * face.ascent), Descent: Math.round(-1000 * face.descent), CapHeight: 714 },
      FontFile2: context.register(context.flateStream(bytes, { Length1: bytes.length })),
    }),
  )
  const glyphs = Buffer.alloc(2 * (drawn.length + 1))
  for (const [index, { glyph }] of drawn.entries()) glyphs.writeUInt16BE(glyph, 2 * (index + 1))
  const descendant = context.register(
    context.obj({
      ...{ Type: 'Font', Subtype: 'CIDFontType2', BaseFont: name, FontDescriptor: descriptor },
      CIDSystemInfo: { Registry: PDFHexString.of('41646F6265'), Ordering: PDFHexString.of('4964656E74697479'), Supplement: 0 },
      CIDToGIDMap: context.register(context.flateStream(glyphs)),
      ...{ DW: 1000, W: [1, drawn.map(({ width }) => width)] },
    }),
  )
  const unicode = context.register(context.flateStream(unicodeMap(drawn)))
  context.assign(
    ref,
    context.obj({
      ...{ Type: 'Font', Subtype: 'Type0', BaseFont: name, Encoding: 'Identity-H' },
      ...{ DescendantFonts: [descendant], ToUnicode: unicode },
    }),
  )
}

/** 9.10.3: from numbers back to text, a hundred lines at a time. */
function unicodeMap(drawn: readonly Drawn[]): string {
  const lines = drawn.map(({ text }, index) => `<${hexOf(index + 1)}> <${Buffer.from(text, 'utf16le').swap16().toString('hex')}>`)
  const blocks: string[] = []
  for (let at = 0; at < lines.length; at += 100) {
    const block = lines.slice(at, at + 100)
    blocks.push(`${block.length} beginbfchar\n${block.join('\n')}\nendbfchar\n`)
  }
  return [
    '/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n',
    '/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n',
    '1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n',
    ...blocks,
    'endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n',
  ].join('')
}

/** A number of a glyph as a page writes it. */
export function hexOf(number: number): string {
  return number.toString(16).padStart(4, '0')
}

/** 9.6.4: six letters, unlike those of another subset in the file. */
function tagOf(index: number): string {
  return Array.from({ length: 6 }, (_, place) => String.fromCharCode(65 + (Math.floor(index / 26 ** place) % 26))).join('')
}
