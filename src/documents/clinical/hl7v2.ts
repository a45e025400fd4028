// HL7 v2 messages as a page for the patient: who, from whom, when, then results and whatever else is said, and at the end each field
// that has no place above, so that nothing of a message is lost.

import type { Text } from '../../texts.js'
import { htmlPage } from '../html-page.js'
import { type ClinicalCopy, guarded } from './clinical-copy.js'
import { codeWord, sexInWords } from './codes.js'
import { parseHl7, type Segment } from './hl7v2-parse.js'
import { notesHtml, type ResultGroup, ResultWriter } from './hl7v2-results.js'
import { hasTable, tablesHtml } from './hl7v2-tables.js'
import { clinicians, codedField, dateField, named, personName, place, postalAddress, telephone } from './hl7v2-values.js'
import { element, escaped, facts, foldingTable, type Html, joined, lines, NOTHING, paragraph } from './html.js'

const MAX_FURTHER = 500

/** Messages of these kinds have words of their own below `clinical.hl7.kinds` (table 0076). */
const KINDS: ReadonlySet<string> = new Set(['ORU', 'MDM', 'ADT', 'VXU', 'ORM', 'OML', 'RDE', 'SIU', 'REF', 'PPR', 'DFT', 'OUL'])

/**
 * The page and the documents inside. Texts and pictures of PNG, JPEG and GIF are in the page; any other document is `embedded`.
 * Throws NotConvertibleError: `damaged` when there is no message, `too-big` past the limits.
 */
export function hl7v2Html(bytes: Buffer, text: Text): ClinicalCopy {
  return guarded(() => pageOf(bytes, text))
}

function pageOf(bytes: Buffer, text: Text): ClinicalCopy {
  const messages = parseHl7(bytes)
  const writer = new ResultWriter(text)
  const [first] = messages
  const title = messages.length === 1 && first ? kindInWords(first, text) : text('clinical.hl7.messages', { count: messages.length })
  const bodies = messages.map((message) => {
    if (messages.length === 1) return messageHtml(message, 2, writer, text)
    return element('section', {}, [element('h2', {}, escaped(kindInWords(message, text))), messageHtml(message, 3, writer, text)])
  })
  const body = joined([element('h1', {}, escaped(title)), ...bodies, paragraph(text('clinical.original'), 'note')])
  return { html: htmlPage({ title, language: text('clinical.language'), body }), embedded: writer.beside }
}

function kindInWords([head]: readonly Segment[], text: Text): string {
  const kind = head?.text(9) ?? ''
  return text(KINDS.has(kind) ? `clinical.hl7.kinds.${kind}` : 'clinical.title')
}

/** `level` is that of the headings in it. */
function messageHtml(message: readonly Segment[], level: number, writer: ResultWriter, text: Text): Html {
  const { groups, notes, others } = sortSegments(message)
  const heading = element(`h${level}`, {}, escaped(text('clinical.hl7.results')))
  const results = groups.map((group) => writer.group(group, level + 1))
  return joined([
    messageFacts(message, text),
    ...notesHtml(notes),
    ...(results.some((result) => result !== '') ? [heading, ...results] : []),
    ...tablesHtml(others, level, text),
    furtherHtml(message, level, text),
  ])
}

/** Observations go to the order before them, and notes to what they follow. */
function sortSegments(message: readonly Segment[]): {
  readonly groups: readonly ResultGroup[]
  readonly notes: readonly Segment[]
  readonly others: readonly Segment[]
} {
  const groups: Array<{ order: Segment | null; notes: Segment[]; observations: Array<{ segment: Segment; notes: Segment[] }> }> = []
  const notes: Segment[] = []
  const others: Segment[] = []
  let target = notes
  for (const segment of message) {
    if (segment.name === 'OBR') {
      groups.push({ order: segment, notes: [], observations: [] })
      target = groups.at(-1)?.notes ?? notes
    } else if (segment.name === 'OBX') {
      if (groups.length === 0) groups.push({ order: null, notes: [], observations: [] })
      const observation = { segment, notes: [] as Segment[] }
      groups.at(-1)?.observations.push(observation)
      target = observation.notes
    } else if (segment.name === 'NTE') target.push(segment)
    else {
      others.push(segment)
      // A note of an order that isn't one of the message as a whole stays with what was last said.
      if (segment.name === 'PID') target = notes
    }
  }
  return { groups, notes, others: others.filter(hasTable) }
}

function messageFacts(message: readonly Segment[], text: Text): Html {
  const of = (name: string) => message.find((segment) => segment.name === name)
  const [head, patient, visit] = [of('MSH'), of('PID'), of('PV1')]
  head?.skip(1, 2, 9, 10, 11, 12, 21)
  return facts([
    ...(patient ? patientFacts(patient, text) : []),
    [text('clinical.head.from'), head ? lines([named(head, 4) || named(head, 3)]) : NOTHING],
    [text('clinical.hl7.system'), head && named(head, 4) !== '' ? lines([named(head, 3)]) : NOTHING],
    [text('clinical.hl7.sentTo'), head ? lines([named(head, 6) || named(head, 5)]) : NOTHING],
    [text('clinical.hl7.sent'), head ? escaped(dateField(head, 7, text)) : NOTHING],
    ...(visit ? visitFacts(visit, text) : []),
  ])
}

function patientFacts(patient: Segment, text: Text): Array<readonly [string, Html]> {
  patient.skip(1)
  const [name = '', ...others] = [...new Set(patient.repetitions(5).map(personName))].filter((one) => one !== '' && !/^[A-Z]$/.test(one))
  const isDead = patient.text(30).toUpperCase() === 'Y'
  return [
    [text('clinical.head.patient'), name === '' ? NOTHING : element('strong', {}, escaped(name))],
    [text('clinical.head.alias'), lines([...others, ...patient.repetitions(9).map(personName)])],
    [text('clinical.head.born'), escaped(dateField(patient, 7, text))],
    [text('clinical.head.sex'), escaped(sexInWords(patient.text(8), text))],
    [text('clinical.head.died'), escaped(dateField(patient, 29, text) || (isDead ? text('clinical.yes') : ''))],
    [text('clinical.head.address'), lines(patient.repetitions(11).map(postalAddress))],
    [text('clinical.head.phone'), lines([...patient.repetitions(13), ...patient.repetitions(14)].map(telephone))],
    [
      text('clinical.head.number'),
      lines(
        [...patient.repetitions(3)].filter((components) => components[4]?.text !== 'SS').map((components) => components[0]?.text ?? ''),
      ),
    ],
    [text('clinical.head.maritalStatus'), escaped(codeWord('maritalStatus', patient.text(16), text) || codedField(patient, 16))],
    [text('clinical.head.race'), escaped(codedField(patient, 10))],
    [text('clinical.head.ethnicity'), escaped(codedField(patient, 22))],
    [text('clinical.head.languages'), escaped(codedField(patient, 15))],
    [text('clinical.head.birthplace'), escaped(patient.text(23))],
  ]
}

function visitFacts(visit: Segment, text: Text): Array<readonly [string, Html]> {
  visit.skip(1)
  const kind = visit.text(2)
  const known = ['I', 'O', 'E', 'P', 'R', 'B'].includes(kind) ? text(`clinical.hl7.visits.${kind}`) : kind
  return [
    [text('clinical.head.visit'), lines([known, place(visit, 3)])],
    [text('clinical.hl7.admitted'), escaped(dateField(visit, 44, text))],
    [text('clinical.hl7.discharged'), escaped(dateField(visit, 45, text))],
    [text('clinical.head.careTeam'), lines([clinicians(visit, 7), clinicians(visit, 8), clinicians(visit, 9), clinicians(visit, 17)])],
  ]
}

/** Fields that were said nowhere above, as they were sent. */
function furtherHtml(message: readonly Segment[], level: number, text: Text): Html {
  const rows: Html[][] = []
  let left = 0
  for (const segment of message) {
    for (const [field, said] of segment.unused()) {
      if (rows.length < MAX_FURTHER) rows.push([escaped(`${segment.name}-${field}`), lines(said.split('\n'))])
      else left++
    }
  }
  if (rows.length === 0) return NOTHING
  const columns = [{ label: text('clinical.hl7.field'), heads: true as const }, { label: text('clinical.hl7.value') }]
  return joined([
    element(`h${level}`, {}, escaped(text('clinical.hl7.further'))),
    paragraph(text('clinical.hl7.furtherHelp'), 'note'),
    foldingTable('', columns, rows),
    left > 0 ? paragraph(text('clinical.fhir.more', { count: left }), 'warning') : NOTHING,
  ])
}
