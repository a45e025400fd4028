export interface Answer {
  readonly status: number
  readonly url: string
  readonly headers: Headers
  readonly bytes: Buffer
  /** '' when it is not text. */
  readonly html: string
}

export class Visitor {
  constructor(origin: string, headers?: Readonly<Record<string, string>>)
  origin: string
  /** What it would send as its Cookie field. */
  readonly cookies: string
  request(path: string, options?: RequestInit): Promise<Answer>
  open(path: string): Promise<Answer>
  submit(page: Answer, fields?: Readonly<Record<string, string>>): Promise<Answer>
}

export interface Form {
  readonly action: string | null
  readonly method: string
  readonly names: string[]
  readonly hidden: Record<string, string>
}

export function formsOf(html: string): Form[]
export function linksOf(html: string): Array<{ href: string; text: string }>
export function wordsOf(html: string): string
