// Comma-separated values (RFC 4180) that a spreadsheet shows and never runs.

/** Tells Excel that it is UTF-8; without it names with accents are spoiled. RFC 4180 says nothing of it, and readers of UTF-8 skip it. */
export const BYTE_ORDER_MARK = '\ufeff'

/** What makes a spreadsheet take a cell for a formula, in full width as well. */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/u

/** One line with its end. A text that would be a formula gets an apostrophe before it, which spreadsheets don't show. */
export function csvLine(cells: ReadonlyArray<string | number>): string {
  return `${cells.map(cellOf).join(',')}\r\n`
}

function cellOf(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const text = FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
