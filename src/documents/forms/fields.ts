// The fields of a form (ISO 32000-1 12.7): each comes with a picture of its value, drawn in any script, and stays one that any viewer can
// fill in again. What a viewer draws then is in its own Helvetica: that no viewer can do better is the price of not shipping whole fonts.

import { fixed } from '../paged/lay-out.js'
import { type PDFDocument, PDFHexString, PDFName, type PDFObject, type PDFRef } from '../pdf-library.js'
import type { Tags } from './tags.js'

export interface Box {
  readonly x: number
  /** Of its lower edge. */
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A page as fields see it. */
export interface FieldPage {
  readonly ref: PDFRef
  /** Its annotations, in the order of the tab key. */
  readonly widgets: PDFRef[]
}

export interface TextValue {
  readonly name: string
  readonly tooltip: string
  readonly value: string
  readonly isMultiline: boolean
  readonly isRightToLeft: boolean
  /** Of the font that a viewer types with. */
  readonly size: number
  /** Operators that draw the value, from the box's lower left corner. */
  readonly picture: string
}

/** Flags of fields and annotations. */
const FLAGS = { multiline: 1 << 12, noToggleToOff: 1 << 14, radio: 1 << 15, print: 1 << 2 }
/** /Q: where the text of a field stands. */
const RIGHT = 2

export class Fields {
  readonly #document: PDFDocument
  readonly #tags: Tags
  readonly #fonts: PDFRef
  readonly #all: PDFRef[] = []
  readonly #groups = new Map<string, { readonly ref: PDFRef; readonly kids: PDFRef[]; value: string | null; readonly tooltip: string }>()

  /** @param fonts the resources that pictures of values are drawn with. */
  constructor(document: PDFDocument, tags: Tags, fonts: PDFRef) {
    this.#document = document
    this.#tags = tags
    this.#fonts = fonts
  }

  addText(page: FieldPage, box: Box, field: TextValue): void {
    const picture = this.#picture(box, `/Tx BMC\nq\n${field.picture}Q\nEMC\n`)
    this.#all.push(
      this.#widget(page, box, {
        ...{ FT: 'Tx', T: PDFHexString.fromText(field.name), TU: PDFHexString.fromText(field.tooltip) },
        ...{ V: PDFHexString.fromText(field.value), DA: appearanceOf('Helv', field.size) },
        ...{ Ff: field.isMultiline ? FLAGS.multiline : 0, ...(field.isRightToLeft ? { Q: RIGHT } : {}) },
        AP: this.#document.context.obj({ N: picture }),
      }),
    )
  }

  addCheck(page: FieldPage, box: Box, { name, tooltip, isOn }: { name: string; tooltip: string; isOn: boolean }): void {
    const state = PDFName.of(isOn ? 'Yes' : 'Off')
    this.#all.push(
      this.#widget(page, box, {
        ...{ FT: 'Btn', T: PDFHexString.fromText(name), TU: PDFHexString.fromText(tooltip), V: state, AS: state },
        ...{ DA: appearanceOf('ZaDb', 0), MK: this.#document.context.obj({ CA: PDFHexString.fromText('8') }) },
        AP: this.#states(box, 'Yes', cross(box)),
      }),
    )
  }

  /** One button of a group, which is one field. */
  addRadio(page: FieldPage, box: Box, button: { group: string; value: string; tooltip: string; isOn: boolean }): void {
    const { context } = this.#document
    let group = this.#groups.get(button.group)
    if (!group) {
      group = { ref: context.nextRef(), kids: [], value: null, tooltip: button.tooltip }
      this.#groups.set(button.group, group)
      this.#all.push(group.ref)
    }
    if (button.isOn) group.value = button.value
    group.kids.push(
      this.#widget(page, box, {
        ...{ Parent: group.ref, TU: PDFHexString.fromText(button.tooltip), AS: PDFName.of(button.isOn ? button.value : 'Off') },
        ...{ DA: appearanceOf('ZaDb', 0), MK: context.obj({ CA: PDFHexString.fromText('l') }) },
        AP: this.#states(box, button.value, dot(box)),
      }),
    )
  }

  finish(): void {
    const { context, catalog } = this.#document
    for (const [name, { ref, kids, value, tooltip }] of this.#groups) {
      const T = PDFHexString.fromText(name)
      const V = PDFName.of(value ?? 'Off')
      const Ff = FLAGS.radio | FLAGS.noToggleToOff
      context.assign(ref, context.obj({ FT: 'Btn', T, TU: PDFHexString.fromText(tooltip), Ff, V, Kids: kids }))
    }
    const font = (entries: Record<string, string>) => context.register(context.obj({ Type: 'Font', Subtype: 'Type1', ...entries }))
    const Helv = font({ BaseFont: 'Helvetica', Encoding: 'WinAnsiEncoding' })
    const DR = context.obj({ Font: context.obj({ Helv, ZaDb: font({ BaseFont: 'ZapfDingbats' }) }) })
    catalog.set(PDFName.of('AcroForm'), context.register(context.obj({ Fields: this.#all, DR, DA: appearanceOf('Helv', 10) })))
  }

  #widget(page: FieldPage, { x, y, width, height }: Box, entries: Record<string, string | number | PDFObject>): PDFRef {
    const { context } = this.#document
    const ref = context.nextRef()
    const rectangle = [x, y, x + width, y + height].map((edge) => Math.round(edge * 100) / 100)
    const shared = { Type: 'Annot', Subtype: 'Widget', F: FLAGS.print, P: page.ref, Rect: rectangle, BS: { W: 0 } }
    context.assign(ref, context.obj({ ...shared, StructParent: this.#tags.addField(page.ref, ref), ...entries }))
    page.widgets.push(ref)
    return ref
  }

  #picture({ width, height }: Box, operators: string): PDFRef {
    const { context } = this.#document
    const entries = { Type: 'XObject', Subtype: 'Form', BBox: [0, 0, width, height], Resources: this.#fonts }
    return context.register(context.flateStream(operators, entries))
  }

  #states(box: Box, on: string, operators: string): PDFObject {
    const { context } = this.#document
    return context.obj({ N: context.obj({ [on]: this.#picture(box, operators), Off: this.#picture(box, '') }) })
  }
}

function appearanceOf(font: string, size: number): PDFObject {
  // As a string of bytes: viewers read operators in it.
  return PDFHexString.of(Buffer.from(`/${font} ${size} Tf 0 g`).toString('hex'))
}

/** A cross stays one on a fax, where a tick becomes a speck. */
function cross({ width, height }: Box): string {
  const [near, right, top] = [2, width - 2, height - 2].map(fixed)
  return `q 0 G 1.4 w ${near} ${near} m ${right} ${top} l ${near} ${top} m ${right} ${near} l S Q\n`
}

function dot({ width, height }: Box): string {
  return `q 0 g ${circle(width / 2, height / 2, Math.min(width, height) / 2 - 2.4)} f Q\n`
}

/** As a path, of four curves. */
export function circle(x: number, y: number, radius: number): string {
  const bend = radius * 0.5523
  const at = (...points: number[]) => points.map(fixed).join(' ')
  return [
    `${at(x + radius, y)} m`,
    `${at(x + radius, y + bend, x + bend, y + radius, x, y + radius)} c`,
    `${at(x - bend, y + radius, x - radius, y + bend, x - radius, y)} c`,
    `${at(x - radius, y - bend, x - bend, y - radius, x, y - radius)} c`,
    `${at(x + bend, y - radius, x + radius, y - bend, x + radius, y)} c`,
  ].join(' ')
}
