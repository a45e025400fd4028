// What stands on a form, in order, before it is known where: the two forms and the letters are lists of blocks, and `paper.ts` puts them
// on pages. All words in them are drawn, so all letters that the fonts must have can be found in here.

/** A box to write into. */
export interface TextField {
  readonly kind: 'text'
  /** In the PDF: unlike any other's, without a point. */
  readonly name: string
  readonly label: string
  /** Lines are apart by `\n`. */
  readonly value: string
  /** As high as so many lines; higher when the value needs it, up to a limit. 1 unless given. */
  readonly lines?: number
  /** Of the row's width, against its neighbours. 1 unless given. */
  readonly share?: number
}

/** What stands left of the words of a choice. */
export type Mark =
  | { readonly kind: 'check'; readonly name: string; readonly isOn: boolean }
  | { readonly kind: 'radio'; readonly group: string; readonly value: string; readonly isOn: boolean }
  /** A small box for a digit or initials. */
  | { readonly kind: 'write'; readonly name: string; readonly value: string }

export interface Choice {
  readonly mark: Mark
  readonly text: string
}

/** A signature as it is shown; see content.ts. */
export type SignatureMark =
  | { readonly kind: 'typed'; readonly name: string }
  | { readonly kind: 'drawn'; readonly strokes: readonly (readonly (readonly [x: number, y: number])[])[]; readonly alt: string }
  | { readonly kind: 'by-hand' }

export type Block =
  | { readonly kind: 'title' | 'heading' | 'paragraph' | 'strong' | 'small' | 'point'; readonly text: string }
  /** A row of fields beside each other. */
  | { readonly kind: 'fields'; readonly fields: readonly TextField[] }
  /** What one tooltip and one group of radio buttons belongs to; in one column or two. */
  | { readonly kind: 'choices'; readonly title: string; readonly columns: 1 | 2; readonly choices: readonly Choice[] }
  /** Where the records go: the QR code, where there is one, with lines of text beside it. */
  | { readonly kind: 'postbox'; readonly title: string; readonly qr: Qr | null; readonly number: string; readonly lines: readonly string[] }
  | { readonly kind: 'signature'; readonly label: string; readonly mark: SignatureMark; readonly dateLabel: string; readonly date: string }
  /** Never apart on two pages. */
  | { readonly kind: 'together'; readonly blocks: readonly Block[] }

export interface Qr {
  readonly text: string
  /** For who can't see it. */
  readonly alt: string
}

/** What a whole PDF is made of. */
export interface FormModel {
  readonly title: string
  readonly language: string
  readonly author: string
  readonly blocks: readonly Block[]
  /** Of a value that did not fit: shown in its field, and above all such values on a page at the end. */
  readonly continued: { readonly mark: string; readonly title: string }
  foot(page: number, pages: number): { readonly left: string; readonly right: string }
}

/** Every text in it, for the fonts. */
export function* stringsIn(value: unknown): Iterable<string> {
  if (typeof value === 'string') yield value
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) yield* stringsIn(inner)
}
