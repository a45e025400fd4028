export interface Measure {
  readonly words: number
  readonly sentences: number
  readonly syllables: number
}

export interface Graded extends Measure {
  readonly key: string
  readonly text: string
  readonly grade: number
}

export const MAX_GRADE: number
export const MAX_TEXT_GRADE: number
export function measure(text: string, syllablesIn?: (word: string) => number): Measure
export function englishSyllables(word: string): number
export function spanishSyllables(word: string): number
export function grade(measure: Measure): number
export function judge(folder?: string): {
  readonly texts: readonly Graded[]
  readonly long: readonly Graded[]
  readonly overall: number
  readonly running: number
  readonly hard: readonly Graded[]
}
