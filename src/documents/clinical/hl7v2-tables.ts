// What HL7 v2 messages say besides results: allergies, diagnoses, vaccines, medicines, contacts, insurance. One table for each kind.

import type { Text } from '../../texts.js'
import type { Segment } from './hl7v2-parse.js'
import { clinicians, codedField, dateField, named, personName, place, postalAddress, telephone } from './hl7v2-values.js'
import { type Column, element, escaped, foldingTable, type Html, joined, lines } from './html.js'

type Cell = (segment: Segment, text: Text) => string

interface Kind {
  /** Below `clinical.hl7.groups`. */
  readonly heading: string
  /** Labels are below `clinical.fhir.columns`. */
  readonly columns: ReadonlyArray<readonly [label: string, cell: Cell]>
  /** Numbers of order, codes of action that are said elsewhere. */
  readonly skip: readonly number[]
}

const all =
  (field: number, read: typeof personName): Cell =>
  (segment) =>
    segment.repetitions(field).map(read).filter(Boolean).join('\n')
const code =
  (...fields: readonly number[]): Cell =>
  (segment) =>
    [...new Set(fields.map((field) => codedField(segment, field)))].filter(Boolean).join(', ')
const date =
  (field: number): Cell =>
  (segment, text) =>
    dateField(segment, field, text)
const by =
  (...fields: readonly number[]): Cell =>
  (segment) =>
    clinicians(segment, ...fields)
const amount =
  (from: number, to: number | null, unit: number): Cell =>
  (segment) => {
    const range = [...new Set([segment.text(from), to === null ? '' : segment.text(to)])].filter((one) => one !== '' && one !== '999')
    return range.length === 0 ? '' : `${range.join(' – ')} ${codedField(segment, unit)}`.trim()
  }

/** Action codes of IAM-6 and PRB-1 (tables 0323, 0287): what is deleted must not read as if it were there. */
const action =
  (field: number): Cell =>
  (segment, text) =>
    /^(?:D|DE|DELETE)$/i.test(segment.text(field)) ? text('clinical.hl7.deleted') : ''

/** RXA-20 (table 0322) and why not (RXA-18). */
const given: Cell = (segment, text) => {
  const status = segment.text(20).toUpperCase()
  const known = ['CP', 'RE', 'NA', 'PA'].includes(status) ? text(`clinical.hl7.given.${status}`) : status
  return [known, codedField(segment, 18), action(21)(segment, text)].filter(Boolean).join(', ')
}

const kinds: Readonly<Record<string, Kind>> = {
  AL1: {
    heading: 'allergies',
    columns: [
      ['allergy', code(3)],
      ['category', code(2)],
      ['severity', code(4)],
      ['reaction', code(5)],
      ['since', date(6)],
    ],
    skip: [1],
  },
  IAM: {
    heading: 'allergies',
    columns: [
      ['allergy', code(3)],
      ['category', code(2)],
      ['severity', code(4)],
      ['reaction', code(5)],
      ['since', date(11)],
      ['status', joinedCells(action(6), code(17))],
    ],
    skip: [1, 7],
  },
  DG1: {
    heading: 'problems',
    columns: [
      ['problem', joinedCells(code(3), code(4))],
      ['date', date(5)],
      ['category', code(6)],
      ['by', by(16)],
    ],
    skip: [1, 2],
  },
  PRB: {
    heading: 'problems',
    columns: [
      ['problem', code(3)],
      ['since', date(16)],
      ['date', date(2)],
      ['until', date(9)],
      ['status', joinedCells(action(1), code(13, 14))],
    ],
    skip: [4],
  },
  PR1: {
    heading: 'procedures',
    columns: [
      ['procedure', joinedCells(code(3), code(4))],
      ['date', date(5)],
      ['by', by(8, 11, 12)],
    ],
    skip: [1, 2],
  },
  RXA: {
    heading: 'vaccines',
    columns: [
      ['vaccine', code(5)],
      ['date', date(3)],
      ['dose', amount(6, null, 7)],
      ['status', given],
      ['lot', (segment) => segment.text(15)],
      ['by', by(10)],
      ['place', (segment) => place(segment, 11)],
      ['note', code(9, 19)],
    ],
    skip: [1, 2, 4],
  },
  RXE: {
    heading: 'medicines',
    columns: [
      ['medicine', code(2)],
      ['dose', amount(3, 4, 5)],
      ['dosage', code(7)],
      ['amount', amount(10, null, 11)],
    ],
    skip: [1],
  },
  RXO: {
    heading: 'medicines',
    columns: [
      ['medicine', code(1)],
      ['dose', amount(2, 3, 4)],
      ['dosage', code(7)],
      ['note', code(6)],
    ],
    skip: [],
  },
  RXD: {
    heading: 'medicines',
    columns: [
      ['medicine', code(2)],
      ['date', date(3)],
      ['dose', amount(4, null, 5)],
      ['note', code(9)],
    ],
    skip: [1],
  },
  NK1: {
    heading: 'contacts',
    columns: [
      ['name', all(2, personName)],
      ['category', code(3)],
      ['address', all(4, postalAddress)],
      ['contact', all(5, telephone)],
    ],
    skip: [1],
  },
  IN1: {
    heading: 'insurance',
    columns: [
      ['name', (segment) => named(segment, 4)],
      ['plan', code(2)],
      ['address', all(5, postalAddress)],
    ],
    skip: [1],
  },
  TXA: {
    heading: 'documents',
    columns: [
      ['document', code(2)],
      ['date', date(4)],
      ['by', by(5, 9, 10)],
      ['status', (segment) => segment.text(17)],
    ],
    skip: [1, 3],
  },
  SCH: {
    heading: 'appointments',
    columns: [
      ['visit', code(8, 7)],
      ['date', (segment, text) => dateOfAppointment(segment, text)],
      ['by', by(12, 16)],
      ['status', code(25)],
    ],
    skip: [1, 2],
  },
}

function joinedCells(...cells: readonly Cell[]): Cell {
  return (segment, text) => [...new Set(cells.map((cell) => cell(segment, text)))].filter(Boolean).join(', ')
}

/** SCH-11 is a quantity and timing, whose fourth component is the start. */
function dateOfAppointment(segment: Segment, text: Text): string {
  const start = segment.repetitions(11)[0]?.[3]?.text ?? ''
  return start === '' ? '' : text('clinical.dates.since', { from: start })
}

export function hasTable({ name }: Segment): boolean {
  return Object.hasOwn(kinds, name)
}

/** A heading and a table for each kind among these segments, in the order in which kinds first come. */
export function tablesHtml(segments: readonly Segment[], level: number, text: Text): Html[] {
  const sorted = new Map<string, Segment[]>()
  for (const segment of segments) {
    const list = sorted.get(segment.name)
    if (list) list.push(segment)
    else if (hasTable(segment)) sorted.set(segment.name, [segment])
  }
  const said = new Set<string>()
  return [...sorted].map(([name, list]) => {
    const kind = kinds[name]
    if (!kind) return joined([])
    const heading = said.has(kind.heading) ? [] : [element(`h${level}`, {}, escaped(text(`clinical.hl7.groups.${kind.heading}`)))]
    said.add(kind.heading)
    return joined([...heading, kindTable(kind, list, text)])
  })
}

function kindTable({ columns, skip }: Kind, segments: readonly Segment[], text: Text): Html {
  const labels: Column[] = columns.map(([label], index) => ({
    label: text(`clinical.fhir.columns.${label}`),
    ...(index === 0 ? { heads: true as const } : {}),
  }))
  const rows = segments.map((segment) => {
    segment.skip(...skip)
    const cells = columns.map(([, cell]) => lines(cell(segment, text).split('\n')))
    if (cells[0] === '') cells[0] = escaped(text('clinical.fhir.unnamed'))
    return cells
  })
  return foldingTable('', labels, rows)
}
