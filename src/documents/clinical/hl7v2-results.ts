// The results of an HL7 v2 message: OBR with its OBX and NTE (chapter 7), as tables, reports and documents, in the order they were sent.

import type { Text } from '../../texts.js'
import { shownText } from './cda-embedded.js'
import { besideNote, decodeBase64, type EmbeddedFile, embeddedFile, Pictures } from './clinical-copy.js'
import { codeWord } from './codes.js'
import type { Segment } from './hl7v2-parse.js'
import { clinicians, codedField, dateField, flagsOf, named, observedWithUnit } from './hl7v2-values.js'
import { element, escaped, facts, foldingTable, type Html, joined, lines, NOTHING, paragraph, preformatted } from './html.js'
import { pictureHtml } from './narrative.js'

/** An order with what was observed; `order` is null for observations without one. */
export interface ResultGroup {
  readonly order: Segment | null
  readonly notes: readonly Segment[]
  readonly observations: ReadonlyArray<{ readonly segment: Segment; readonly notes: readonly Segment[] }>
}

type Observation = ResultGroup['observations'][number]

/** Longer than this, a text is a report rather than a value. */
const SHORT_TEXT = 160

const MAX_ROWS = 3000

/** One for each page: what is beside it, and how many rows it has. */
export class ResultWriter {
  readonly beside: EmbeddedFile[] = []
  readonly #text: Text
  readonly #pictures = new Pictures()
  #rows = 0

  constructor(text: Text) {
    this.#text = text
  }

  /** `level` is that of its heading. */
  group({ order, notes, observations }: ResultGroup, level: number): Html {
    const text = this.#text
    const title = order === null ? '' : codedField(order, 4)
    return joined([
      title === '' ? NOTHING : element(`h${level}`, {}, escaped(title)),
      order === null ? NOTHING : this.#orderFacts(order),
      ...notesHtml(notes),
      ...this.#runs(observations).map((run) => this.#run(run, title || text('clinical.hl7.results'))),
    ])
  }

  #orderFacts(order: Segment): Html {
    const text = this.#text
    order.skip(1)
    const status = order.text(25)
    return facts([
      [text('clinical.hl7.collected'), escaped(dateField(order, 7, text))],
      [text('clinical.hl7.reported'), escaped(dateField(order, 22, text))],
      [text('clinical.hl7.orderedBy'), escaped(clinicians(order, 16))],
      [text('clinical.hl7.specimen'), escaped(codedField(order, 15))],
      [text('clinical.entry.note'), escaped(codedField(order, 13))],
      [text('clinical.fhir.columns.reason'), escaped(codedField(order, 31))],
      [text('clinical.entry.status'), escaped(status === '' ? '' : codeWord('resultStatus', status, text) || status)],
    ])
  }

  /** Observations that are shown together: rows of one table, lines of one report, pieces of one document. */
  #runs(observations: readonly Observation[]): Observation[][] {
    const runs: Observation[][] = []
    let before = ''
    for (const observation of observations) {
      const key = this.#kindOf(observation.segment)
      if (key === before && runs.length > 0) runs.at(-1)?.push(observation)
      else runs.push([observation])
      before = key
    }
    return runs
  }

  #kindOf(segment: Segment): string {
    const type = segment.text(2)
    if (isData(segment)) return `data ${segment.raw(3)}`
    if (type === 'TX' || type === 'FT') return `text ${segment.raw(3)}`
    return 'row'
  }

  #run(run: readonly Observation[], title: string): Html {
    const [first] = run
    if (!first) return NOTHING
    if (isData(first.segment)) return this.#documents(run, title)
    const type = first.segment.text(2)
    const written = type === 'TX' || type === 'FT' ? run.map(({ segment }) => segment.whole(5)).join('\n') : ''
    if (run.length === 1 && written.length <= SHORT_TEXT && !written.includes('\n')) return this.#table(run)
    return written === '' ? this.#table(run) : this.#report(run, written, title)
  }

  #table(run: readonly Observation[]): Html {
    const text = this.#text
    const most = Math.max(0, MAX_ROWS - this.#rows)
    const shown = run.slice(0, most)
    this.#rows += shown.length
    const labels = ['test', 'result', 'normal', 'flag', 'status', 'date', 'by', 'note']
    const columns = labels.map((label, index) => ({
      label: text(`clinical.fhir.columns.${label}`),
      ...(index === 0 ? { heads: true as const } : {}),
    }))
    const left = run.length - shown.length
    return joined([
      foldingTable(
        '',
        columns,
        shown.map((one) => this.#row(one)),
      ),
      left > 0 ? paragraph(text('clinical.fhir.more', { count: left }), 'warning') : NOTHING,
    ])
  }

  #row({ segment, notes }: Observation): Html[] {
    const text = this.#text
    segment.skip(1, 4, 5, 19)
    const name = codedField(segment, 3)
    return [
      escaped(name || text('clinical.fhir.unnamed')),
      joined([this.#withdrawn(segment), lines(observedWithUnit(segment, text).split('\n'))]),
      escaped(segment.whole(7).trim()),
      escaped(flagsOf(segment, text)),
      escaped(statusOf(segment, text)),
      escaped(dateField(segment, 14, text)),
      lines([clinicians(segment, 16), named(segment, 23) || codedField(segment, 15)]),
      lines(notes.map((note) => noteText(note))),
    ]
  }

  /** What was taken back must not be read as a result. */
  #withdrawn(segment: Segment): Html {
    const isWithdrawn = ['D', 'W', 'X'].includes(segment.text(11))
    return isWithdrawn ? element('strong', {}, `${escaped(statusOf(segment, this.#text))}<br>` as Html) : NOTHING
  }

  #report(run: readonly Observation[], written: string, title: string): Html {
    const segments = run.map(({ segment }) => segment)
    const name = segments[0] ? codedField(segments[0], 3) : ''
    const statuses = [...new Set(segments.map((segment) => statusOf(segment, this.#text)))].filter(Boolean)
    for (const segment of segments) segment.skip(1, 4, 5, 19)
    const flags = [...new Set(segments.map((segment) => flagsOf(segment, this.#text)))].filter(Boolean)
    return joined([
      name === '' || name === title ? NOTHING : element('p', { class: 'heading' }, escaped(name)),
      facts([
        [this.#text('clinical.entry.status'), lines(statuses)],
        [this.#text('clinical.entry.flag'), lines(flags)],
      ]),
      preformatted(written.replace(/^\n+|\s+$/g, '')),
      ...notesHtml(run.flatMap(({ notes }) => notes)),
    ])
  }

  #documents(run: readonly Observation[], title: string): Html {
    const text = this.#text
    const files: EmbeddedFile[] = []
    const said: Html[] = []
    for (const { segment } of run) {
      segment.skip(1, 4, 19)
      const name = codedField(segment, 3) || title
      for (const components of segment.text(2) === 'ED' ? segment.repetitions(5) : [[]]) {
        const [, kind, subtype, encoding, data] = components.map((component) => component.text)
        const bytes = decodeData(data ?? segment.text(5), encoding ?? 'Base64')
        if (bytes === null) said.push(paragraph(text('clinical.unreadable', { count: 1 }), 'beside'))
        else addPiece(files, embeddedFile(name, mediaTypeOf(kind, subtype), bytes), mediaTypeOf(kind, subtype))
      }
    }
    return joined([...files.map((file) => this.#file(file)), ...said, ...notesHtml(run.flatMap(({ notes }) => notes))])
  }

  #file(file: EmbeddedFile): Html {
    const written = shownText(file)
    if (written !== null) return preformatted(written)
    const uri = this.#pictures.uriOf(file)
    if (uri !== null) return pictureHtml(uri, file.name || this.#text('clinical.narrative.picture'))
    this.beside.push(file)
    return besideNote(file, this.#text)
  }
}

/** ED, and what some systems send in its place: a PDF in base64 as a text. */
function isData(segment: Segment): boolean {
  const type = segment.text(2)
  return type === 'ED' || (['TX', 'FT', 'ST'].includes(type) && segment.raw(5).startsWith('JVBERi0'))
}

/** Long documents come in pieces, one a segment; only the first begins like a file of the kind that all are said to be. */
function addPiece(files: EmbeddedFile[], file: EmbeddedFile, said: string): void {
  const last = files.at(-1)
  const isFirst = file.mediaType === said || (file.mediaType !== 'application/octet-stream' && last?.mediaType !== said)
  if (last && !isFirst) files[files.length - 1] = { ...last, bytes: Buffer.concat([last.bytes, file.bytes]) }
  else files.push(file)
}

/** ED-4, table 0299: A for text, Hex, Base64. */
function decodeData(data: string, encoding: string): Buffer | null {
  if (data === '') return null
  if (encoding.toUpperCase() === 'A') return Buffer.from(data)
  if (encoding.toUpperCase() === 'HEX') return /[^0-9A-Fa-f]/.test(data) ? null : Buffer.from(data, 'hex')
  return decodeBase64(data)
}

function mediaTypeOf(kind: string | undefined, subtype: string | undefined): string {
  const said = `${kind ?? ''}/${subtype ?? ''}`.toLowerCase()
  return kind?.toUpperCase() === 'TEXT' || /^(?:TX|FT)$/i.test(kind ?? '') ? 'text/plain' : said
}

function statusOf(segment: Segment, text: Text): string {
  const code = segment.text(11)
  return code === '' ? '' : codeWord('resultStatus', code, text) || code
}

export function noteText(note: Segment): string {
  note.skip(1, 2)
  return note.whole(3).trim()
}

/** Lines of one comment come as many segments. */
export function notesHtml(notes: readonly Segment[]): Html[] {
  const written = notes
    .map(noteText)
    .join('\n')
    .replace(/^\n+|\s+$/g, '')
  return written === '' ? [] : [element('p', { class: 'note' }, lines(written.split('\n')))]
}
