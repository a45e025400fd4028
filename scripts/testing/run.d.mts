export interface Result {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly skips: readonly string[]
  readonly failures: readonly string[]
}

export function readTap(lines: readonly string[], code: number | string): Result

export function readReports(files: readonly string[], lines: readonly string[], code: number | string): Result[]

export function inCompanies(files: readonly string[], isAlone: (file: string) => boolean): string[][]
