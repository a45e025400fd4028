// The recovery sheet: what she has to remember, what nobody can bring back, and what can be done then. It holds neither her question nor her
// answer; where she keeps a hint she writes by hand.

import type { Text } from '../../texts.js'
import { fittingSize, SHEET, Sheet } from './sheet.js'

export interface RecoverySheet {
  /** Her HePoEx id. */
  readonly address: string
  /** As people read it: 'K7M-2QX-9DP'. */
  readonly postboxNumber: string
  /** `phone` may be ''. */
  readonly operator: { readonly name: string; readonly email: string; readonly phone: string }
  /** The address of the site. */
  readonly site: string
  /** The date on it, in words. */
  readonly date: string
}

const LEFT = 60
const WIDTH = SHEET.width - 2 * LEFT
const SIZE = 10.5
const BOX = { bottom: 574, height: 84 }

/** A PDF of one page; the same bytes for the same sheet. @param at its date, in ms since the epoch. */
export async function recoverySheetPdf(recovery: RecoverySheet, text: Text, at: number): Promise<Buffer> {
  const { operator, site, date } = recovery
  const about = { title: text('life.sheet.title'), language: text('life.sheet.language'), author: operator.name }
  const sheet = await Sheet.create(about, at)
  sheet.write(text('life.sheet.title'), { x: LEFT, y: 728, size: 22, weight: 'bold' })
  sheet.write(text('life.sheet.made', { date }), { x: LEFT, y: 708, size: 9 })
  sheet.write(text('life.sheet.lead'), { x: LEFT, y: 686, size: 11, width: WIDTH })
  writeHers(sheet, recovery, text)
  let y = writeHint(sheet, text, BOX.bottom - 22)
  for (const [part, points] of [
    ['remember', 2],
    ['never', 2],
    ['can', 4],
  ] as const) {
    y = heading(sheet, text(`life.sheet.${part}`), y)
    for (let point = 1; point <= points; point++) y = writePoint(sheet, text(`life.sheet.${part}-${point}`, { site }), y)
  }
  writeHelp(sheet, recovery, text, heading(sheet, text('life.sheet.help'), y))
  return sheet.finish()
}

function writeHers(sheet: Sheet, { address, postboxNumber }: RecoverySheet, text: Text): void {
  const top = BOX.bottom + BOX.height
  const room = WIDTH - 32
  sheet.box(LEFT, BOX.bottom, WIDTH, BOX.height)
  for (const [label, value, y] of [
    [text('life.sheet.id'), address, top - 16],
    [text('life.sheet.number'), postboxNumber, top - 54],
  ] as const) {
    sheet.write(label, { x: LEFT + 16, y, size: 9 })
    sheet.write(value, { x: LEFT + 16, y: y - 18, size: fittingSize(value, 'bold', 16, room), weight: 'bold' })
  }
}

/** Two lines to write on. */
function writeHint(sheet: Sheet, text: Text, top: number): number {
  const y = sheet.write(text('life.sheet.hint'), { x: LEFT, y: top, size: SIZE, weight: 'bold', width: WIDTH })
  for (const line of [1, 2]) sheet.line(LEFT, y + 14 - line * 26, WIDTH)
  return y - 52
}

function heading(sheet: Sheet, words: string, y: number): number {
  return sheet.write(words, { x: LEFT, y: y - 8, size: 12.5, weight: 'bold', width: WIDTH }) + 1
}

function writePoint(sheet: Sheet, words: string, y: number): number {
  sheet.write('•', { x: LEFT, y, size: SIZE })
  return sheet.write(words, { x: LEFT + 14, y, size: SIZE, width: WIDTH - 14 })
}

function writeHelp(sheet: Sheet, { operator }: RecoverySheet, text: Text, top: number): void {
  const { name, email, phone } = operator
  const ways = [email && text('life.sheet.help-email', { email }), phone && text('life.sheet.help-phone', { phone })].filter(Boolean)
  let y = top
  for (const words of [text('life.sheet.help-text', { name }), ...ways, text('life.sheet.never-ask')])
    y = sheet.write(words, { x: LEFT, y, size: SIZE, width: WIDTH })
}
