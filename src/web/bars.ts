// Bars of a chart, as numbers for a drawing. What they mean is in a table beside it, so they carry no words.

export interface Bar {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** The drawing is so wide and so high, whatever is shown. templates/web/partials/chart.njk says the same. */
export const CHART = { width: 600, height: 100 } as const
/** Of the place that one bar has. */
const FILLED = 0.75
/** What is more than nothing must be seen. */
const LEAST = 1.5

/** A bar for each value, as high as it is of the highest; none has a height when all are nothing. */
export function bars(values: readonly number[]): Bar[] {
  const most = Math.max(0, ...values)
  const place = CHART.width / Math.max(1, values.length)
  return values.map((value, index) => {
    const height = value <= 0 || most === 0 ? 0 : Math.max(LEAST, (value / most) * CHART.height)
    const x = round((index + (1 - FILLED) / 2) * place)
    return { x, y: round(CHART.height - height), width: round(FILLED * place), height: round(height) }
  })
}

/** How long a bar that lies is, of the longest, from 0 to the width of the drawing. */
export function share(value: number, all: readonly number[]): number {
  const most = Math.max(0, ...all)
  return value <= 0 || most === 0 ? 0 : round(Math.max(LEAST, (value / most) * CHART.width))
}

function round(length: number): number {
  return Math.round(length * 100) / 100
}
