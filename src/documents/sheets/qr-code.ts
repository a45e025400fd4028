// A QR code (ISO/IEC 18004) as one path of a page.

import { create } from 'qrcode'
import { type PDFPage, rgb } from '../pdf-library.js'

/** White around it, in modules (section 9.1). */
export const QUIET_ZONE = 4
/** About 15 % of it may be damaged. A higher level makes the modules of a code of one size smaller, which a fax takes worse. */
const LEVEL = 'M'

interface Place {
  /** The lower left corner of the code. */
  readonly x: number
  readonly y: number
  /** In points, without the quiet zone, which the caller keeps free. */
  readonly edge: number
}

/** Draws the code there. */
export function drawQrCode(page: PDFPage, text: string, { x, y, edge }: Place): void {
  const { size, runs } = runsOf(text)
  const path = runs.map(({ row, start, end }) => `M${start} ${row}H${end}V${row + 1}H${start}Z`).join('')
  page.drawSvgPath(path, { x, y: y + edge, scale: edge / size, color: rgb(0, 0, 0), borderWidth: 0 })
}

/** The code as operators of a content stream (ISO 32000-1 8.5), all of them one path: between two paths a screen would show a seam. */
export function qrOperators(text: string, { x, y, edge }: Place): string {
  const { size, runs } = runsOf(text)
  const scale = edge / size
  const boxes = runs.map(({ row, start, end }) => `${start} ${size - row - 1} ${end - start} 1 re`)
  return `q 0 g ${scale.toFixed(5)} 0 0 ${scale.toFixed(5)} ${x.toFixed(3)} ${y.toFixed(3)} cm\n${boxes.join('\n')}\nf Q\n`
}

/** Its dark modules, as runs of a row; rows from the top. */
function runsOf(text: string): { readonly size: number; readonly runs: ReadonlyArray<{ row: number; start: number; end: number }> } {
  const { data, size } = create(text, { errorCorrectionLevel: LEVEL }).modules
  const runs: Array<{ row: number; start: number; end: number }> = []
  for (let row = 0; row < size; row++) {
    for (let start = 0; start < size; start++) {
      if (!data[row * size + start]) continue
      let end = start
      while (end < size && data[row * size + end]) end++
      runs.push({ row, start, end })
      start = end
    }
  }
  return { size, runs }
}

/** Points of the quiet zone around a code of that edge. */
export function quietZoneOf(text: string, edge: number): number {
  return (QUIET_ZONE * edge) / create(text, { errorCorrectionLevel: LEVEL }).modules.size
}
