// Between rows as the code has them (camelCase) and as the database has them (snake_case), and the one JSON codec.

/** A row for insert or update: keys in snake_case, values as they are. */
export function toColumns(row: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]),
  )
}

/** A selected row: keys in camelCase. The caller names the shape; JSON and boolean columns are still to be read. */
export function fromColumns<T>(columns: Record<string, unknown>): T {
  return Object.fromEntries(
    Object.entries(columns).map(([key, value]) => [key.replace(/_([a-z])/g, (_whole, letter: string) => letter.toUpperCase()), value]),
  ) as T
}

/** JSON for a text column. */
export function toJson(value: unknown): string {
  return JSON.stringify(value)
}

/** Reads a text column written by toJson. */
export function fromJson<T>(text: string): T {
  return JSON.parse(text) as T
}
