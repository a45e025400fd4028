// Reads RTF (1.9.1) and hands on what is to be shown. No recursion: groups are a stack with a limit.

import { NotConvertibleError } from '../copy.js'
import { codePage, type Decode, fontDecode, privateSign } from './rtf-charsets.js'
import { firstGroup, type Group, type Look, lookOf, pictureBytes } from './rtf-group.js'
import { type RtfToken, RtfTokens } from './rtf-tokens.js'
import { CHARACTERS, FLOWS, type FlowKind, READ, SKIPPED } from './rtf-words.js'

/** What the text is handed to. */
export interface RtfSink {
  text(text: string, look: Look): void
  /** A piece of HTML that was carried in RTF. */
  html(text: string): void
  /** The end of a paragraph. */
  paragraph(look: Look): void
  line(): void
  cell(look: Look): void
  row(isHeader: boolean): void
  begin(flow: FlowKind): void
  end(): void
  /** null for a picture that no browser shows. */
  picture(bytes: Buffer | null): void
  embedded(): void
}

const MAX_DEPTH = 1000
const MAX_FONTS = 5000

export class RtfReader {
  readonly #tokens: RtfTokens
  readonly #sink: RtfSink
  readonly #stack: Group[] = []
  #group: Group = firstGroup
  /** It carries HTML (\fromhtml1): only that is wanted. */
  #isHtml = false
  #isHeaderRow = false
  #star = false
  #toSkip = 0
  #pending: Buffer[] = []
  #document: Decode = codePage(1252)
  readonly #fonts = new Map<number, { charset: number | null; page: number | null; name: string; decode: Decode | null }>()
  #fontName: string[] = []
  #defaultFont = -1

  constructor(bytes: Buffer, sink: RtfSink) {
    this.#tokens = new RtfTokens(bytes)
    this.#sink = sink
  }

  get isHtml(): boolean {
    return this.#isHtml
  }

  /** Throws NotConvertibleError `damaged` when it is no RTF, or nested without measure. A text that is cut short ends where it ends. */
  read(): void {
    if (this.#tokens.next().kind !== 'open') throw new NotConvertibleError('damaged')
    const start = this.#tokens.next()
    if (start.kind !== 'word' || start.word !== 'rtf') throw new NotConvertibleError('damaged')
    for (let token = this.#tokens.next(); token.kind !== 'end'; token = this.#tokens.next()) {
      if (token.kind === 'close' && this.#stack.length === 0) break
      this.#take(token)
    }
    this.#flush()
    while (this.#stack.length > 0) this.#close()
    if (!this.#isHtml) this.#sink.paragraph(this.#group)
  }

  #take(token: RtfToken): void {
    if (token.kind === 'text') this.#bytes(token.bytes)
    else if (token.kind === 'byte') this.#bytes(Buffer.from([token.byte]))
    else if (this.#toSkip > 0 && isCharacter(token)) this.#toSkip--
    else this.#act(token)
  }

  #act(token: RtfToken): void {
    this.#flush()
    if (token.kind === 'open') this.#open()
    else if (token.kind === 'close') this.#close()
    else if (token.kind === 'symbol') this.#symbol(token.symbol)
    else if (token.kind === 'binary') this.#binary(token.bytes)
    else if (token.kind === 'word') this.#word(token.word, token.parameter)
  }

  #open(): void {
    if (this.#stack.length >= MAX_DEPTH) throw new NotConvertibleError('damaged')
    this.#toSkip = 0
    this.#stack.push(this.#group)
    const { twice } = this.#group
    this.#group = { ...this.#group, flow: false, picture: null, twice: false, ...(twice && { destination: 'skip' }) }
  }

  #close(): void {
    this.#toSkip = 0
    this.#star = false
    const ended = this.#group
    if (ended.destination === 'fonts') this.#endFont()
    if (ended.picture) this.#sink.picture(pictureBytes(ended.picture))
    if (ended.flow) {
      this.#sink.paragraph(ended)
      this.#sink.end()
    }
    this.#group = this.#stack.pop() ?? firstGroup
  }

  /** Bytes of text, kept until their character set can change: one character may be several of them. */
  #bytes(bytes: Buffer): void {
    const skipped = Math.min(this.#toSkip, bytes.length)
    this.#toSkip -= skipped
    if (skipped < bytes.length) this.#pending.push(bytes.subarray(skipped))
  }

  #flush(): void {
    if (this.#pending.length === 0) return
    const bytes = this.#pending.length === 1 ? (this.#pending[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#pending)
    this.#pending = []
    const { destination, picture } = this.#group
    if (destination === 'skip') return
    if (destination === 'picture') picture?.hex.push(bytes.toString('latin1'))
    else if (destination === 'fonts') this.#fontName.push(this.#document(bytes))
    else this.#text((this.#fontOf()?.decode ?? this.#document)(bytes))
  }

  #fontOf() {
    return this.#group.destination === 'tag' ? undefined : this.#fonts.get(this.#group.font < 0 ? this.#defaultFont : this.#group.font)
  }

  #text(text: string): void {
    const { destination, field, deleted, rtfOnly } = this.#group
    if (destination === 'instruction' && field) field.instruction = (field.instruction + text).slice(0, 5000)
    else if (destination === 'fonts') this.#fontName.push(text)
    else if (destination === 'tag') this.#sink.html(text)
    else if (destination !== 'text' || deleted) return
    else if (!this.#isHtml) this.#sink.text(text, this.#group)
    else if (!rtfOnly) this.#sink.html(text)
  }

  #symbol(symbol: string): void {
    if (symbol === '*') this.#star = true
    else if (symbol === '~') this.#text('\u00a0')
    else if (symbol === '_') this.#text('\u2011')
    else if (symbol === '{' || symbol === '}' || symbol === '\\') this.#text(symbol)
  }

  #binary(bytes: Buffer): void {
    if (this.#toSkip > 0) this.#toSkip--
    else if (this.#group.picture) this.#group.picture.binary = bytes
  }

  #word(word: string, parameter: number | null): void {
    const star = this.#star
    this.#star = false
    if (this.#destination(word, star) || this.#group.destination === 'skip') return
    const character = CHARACTERS.get(word)
    if (this.#group.destination === 'fonts' && word !== 'u') this.#fontWord(word, parameter)
    else if (character !== undefined) this.#text(this.#isHtml && word === 'tab' ? '\t' : character)
    else if (word === 'u') this.#unicode(parameter ?? 0)
    else this.#other(word, parameter)
  }

  #other(word: string, parameter: number | null): void {
    const change = lookOf(word, parameter)
    if (change) this.#group = { ...this.#group, ...change }
    else this.#event(word, parameter)
  }

  #unicode(code: number): void {
    this.#text(privateSign(code & 0xffff, this.#fontOf()?.decode ?? null))
    this.#toSkip = this.#group.unicodeSkip
  }

  /** True when the word began a destination, which then is the group's. */
  #destination(word: string, star: boolean): boolean {
    const inside = this.#group.destination
    if (word === 'ud' && inside === 'skip') this.#group = { ...this.#group, destination: 'text' }
    else if (inside === 'skip') return true
    else if (SKIPPED.has(word) || (star && !READ.has(word))) {
      if (word === 'objdata') this.#sink.embedded()
      this.#group = { ...this.#group, destination: 'skip' }
    } else if (word === 'fonttbl') this.#group = { ...this.#group, destination: 'fonts' }
    else if (word === 'pict') this.#group = { ...this.#group, destination: 'picture', picture: { hex: [], binary: null, known: false } }
    else if (word === 'upr') this.#group = { ...this.#group, twice: true }
    else if (word === 'htmltag') this.#group = { ...this.#group, destination: this.#isHtml ? 'tag' : 'skip' }
    else if (word === 'field') this.#group = { ...this.#group, field: { instruction: '', checked: false } }
    else if (word === 'fldinst') this.#group = { ...this.#group, destination: 'instruction' }
    else if (word === 'fldrslt') this.#result()
    else if (FLOWS.has(word) && !this.#isHtml) {
      this.#sink.begin(FLOWS.get(word) ?? 'box')
      this.#group = { ...this.#group, destination: 'text', flow: true, inTable: false, align: '' }
    } else return star
    return true
  }

  #result(): void {
    const { field } = this.#group
    const instruction = field?.instruction ?? ''
    if (/^\s*FORMCHECKBOX/i.test(instruction)) this.#sink.text(field?.checked ? '\u2612 ' : '\u2610 ', this.#group)
    this.#group = { ...this.#group, destination: 'text', link: /^\s*HYPERLINK\s+"([^"]{1,4000})"/i.exec(instruction)?.[1] ?? null }
  }

  #fontWord(word: string, parameter: number | null): void {
    if (word === 'f') {
      this.#endFont()
      this.#group = { ...this.#group, font: parameter ?? 0 }
      if (this.#fonts.size < MAX_FONTS) this.#fonts.set(parameter ?? 0, { charset: null, page: null, name: '', decode: null })
    }
    const font = this.#fonts.get(this.#group.font)
    if (font && word === 'fcharset') font.charset = parameter
    if (font && word === 'cpg') font.page = parameter
  }

  #endFont(): void {
    const font = this.#fonts.get(this.#group.font)
    if (font && font.name === '') {
      font.name = this.#fontName.join('').trim()
      font.decode = font.page === null ? fontDecode(font.charset, font.name) : codePage(font.page)
    }
    this.#fontName = []
  }

  #event(word: string, parameter: number | null): void {
    const { destination, deleted, picture, field } = this.#group
    if (word === 'ansicpg') this.#document = codePage(parameter ?? 1252)
    else if (word === 'mac') this.#document = codePage(10000)
    else if (word === 'pc' || word === 'pca') this.#document = codePage(word === 'pc' ? 437 : 850)
    else if (word === 'deff') this.#defaultFont = parameter ?? -1
    else if (word === 'fromhtml') this.#isHtml = parameter !== 0
    else if (picture && (word === 'pngblip' || word === 'jpegblip')) picture.known = true
    else if (field && (word === 'ffdefres' || word === 'ffres') && parameter !== 25) field.checked = parameter === 1
    else if (word === 'trowd') this.#isHeaderRow = false
    else if (word === 'trhdr') this.#isHeaderRow = true
    else if (this.#isHtml) this.#htmlEvent(word)
    else if (destination === 'text' && !deleted) this.#pageEvent(word)
  }

  /** [MS-OXRTFEX] 2.1.3.1.2 and 2.1.3.1.3: a paragraph or line of the carried HTML is a line end. */
  #htmlEvent(word: string): void {
    if (word === 'par' || word === 'line') this.#text('\r\n')
  }

  #pageEvent(word: string): void {
    if (word === 'par' || word === 'sect' || word === 'page' || word === 'nestrow') this.#sink.paragraph(this.#group)
    else if (word === 'line' || word === 'softline' || word === 'column') this.#sink.line()
    else if (word === 'cell') this.#sink.cell(this.#group)
    else if (word === 'row') this.#sink.row(this.#isHeaderRow)
  }
}

/** One of those that stand for a character, and that a reader of Unicode passes over behind \\u. */
function isCharacter(token: RtfToken): boolean {
  return token.kind === 'word' ? CHARACTERS.has(token.word) : token.kind === 'symbol' && token.symbol !== '*'
}
