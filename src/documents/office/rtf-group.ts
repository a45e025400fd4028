// The state of one group of RTF ("Groups inherit the formatting of the group around them"), and what control words change of it.

/** How a piece of text looks. */
export interface Look {
  readonly bold: boolean
  readonly italic: boolean
  readonly underline: boolean
  readonly strike: boolean
  readonly script: '' | 'sub' | 'sup'
  readonly link: string | null
  readonly align: '' | 'left' | 'center' | 'right'
  readonly inTable: boolean
}

export type Destination = 'text' | 'skip' | 'fonts' | 'picture' | 'instruction' | 'tag'

export interface Picture {
  readonly hex: string[]
  binary: Buffer | null
  known: boolean
}

export interface Field {
  instruction: string
  checked: boolean
}

export interface Group extends Look {
  readonly destination: Destination
  readonly font: number
  readonly deleted: boolean
  /** Text for RTF readers only, beside the HTML that is carried ([MS-OXRTFEX] 2.1.3.1.4). */
  readonly rtfOnly: boolean
  /** How many characters stand for one written as \u. */
  readonly unicodeSkip: number
  readonly field: Field | null
  readonly picture: Picture | null
  /** The text of its own that ends with this group. */
  readonly flow: boolean
  /** Only its part with \ud is shown. */
  readonly twice: boolean
}

/** What is on before any word has said anything. */
export const firstGroup: Group = {
  destination: 'text',
  font: -1,
  bold: false,
  italic: false,
  underline: false,
  strike: false,
  script: '',
  link: null,
  align: '',
  inTable: false,
  deleted: false,
  rtfOnly: false,
  unicodeSkip: 1,
  field: null,
  picture: null,
  flow: false,
  twice: false,
}

/** What a word changes of the look, or of how the next characters are read; null when it changes nothing. */
export function lookOf(word: string, parameter: number | null): Partial<Group> | null {
  const on = parameter !== 0
  if (word === 'f') return { font: parameter ?? 0 }
  if (word === 'uc') return { unicodeSkip: Math.min(16, Math.max(0, parameter ?? 1)) }
  if (word === 'b') return { bold: on }
  if (word === 'i') return { italic: on }
  if (word === 'strike' || word === 'striked') return { strike: on }
  if (word === 'ulnone') return { underline: false }
  if (/^ul(?:d|db|w|th|dash|dashd|dashdd|wave)?$/.test(word)) return { underline: on }
  if (word === 'sub' || word === 'super') return { script: on ? (word === 'sub' ? 'sub' : 'sup') : '' }
  if (word === 'nosupersub') return { script: '' }
  if (word === 'deleted') return { deleted: on }
  if (word === 'htmlrtf') return { rtfOnly: on }
  if (word === 'plain') return { bold: false, italic: false, underline: false, strike: false, script: '', deleted: false, font: -1 }
  if (word === 'pard') return { align: '', inTable: false }
  if (word === 'intbl') return { inTable: true }
  if (word === 'qc') return { align: 'center' }
  if (word === 'qr') return { align: 'right' }
  return word === 'ql' || word === 'qj' ? { align: '' } : null
}

/** What was written in hexadecimal digits or with \\bin; null for a kind that no browser shows. */
export function pictureBytes({ hex, binary, known }: Picture): Buffer | null {
  if (!known) return null
  return binary ?? Buffer.from(hex.join('').replace(/[^0-9a-f]/gi, ''), 'hex')
}
