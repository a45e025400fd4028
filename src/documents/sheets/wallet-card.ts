// The wallet card: the postbox number in the size of a bank card, with its QR code. Two of them on a sheet: one to carry, one to leave with
// the clinic. Nothing on it says whose it is.

import type { Text } from '../../texts.js'
import type { PostboxNumber } from './cover-sheet.js'
import { drawQrCode, quietZoneOf } from './qr-code.js'
import { CENTIMETRE, fittingSize, SHEET, Sheet } from './sheet.js'

export interface WalletCard {
  readonly postbox: PostboxNumber
  readonly operatorName: string
  /** The address of the site. */
  readonly site: string
}

/** ISO/IEC 7810 ID-1. */
const CARD = { width: 8.56 * CENTIMETRE, height: 5.398 * CENTIMETRE }
const QR_EDGE = 3 * CENTIMETRE
const LEFT = 64

/** A PDF of one page; the same bytes for the same card. @param at its date, in ms since the epoch. */
export async function walletCardPdf(card: WalletCard, text: Text, at: number): Promise<Buffer> {
  const about = { title: text('sheets.card.title'), language: text('sheets.language'), author: card.operatorName }
  const sheet = await Sheet.create(about, at)
  sheet.write(text('sheets.card.title'), { x: LEFT, y: 706, size: 22, weight: 'bold' })
  sheet.write(text('sheets.card.how'), { x: LEFT, y: 680, size: 12, width: SHEET.width - 2 * LEFT })
  for (const bottom of [470, 270]) drawCard(sheet, card, text, bottom)
  return sheet.finish()
}

function drawCard(sheet: Sheet, { postbox, site }: WalletCard, text: Text, bottom: number): void {
  sheet.box(LEFT, bottom, CARD.width, CARD.height, { dashed: true })
  const quiet = quietZoneOf(postbox.qrText, QR_EDGE)
  const x = LEFT + quiet
  drawQrCode(sheet.page, postbox.qrText, { x, y: bottom + CARD.height - QR_EDGE - quiet, edge: QR_EDGE })
  const right = x + QR_EDGE + quiet
  const room = LEFT + CARD.width - right - 8
  const top = bottom + CARD.height
  const below = sheet.write(text('sheets.card.name'), { x: right, y: top - 24, size: 11, weight: 'bold', width: room })
  const next = sheet.write(text('sheets.card.clinic'), { x: right, y: below - 2, size: 8.5, width: room })
  sheet.write(site, { x: right, y: next - 4, size: fittingSize(site, 'regular', 8.5, room) })
  const size = fittingSize(postbox.shown, 'bold', 24, CARD.width - 24)
  sheet.write(postbox.shown, { x: LEFT + 12, y: bottom + 14, size, weight: 'bold' })
}
