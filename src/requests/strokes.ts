// A signature that was drawn, as the page's script sends it: JSON of strokes, each of them points [x, y] on a field 1000 wide and 300 high.

type Stroke = readonly (readonly [x: number, y: number])[]

/** Far more than a name takes, in any script; bounds what is kept and drawn. */
const MOST_STROKES = 200
const MOST_POINTS = 4000
/** Of that many points, with room for digits. */
const MOST_BYTES = 200_000
const FIELD = { width: 1000, height: 300 } as const

/** The strokes, in whole units; or why they can't be a signature. */
export function readStrokes(json: string): readonly Stroke[] | 'no-strokes' | 'too-long' | 'unknown' {
  if (json.trim() === '') return 'no-strokes'
  if (json.length > MOST_BYTES) return 'too-long'
  const strokes = parse(json)
  if (!Array.isArray(strokes)) return 'unknown'
  // A line of one point is where a finger rested.
  const drawn = strokes.filter((stroke) => !Array.isArray(stroke) || stroke.length > 0)
  if (!drawn.every((stroke) => Array.isArray(stroke) && stroke.every(isPoint))) return 'unknown'
  const points = drawn.reduce((count: number, stroke: Stroke) => count + stroke.length, 0)
  if (drawn.length > MOST_STROKES || points > MOST_POINTS) return 'too-long'
  if (points < 2) return 'no-strokes'
  return drawn.map((stroke: Stroke) => stroke.map(([x, y]) => [Math.round(x), Math.round(y)] as const))
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}

function isPoint(point: unknown): boolean {
  if (!Array.isArray(point) || point.length !== 2) return false
  return isWithin(point[0], FIELD.width) && isWithin(point[1], FIELD.height)
}

function isWithin(value: unknown, most: number): boolean {
  return typeof value === 'number' && value >= 0 && value <= most
}
