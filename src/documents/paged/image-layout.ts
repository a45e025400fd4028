// How big a picture is on paper. One that says so in a believable way keeps its size; any other fits a sheet, never distorted.

import type { PicturePage, Size } from './image-writer.js'

const INCH = 72
/** Points: US Letter and A4, upright. */
const SHEETS: readonly Size[] = [
  { width: 612, height: 792 },
  { width: 595.28, height: 841.89 },
]
const MARGIN = 18
/** Small pictures are not blown up beyond this. */
const LEAST_RESOLUTION = 150
/** A picture longer than this is a screen scrolled down or a strip of paper: on a sheet its text would be too small to read. */
const LONGEST_SHAPE = 2.5
/** ISO 32000-1 annex C.2: what every reader can show. */
const [SHORTEST_EDGE, LONGEST_EDGE] = [3, 14_400]
/** Inches; past it a resolution says nothing about paper. */
const LONGEST_PAPER = 22

export type Layout = Pick<PicturePage, 'page' | 'box'>

/** The page is the picture, at so many dots per inch; width and height in dots, as seen. */
export function ownSize(width: number, height: number, dpi: { readonly x: number; readonly y: number }): Layout {
  const size = { width: (width / dpi.x) * INCH, height: (height / dpi.y) * INCH }
  const scale = Math.min(1, LONGEST_EDGE / Math.max(size.width, size.height))
  const box = { width: size.width * scale, height: size.height * scale }
  return { page: { width: Math.max(SHORTEST_EDGE, box.width), height: Math.max(SHORTEST_EDGE, box.height) }, box }
}

/** Whether a scan of that resolution would have been a sheet of paper. */
export function isPaper(width: number, height: number, dpi: { readonly x: number; readonly y: number }): boolean {
  return Math.max(width / dpi.x, height / dpi.y) <= LONGEST_PAPER
}

/**
 * The picture in the middle of the sheet, Letter or A4, upright or lying, whose shape is next to its own. Width and height in pixels as
 * seen; `stretch`: how much higher than wide its pixels are.
 */
export function fitSheet(width: number, height: number, stretch = 1): Layout {
  const shape = (height * stretch) / width
  const natural = (width / LEAST_RESOLUTION) * INCH
  if (Math.max(shape, 1 / shape) > LONGEST_SHAPE) return ownShape(shape, natural)
  const sheets = SHEETS.flatMap((sheet) => [sheet, { width: sheet.height, height: sheet.width }])
  const page = sheets.reduce((best, sheet) => (farness(sheet, shape) < farness(best, shape) ? sheet : best))
  const wide = Math.min(page.width - 2 * MARGIN, (page.height - 2 * MARGIN) / shape, natural)
  return { page, box: { width: wide, height: wide * shape } }
}

/** A page of the picture's own shape, its short edge at most a sheet's. */
function ownShape(shape: number, natural: number): Layout {
  const sheet = SHEETS[0]?.width ?? 0
  const wide = Math.min(
    natural,
    shape > 1 ? sheet - 2 * MARGIN : (sheet - 2 * MARGIN) / shape,
    (LONGEST_EDGE - 2 * MARGIN) / Math.max(1, shape),
  )
  const box = { width: wide, height: wide * shape }
  return { page: { width: box.width + 2 * MARGIN, height: box.height + 2 * MARGIN }, box }
}

function farness(sheet: Size, shape: number): number {
  return Math.abs(Math.log(sheet.height / sheet.width / shape))
}
