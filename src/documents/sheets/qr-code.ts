// A QR code (ISO/IEC 18004) as one path of a page.

import { create } from 'qrcode'
import { type PDFPage, rgb } from '../pdf-library.js'

/** White around it, in modules (section 9.1). */
export const QUIET_ZONE = 4
/** About 15 % of it may be damaged. A higher level makes the modules of a code of one size smaller, which a fax takes worse. */
const LEVEL = 'M'

/** Draws the code with its lower left corner there; `edge` in points, without the quiet zone, which the caller keeps free. */
export function drawQrCode(
  page: PDFPage,
  text: string,
  { x, y, edge }: { readonly x: number; readonly y: number; readonly edge: number },
): void {
  const { data, size } = create(text, { errorCorrectionLevel: LEVEL }).modules
  const pieces: string[] = []
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (!data[row * size + column]) continue
      let end = column
      while (end < size && data[row * size + end]) end++
      pieces.push(`M${column} ${row}H${end}V${row + 1}H${column}Z`)
      column = end
    }
  }
  page.drawSvgPath(pieces.join(''), { x, y: y + edge, scale: edge / size, color: rgb(0, 0, 0), borderWidth: 0 })
}

/** Points of the quiet zone around a code of that edge. */
export function quietZoneOf(text: string, edge: number): number {
  return (QUIET_ZONE * edge) / create(text, { errorCorrectionLevel: LEVEL }).modules.size
}
