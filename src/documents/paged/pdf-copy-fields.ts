// The values of form fields that come without a picture, or with one that the form itself calls outdated (NeedAppearances): they are drawn
// here, in any script, so that no answer a patient or a clinic filled in vanishes from the copy (ISO 32000-1 12.7.3, 12.7.4).

import {
  PDFArray,
  PDFBool,
  PDFDict,
  type PDFDocument,
  PDFHexString,
  PDFName,
  PDFNumber,
  type PDFObject,
  PDFString,
} from '../pdf-library.js'
import { FontBook } from './fonts.js'
import { fixed, Pen, type Style } from './lay-out.js'
import type { FieldPainter } from './pdf-copy-annots.js'
import { entryOf } from './pdf-copy-load.js'

/** Of a field in its parents. */
const MAX_DEPTH = 32
const MAX_FIELDS = 20_000
/** Field flags: bits 13, 14 and 17. */
const FLAGS = { multiline: 1 << 12, password: 1 << 13, pushbutton: 1 << 16 }
const PADDING = 2
const SIZES = { usual: 10, largest: 12, smallest: 4 }

export interface Painter {
  readonly paint: FieldPainter
  /** Writes the fonts that were used. */
  finish(): void
}

/** Reads the form once, to know which letters its values need. */
export async function fieldPainter(source: PDFDocument, target: PDFDocument): Promise<Painter> {
  const form = entryOf(source.catalog, 'AcroForm', PDFDict)
  if (form === null) return { paint: () => null, finish: () => undefined }
  const isOutdated = entryOf(form, 'NeedAppearances', PDFBool)?.asBoolean() === true
  const needed = (field: PDFDict) => isOutdated || entryOf(field, 'AP', PDFDict) === null
  const book = await FontBook.open(valuesIn(source), ['sans'])
  const pen = new Pen(target, book)
  let isUsed = false
  const paint: FieldPainter = (field) => {
    const value = needed(field) ? shownValue(field) : null
    const box = value === null ? null : sizeOf(field)
    if (value === null || box === null) return null
    isUsed = true
    const operators = value === CHECKED ? cross(box) : drawValue(pen, book, field, value, box)
    const entries = { Type: 'XObject', Subtype: 'Form', BBox: [0, 0, box.width, box.height], Resources: pen.resources }
    return target.context.register(target.context.flateStream(operators, entries))
  }
  return { paint, finish: () => (isUsed ? pen.finish() : undefined) }
}

/** Stands for a box that is ticked. */
const CHECKED = Symbol('checked')

interface Box {
  readonly width: number
  readonly height: number
}

/** All texts that are values of fields, wherever those hang. */
function* valuesIn({ context }: PDFDocument): Iterable<string> {
  let fields = 0
  for (const [, object] of context.enumerateIndirectObjects()) {
    if (!(object instanceof PDFDict) || !(object.has(PDFName.of('V')) || object.has(PDFName.of('Opt'))) || ++fields > MAX_FIELDS) continue
    yield* textsOf(context.lookup(object.get(PDFName.of('V'))), context)
    yield* textsOf(context.lookup(object.get(PDFName.of('Opt'))), context)
  }
}

function textsOf(value: PDFObject | undefined, context: PDFDocument['context'], depth = 0): string[] {
  if (value instanceof PDFString || value instanceof PDFHexString) return [value.decodeText()]
  if (!(value instanceof PDFArray) || depth > 1) return []
  return value.asArray().flatMap((one) => textsOf(context.lookup(one), context, depth + 1))
}

/** What the field says; null for nothing, and for what is no text or tick. */
function shownValue(field: PDFDict): string | typeof CHECKED | null {
  const kind = inherited(field, 'FT')
  const flags = flagsOf(field)
  if (kind === PDFName.of('Btn')) {
    const state = entryOf(field, 'AS', PDFName) ?? inherited(field, 'V')
    // One that has pictures is as good as its state says, outdated or not.
    const isTicked = state instanceof PDFName && state !== PDFName.of('Off') && entryOf(field, 'AP', PDFDict) === null
    return isTicked && (flags & FLAGS.pushbutton) === 0 ? CHECKED : null
  }
  if (kind !== PDFName.of('Tx') && kind !== PDFName.of('Ch')) return null
  const value = textsOf(inherited(field, 'V'), field.context).map((text) => (kind === PDFName.of('Ch') ? labelOf(field, text) : text))
  const text = value.join('\n').replace(/\r\n?/g, '\n').trimEnd()
  if (text === '') return null
  return (flags & FLAGS.password) === 0 ? text : '*'.repeat(Math.min(32, text.length))
}

/** 12.7.4.4: a choice may be stored by a short name and shown by a long one. */
function labelOf(field: PDFDict, value: string): string {
  const options = inherited(field, 'Opt')
  if (!(options instanceof PDFArray)) return value
  for (const option of options.asArray()) {
    const [stored, shown] = textsOf(field.context.lookup(option), field.context)
    if (stored === value && shown !== undefined) return shown
  }
  return value
}

/** An entry of the field or of the nearest parent that has it. */
function inherited(field: PDFDict, key: string): PDFObject | undefined {
  let at: PDFDict | null = field
  for (let depth = 0; at !== null && depth < MAX_DEPTH; depth++) {
    const value = field.context.lookup(at.get(PDFName.of(key)))
    if (value !== undefined) return value
    at = entryOf(at, 'Parent', PDFDict)
  }
  return undefined
}

function flagsOf(field: PDFDict): number {
  const flags = inherited(field, 'Ff')
  return flags instanceof PDFNumber ? flags.asNumber() : 0
}

function sizeOf(field: PDFDict): Box | null {
  const corners = entryOf(field, 'Rect', PDFArray)
    ?.asArray()
    .map((edge) => field.context.lookup(edge))
  if (corners?.length !== 4 || !corners.every((edge) => edge instanceof PDFNumber)) return null
  const [left = 0, bottom = 0, right = 0, top = 0] = corners.map((edge) => edge.asNumber())
  const box = { width: Math.abs(right - left), height: Math.abs(top - bottom) }
  return box.width > 0 && box.height > 0 ? box : null
}

function cross({ width, height }: Box): string {
  const [left, bottom, right, top] = [0.2 * width, 0.2 * height, 0.8 * width, 0.8 * height].map(fixed)
  return `q 1 w 0 G ${left} ${bottom} m ${right} ${top} l S ${left} ${top} m ${right} ${bottom} l S Q\n`
}

/** In the size that the form asks for, or smaller until all of it has room. */
function drawValue(pen: Pen, book: FontBook, field: PDFDict, value: string, { width, height }: Box): string {
  const isMultiline = (flagsOf(field) & FLAGS.multiline) !== 0 || value.includes('\n')
  const rows = value.split('\n').map((row) => book.drawable(row.replaceAll('\t', '    '), 'sans', 'obeyed').text)
  const room = Math.max(1, width - 2 * PADDING)
  const asked = askedSize(field) || (isMultiline ? SIZES.usual : Math.min(SIZES.largest, height * 0.7))
  for (let size = asked; ; size *= 0.9) {
    const style: Style = { look: 'sans', size }
    const lines = rows.flatMap((row) => pen.linesOf(row, style, isMultiline || size <= SIZES.smallest ? room : Number.MAX_SAFE_INTEGER))
    const heights = lines.map((line) => pen.heightOf(line, style))
    const total = heights.reduce((sum, own) => sum + own, 0)
    const widest = Math.max(...lines.map((line) => line.width)) * (size / 1000)
    const fits = total <= height + size * 0.4 && widest <= room
    if (!fits && size > SIZES.smallest) continue
    let y = isMultiline ? height - PADDING : (height + total) / 2
    let operators = '/Tx BMC q\n'
    for (const [index, line] of lines.entries()) {
      y -= heights[index] ?? 0
      operators += pen.draw(line, style, PADDING, y + size * 0.3, width - PADDING)
    }
    return `${operators}Q EMC\n`
  }
}

/** The size in the default appearance, `/Helv 10 Tf`; 0 means whatever fits. */
function askedSize(field: PDFDict): number {
  const appearance = inherited(field, 'DA')
  const text = appearance instanceof PDFString || appearance instanceof PDFHexString ? appearance.decodeText() : ''
  const size = Number(/([\d.]+)\s+Tf/.exec(text)?.[1] ?? 0)
  return size >= SIZES.smallest && size <= 72 ? size : 0
}
