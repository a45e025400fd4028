// FHIR resources as tables, in the order in which a patient looks for them.

import type { Text } from '../../texts.js'
import { codeWord } from './codes.js'
import type { FhirAttachments } from './fhir-attachments.js'
import { dayOf, type FhirColumn } from './fhir-cells.js'
import { columnsOf } from './fhir-columns.js'
import { all, type FhirResource, get, type Json, str } from './fhir-read.js'
import { type FhirWords, unique } from './fhir-values.js'
import { type Column, element, escaped, facts, foldingTable, type Html, joined, lines, NOTHING, paragraph } from './html.js'

/** More rows than anybody reads, and few enough for a phone. What is past it is counted. */
const MAX_ROWS = 1000
const MAX_ALL_ROWS = 5000

/** Groups in the order of the page: name of the heading below `clinical.fhir.groups`, and the types in it. */
const groups: ReadonlyArray<readonly [heading: string, types: readonly string[]]> = [
  ['problems', ['Condition']],
  [
    'medicines',
    ['MedicationRequest', 'MedicationOrder', 'MedicationStatement', 'MedicationUsage', 'MedicationDispense', 'MedicationAdministration'],
  ],
  ['allergies', ['AllergyIntolerance']],
  ['reports', ['DiagnosticReport']],
  ['results', ['Observation']],
  ['vaccines', ['Immunization']],
  ['procedures', ['Procedure']],
  ['visits', ['Encounter', 'Appointment']],
  ['plans', ['CarePlan', 'Goal', 'CareTeam', 'ServiceRequest', 'NutritionOrder']],
  ['documents', ['DocumentReference', 'Composition', 'Binary', 'Media']],
  ['family', ['FamilyMemberHistory']],
  ['others', []],
  ['costs', ['Claim', 'ExplanationOfBenefit', 'Coverage', 'ClaimResponse', 'Account']],
  ['people', ['Practitioner', 'PractitionerRole', 'Organization', 'Location', 'RelatedPerson', 'Person']],
]

/** Said within others, and not on their own. */
const UNSAID: ReadonlySet<string> = new Set(['Patient', 'Medication', 'Provenance', 'Substance', ''])

const placeOf = new Map(groups.flatMap(([heading, types]) => types.map((type) => [type, heading] as const)))

export class FhirTables {
  readonly #words: FhirWords
  readonly #attachments: FhirAttachments
  readonly #narrative: (resource: Json) => Html
  #rows = 0

  /** `narrative` renders the narrative of a resource. */
  constructor(words: FhirWords, attachments: FhirAttachments, narrative: (resource: Json) => Html) {
    this.#words = words
    this.#attachments = attachments
    this.#narrative = narrative
  }

  /** One section for each group that has something in it. */
  sections(resources: readonly FhirResource[], add: (title: string) => string): Html[] {
    const sorted = new Map<string, FhirResource[]>()
    for (const resource of resources) {
      if (UNSAID.has(resource.type)) continue
      const heading = placeOf.get(resource.type) ?? 'others'
      sorted.set(heading, [...(sorted.get(heading) ?? [])])
      sorted.get(heading)?.push(resource)
    }
    return groups.flatMap(([heading]) => {
      const found = sorted.get(heading)
      if (!found) return []
      const title = this.#words.text(`clinical.fhir.groups.${heading}`)
      return [element('section', {}, [element('h2', { id: add(title) }, escaped(title)), ...this.tables(found, title)])]
    })
  }

  /** Tables of resources that belong together: one for each type, for observations one for each of their categories. */
  tables(resources: readonly FhirResource[], title: string): Html[] {
    const kinds = new Map<string, FhirResource[]>()
    for (const resource of resources) {
      const kind = resource.type === 'Observation' ? this.#categoryOf(resource.json) : columnsKey(resource.type)
      const list = kinds.get(kind)
      if (list) list.push(resource)
      else kinds.set(kind, [resource])
    }
    const named = kinds.size > 1
    return [...kinds].map(([kind, list]) => this.#table(list, named && list[0]?.type === 'Observation' ? kind : named ? '' : title, named))
  }

  #categoryOf(observation: Json): string {
    const { text } = this.#words
    const code = str(observation, 'category', 'coding', 'code')
    if (['laboratory', 'vital-signs', 'social-history', 'survey', 'imaging', 'exam', 'procedure', 'therapy', 'activity'].includes(code)) {
      return text(`clinical.fhir.categories.${code}`)
    }
    return this.#words.concept(get(observation, 'category')) || text('clinical.fhir.categories.other')
  }

  #table(resources: readonly FhirResource[], caption: string, isNamed: boolean): Html {
    const { text } = this.#words
    const newest = resources
      .map((resource) => ({ resource, day: dayOf(resource.json) }))
      .sort((one, other) => (one.day < other.day ? 1 : one.day > other.day ? -1 : 0))
    const most = Math.max(0, Math.min(MAX_ROWS, MAX_ALL_ROWS - this.#rows))
    const shown = newest.slice(0, most).map(({ resource }) => resource)
    this.#rows += shown.length
    const columns = columnsOf(resources[0]?.type ?? '')
    const rows = shown.map((resource) => this.#row(resource, columns))
    const labels: Column[] = columns.map(({ label }, index) => ({
      label: text(`clinical.fhir.columns.${label}`),
      ...(index === 0 ? { heads: true as const } : {}),
    }))
    labels.push({ label: text('clinical.fhir.columns.document') })
    const left = resources.length - shown.length
    return joined([
      foldingTable(isNamed ? caption : '', labels, rows),
      left > 0 ? paragraph(text('clinical.fhir.more', { count: left }), 'warning') : NOTHING,
    ])
  }

  #row(resource: FhirResource, columns: readonly FhirColumn[]): Html[] {
    const cells = columns.map(({ cell }) => lines(cell(resource.json, this.#words).split('\n')))
    const head = cells[0]
    if (head === '') cells[0] = escaped(this.#words.text('clinical.fhir.unnamed'))
    const documents = this.#attachments.html(resource, this.#words)
    // What only the sender's own words say: a title, a date and a status are not yet something to read.
    const isBare = cells.filter((cell) => cell !== '').length <= 3 || head === ''
    return [...cells, joined([documents, isBare && documents === '' ? this.#narrative(resource.json) : NOTHING])]
  }
}

function columnsKey(type: string): string {
  return placeOf.get(type) === undefined ? 'others' : type
}

/** Whom the record is about. */
export function patientFacts(patient: Json, words: FhirWords): Html {
  const { text } = words
  const [name = '', ...others] = words.names(all(patient, 'name'))
  const death = str(patient, 'deceasedDateTime')
  const list = (texts: readonly string[]) => lines(unique(texts))
  return facts([
    [text('clinical.head.patient'), name === '' ? NOTHING : element('strong', {}, escaped(name))],
    [text('clinical.head.alias'), list(others)],
    [text('clinical.head.born'), escaped(words.date(str(patient, 'birthDate')))],
    [text('clinical.head.sex'), escaped(words.sex(str(patient, 'gender')))],
    [text('clinical.head.died'), escaped(words.date(death) || (str(patient, 'deceasedBoolean') === 'true' ? text('clinical.yes') : ''))],
    [text('clinical.head.address'), list(all(patient, 'address').map((one) => words.address(one)))],
    [text('clinical.head.phone'), list(all(patient, 'telecom').map((one) => words.contact(one)))],
    [
      text('clinical.head.number'),
      list(
        all(patient, 'identifier')
          .filter(isPatientNumber)
          .map((one) => str(one, 'value')),
      ),
    ],
    [text('clinical.head.maritalStatus'), list([maritalStatus(words.concept(get(patient, 'maritalStatus')), text)])],
    [text('clinical.head.languages'), list(all(patient, 'communication', 'language').map((one) => words.concept(one)))],
    [
      text('clinical.head.careTeam'),
      list([...all(patient, 'generalPractitioner'), ...all(patient, 'careProvider')].map((one) => words.reference(one, patient))),
    ],
    [text('clinical.head.provider'), list([words.reference(get(patient, 'managingOrganization'), patient)])],
  ])
}

function maritalStatus(said: string, text: Text): string {
  return codeWord('maritalStatus', said, text) || said
}

/** Those a clinic asks for: no unreadable ones that computers give out; numbers of cards and passports have no place at the top of a page. */
function isPatientNumber(identifier: Json): boolean {
  return str(identifier, 'type', 'coding', 'code') === 'MR' && !/^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(str(identifier, 'value'))
}
