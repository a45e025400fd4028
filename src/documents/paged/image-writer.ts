// Writes a PDF of pictures, one a page (ISO 32000-1 7.5, 8.9): the coded bytes go in as they are. A few lines of our own, because a PDF
// library takes longer to start than a whole fax takes to be copied. Nothing else gets into the file: no date, no name, no metadata.

export interface PdfImage {
  /** Pixels, as stored. */
  readonly width: number
  readonly height: number
  readonly bits: 1 | 2 | 4 | 8
  /** A buffer: a palette of RGB bytes, at most 256 colours. */
  readonly colours: 'DeviceGray' | 'DeviceRGB' | Buffer
  readonly filter: 'CCITTFaxDecode' | 'DCTDecode' | 'FlateDecode'
  /** Entries of /DecodeParms, as PDF; empty: none. */
  readonly parameters: string
  /** Of one channel: 0 is white. */
  readonly isInverted: boolean
  readonly data: Buffer
}

/** Points, as seen: with the orientation applied. */
export interface Size {
  readonly width: number
  readonly height: number
}

export interface PicturePage {
  readonly image: PdfImage
  /** 1 to 8, as in TIFF 6.0 section 8 and EXIF. */
  readonly orientation: number
  readonly page: Size
  /** What the picture covers, in the middle of the page. */
  readonly box: Size
}

const HEAD = Buffer.from('%PDF-1.4\n%\xe2\xe3\xcf\xd3\n', 'latin1')
/** Objects 1 and 2 are the catalogue and the page tree; each page has three of its own. */
const FIRST_PAGE = 3
const PER_PAGE = 3

/** From a picture's unit square to the page's, for each orientation from 1 on: the stored first row may be any edge, from either end. */
const MATRICES: ReadonlyArray<readonly [number, number, number, number, number, number]> = [
  [1, 0, 0, 1, 0, 0],
  [-1, 0, 0, 1, 1, 0],
  [-1, 0, 0, -1, 1, 1],
  [1, 0, 0, -1, 0, 1],
  [0, -1, -1, 0, 1, 1],
  [0, -1, 1, 0, 0, 1],
  [0, 1, 1, 0, 0, 0],
  [0, 1, -1, 0, 1, 0],
]

/** Whether rows of the stored picture are columns on the page. */
export function isTurned(orientation: number): boolean {
  return orientation >= 5
}

export class PictureFile {
  readonly #chunks: Buffer[] = [HEAD]
  readonly #offsets: number[] = []
  #length = HEAD.length
  #pages = 0

  get pages(): number {
    return this.#pages
  }

  /** The picture's data is kept as it is until `finish`, not copied. */
  add({ image, orientation, page, box }: PicturePage): void {
    const first = FIRST_PAGE + this.#pages * PER_PAGE
    const mediaBox = `[0 0 ${round(page.width)} ${round(page.height)}]`
    this.#object(
      first,
      `<</Type/Page/Parent 2 0 R/MediaBox${mediaBox}/Resources<</XObject<</I ${first + 2} 0 R>>>>/Contents ${first + 1} 0 R>>`,
    )
    const content = Buffer.from(`q ${matrix(orientation, page, box)} cm /I Do Q`)
    this.#object(first + 1, `<</Length ${content.length}>>`, content)
    this.#object(first + 2, imageDictionary(image), image.data)
    this.#pages++
  }

  /** The whole file. Nothing may be added later. */
  finish(): Buffer {
    const kids = Array.from({ length: this.#pages }, (_, page) => `${FIRST_PAGE + page * PER_PAGE} 0 R`)
    this.#object(1, '<</Type/Catalog/Pages 2 0 R>>')
    this.#object(2, `<</Type/Pages/Count ${this.#pages}/Kids[${kids.join(' ')}]>>`)
    const size = this.#pages * PER_PAGE + FIRST_PAGE
    const lines = Array.from({ length: size - 1 }, (_, index) => `${String(this.#offsets[index + 1] ?? 0).padStart(10, '0')} 00000 n \n`)
    const table = `xref\n0 ${size}\n0000000000 65535 f \n${lines.join('')}`
    const tail = Buffer.from(`${table}trailer\n<</Size ${size}/Root 1 0 R>>\nstartxref\n${this.#length}\n%%EOF\n`)
    return Buffer.concat([...this.#chunks, tail])
  }

  #object(number: number, dictionary: string, stream?: Buffer): void {
    this.#offsets[number] = this.#length
    this.#push(Buffer.from(`${number} 0 obj\n${dictionary}\n${stream ? 'stream\n' : ''}`))
    if (stream) this.#push(stream)
    this.#push(Buffer.from(stream ? '\nendstream\nendobj\n' : 'endobj\n'))
  }

  #push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#length += chunk.length
  }
}

function imageDictionary({ width, height, bits, colours, filter, parameters, isInverted, data }: PdfImage): string {
  const space = typeof colours === 'string' ? `/${colours}` : `[/Indexed/DeviceRGB ${colours.length / 3 - 1}<${colours.toString('hex')}>]`
  const parms = parameters ? `/DecodeParms<<${parameters}>>` : ''
  const decode = isInverted ? '/Decode[1 0]' : ''
  const form = `/Width ${width}/Height ${height}/BitsPerComponent ${bits}/ColorSpace${space}${decode}`
  return `<</Type/XObject/Subtype/Image${form}/Filter/${filter}${parms}/Length ${data.length}>>`
}

function matrix(orientation: number, page: Size, box: Size): string {
  const [a, b, c, d, e, f] = MATRICES[orientation - 1] ?? [1, 0, 0, 1, 0, 0]
  const [left, bottom] = [(page.width - box.width) / 2, (page.height - box.height) / 2]
  const values = [a * box.width, b * box.height, c * box.width, d * box.height, left + e * box.width, bottom + f * box.height]
  return values.map(round).join(' ')
}

/** PDF knows no exponents; a ten-thousandth of a point is far below a dot. */
function round(value: number): string {
  return String(Number(value.toFixed(4)))
}
