// The cover sheet that a person hands to a clinic, or the clinic's fax desk prints: put on top of the records, its QR code takes the fax to
// her postbox. It says the number and nothing else about her.

import type { Text } from '../../texts.js'
import { drawQrCode, quietZoneOf } from './qr-code.js'
import { CENTIMETRE, fittingSize, SHEET, Sheet } from './sheet.js'

export interface PostboxNumber {
  /** As people read it: 'K7M-2QX-9DP'. */
  readonly shown: string
  /** What the QR code says. */
  readonly qrText: string
}

export interface CoverSheet {
  /** null: a blank sheet, on which the number is written by hand. */
  readonly postbox: PostboxNumber | null
  /** Where the clinic sends it; null where that isn't known. */
  readonly to: { readonly name: string; readonly fax: string | null; readonly intakeAddress: string } | null
  readonly operatorName: string
  /** Where more is told: the address of the site. */
  readonly site: string
}

/** The size at which a fax of the coarsest kind is still read, askew and with specks. */
export const QR_EDGE = 3 * CENTIMETRE

const LEFT = 64
const WIDTH = SHEET.width - 2 * LEFT
const GROUPS = 3
const BOX = { width: 26, height: 34, gap: 4, between: 16 }

/** A PDF of one page; the same bytes for the same sheet. @param at its date, in ms since the epoch. */
export async function coverSheetPdf(cover: CoverSheet, text: Text, at: number): Promise<Buffer> {
  const about = { title: text('sheets.cover.title'), language: text('sheets.language'), author: cover.operatorName }
  const sheet = await Sheet.create(about, at)
  sheet.write(cover.operatorName, { x: LEFT, y: 728, size: 11, width: WIDTH })
  sheet.write(text('sheets.cover.title'), { x: LEFT, y: 696, size: 26, weight: 'bold' })
  writePostbox(sheet, cover.postbox, text)
  let y = writeDesk(sheet, cover, text, 492)
  y = writeAddress(sheet, cover, text, y - 14)
  writeFields(sheet, text, y - 20)
  sheet.write(text('sheets.cover.private'), { x: LEFT, y: 84, size: 9.5, width: WIDTH })
  sheet.write(text('sheets.cover.more', { site: cover.site }), { x: LEFT, y: 56, size: 9.5, width: WIDTH })
  return sheet.finish()
}

function writePostbox(sheet: Sheet, postbox: PostboxNumber | null, text: Text): void {
  const [bottom, height] = [532, 136]
  sheet.box(LEFT, bottom, WIDTH, height)
  if (postbox === null) {
    sheet.write(text('sheets.number'), { x: LEFT + 24, y: bottom + 92, size: 14, weight: 'bold' })
    writeBoxes(sheet, LEFT + 24, bottom + 40)
    sheet.write(text('sheets.cover.by-hand'), { x: LEFT + 24, y: bottom + 18, size: 10 })
    return
  }
  const quiet = quietZoneOf(postbox.qrText, QR_EDGE)
  const x = LEFT + quiet + 6
  drawQrCode(sheet.page, postbox.qrText, { x, y: bottom + (height - QR_EDGE) / 2, edge: QR_EDGE })
  const right = x + QR_EDGE + quiet + 14
  const room = LEFT + WIDTH - right - 10
  sheet.write(text('sheets.number'), { x: right, y: bottom + 88, size: 14, weight: 'bold', width: room })
  sheet.write(postbox.shown, { x: right, y: bottom + 44, size: fittingSize(postbox.shown, 'bold', 40, room), weight: 'bold' })
}

/** Nine boxes in groups of three. */
function writeBoxes(sheet: Sheet, left: number, bottom: number): void {
  for (let box = 0; box < GROUPS * 3; box++) {
    const x = left + box * (BOX.width + BOX.gap) + Math.floor(box / 3) * BOX.between
    sheet.box(x, bottom, BOX.width, BOX.height)
  }
}

/** Two sentences: a fax desk reads no more. */
function writeDesk(sheet: Sheet, { postbox, site }: CoverSheet, text: Text, top: number): number {
  const next = sheet.write(text('sheets.cover.desk'), { x: LEFT, y: top, size: 14, weight: 'bold' })
  return sheet.write(text(postbox ? 'sheets.cover.desk-text' : 'sheets.cover.desk-blank', { site }), {
    x: LEFT,
    y: next - 4,
    size: 14,
    width: WIDTH,
  })
}

function writeAddress(sheet: Sheet, { to }: CoverSheet, text: Text, top: number): number {
  if (to === null) return sheet.write(text('sheets.cover.anywhere'), { x: LEFT, y: top, size: 12, width: WIDTH })
  let y = sheet.write(to.name, { x: LEFT, y: top, size: 12, weight: 'bold', width: WIDTH })
  if (to.fax) y = sheet.write(text('sheets.cover.fax', { number: to.fax }), { x: LEFT, y: y - 2, size: 16, width: WIDTH })
  return sheet.write(text('sheets.cover.mail', { address: to.intakeAddress }), { x: LEFT, y: y - 2, size: 12, width: WIDTH })
}

/** What a fax desk writes on any cover sheet. */
function writeFields(sheet: Sheet, text: Text, top: number): void {
  for (const [index, key] of ['clinic', 'phone', 'pages', 'date'].entries()) {
    const [x, y] = [LEFT + (index % 2) * (WIDTH / 2 + 8), top - 34 - Math.floor(index / 2) * 48]
    sheet.write(text(`sheets.cover.field.${key}`), { x, y: y + 4, size: 10 })
    sheet.line(x + 74, y, WIDTH / 2 - 82)
  }
}
