// What is shown of each kind of FHIR resource: the columns of its table. A column in which nobody says anything is left out.

import { codeWord } from './codes.js'
import {
  by,
  category,
  dateOf,
  details,
  dosage,
  type FhirColumn,
  inBrackets,
  medicine,
  note,
  observation,
  reason,
  resultOf,
  status,
  titled,
  when,
} from './fhir-cells.js'
import { all, get, type Json, str } from './fhir-read.js'
import { type FhirWords, unique } from './fhir-values.js'

const medicines = [medicine, when, dosage, status('status'), reason, by, note]
const things = [titled('what'), when, status('status'), details, by, note]

/** Columns by type; any other type is shown as `things` are. */
const columns: Readonly<Record<string, readonly FhirColumn[]>> = {
  Condition: [
    titled('problem'),
    {
      label: 'since',
      cell: (resource, words) =>
        words.choice(resource, 'onset') ||
        words.date(str(resource, 'recordedDate') || str(resource, 'assertedDate') || str(resource, 'dateRecorded')),
    },
    { label: 'until', cell: (resource, words) => words.choice(resource, 'abatement') },
    status('clinicalStatus', 'verificationStatus'),
    { label: 'severity', cell: (resource, words) => words.concept(get(resource, 'severity')) },
    { label: 'site', cell: (resource, words) => words.concepts(all(resource, 'bodySite')) },
    note,
  ],
  MedicationRequest: medicines,
  MedicationOrder: medicines,
  MedicationStatement: medicines,
  MedicationUsage: medicines,
  MedicationDispense: medicines,
  MedicationAdministration: medicines,
  AllergyIntolerance: [
    { label: 'allergy', cell: (resource, words) => words.title(resource) || words.concept(get(resource, 'substance')) },
    {
      label: 'reaction',
      cell: (resource, words) =>
        all(resource, 'reaction')
          .map((one) => `${words.concepts(all(one, 'manifestation')) || str(one, 'description')}${inBrackets(str(one, 'severity'))}`)
          .join('\n'),
    },
    {
      label: 'risk',
      cell: (resource, words) =>
        codeWord('criticality', str(resource, 'criticality').toLowerCase(), words.text) || str(resource, 'criticality'),
    },
    {
      label: 'since',
      cell: (resource, words) =>
        words.choice(resource, 'onset') || words.date(str(resource, 'recordedDate') || str(resource, 'assertedDate')),
    },
    status('status', 'clinicalStatus', 'verificationStatus'),
    note,
  ],
  Observation: observation,
  DiagnosticReport: [titled('report'), when, details, { label: 'result', cell: reported }, status('status'), by],
  Immunization: [
    titled('vaccine'),
    { label: 'date', cell: (resource, words) => words.choice(resource, 'occurrence') || dateOf(resource, words) },
    status('status', 'statusReason'),
    {
      label: 'dose',
      cell: (resource, words) =>
        words.choice(get(resource, 'protocolApplied'), 'doseNumber') || str(resource, 'protocolApplied', 'doseNumber'),
    },
    { label: 'lot', cell: (resource) => str(resource, 'lotNumber') },
    by,
    note,
  ],
  Procedure: [
    titled('procedure'),
    when,
    status('status', 'statusReason'),
    { label: 'result', cell: (resource, words) => words.concept(get(resource, 'outcome')) },
    reason,
    { label: 'site', cell: (resource, words) => words.concepts(all(resource, 'bodySite')) },
    by,
    note,
  ],
  Encounter: [
    titled('visit'),
    { label: 'date', cell: (resource, words) => words.period(get(resource, 'period') ?? get(resource, 'actualPeriod')) },
    status('status'),
    reason,
    { label: 'place', cell: (resource, words) => words.references(all(resource, 'location', 'location'), resource) },
    by,
  ],
  FamilyMemberHistory: [
    {
      label: 'relative',
      cell: (resource, words) => unique([words.concept(get(resource, 'relationship')), str(resource, 'name')]).join(', '),
    },
    {
      label: 'problem',
      cell: (resource, words) => unique(all(resource, 'condition').map((one) => words.concept(get(one, 'code')))).join('\n'),
    },
    { label: 'died', cell: (resource, words) => words.choice(resource, 'deceased') },
    status('status'),
    note,
  ],
  Goal: [
    { label: 'goal', cell: (resource, words) => words.concept(get(resource, 'description')) },
    { label: 'date', cell: (resource, words) => words.choice(resource, 'start') },
    status('lifecycleStatus', 'status', 'achievementStatus'),
    details,
    note,
  ],
  CarePlan: [
    { label: 'plan', cell: (resource, words) => str(resource, 'title') || words.concepts(all(resource, 'category')) },
    when,
    details,
    status('status'),
    by,
    note,
  ],
  CareTeam: [
    { label: 'team', cell: (resource, words) => words.title(resource) },
    when,
    { label: 'members', cell: (resource, words) => words.references(all(resource, 'participant', 'member'), resource) },
    status('status'),
  ],
  Claim: [
    { label: 'what', cell: claimed },
    when,
    status('status'),
    { label: 'amount', cell: (resource, words) => words.quantity(moneyAsQuantity(get(resource, 'total'))) },
    by,
  ],
  ExplanationOfBenefit: [
    { label: 'what', cell: claimed },
    when,
    status('status', 'outcome'),
    {
      label: 'amount',
      cell: (resource, words) =>
        all(resource, 'total')
          .map((one) => `${words.concept(get(one, 'category'))} ${words.quantity(moneyAsQuantity(get(one, 'amount') ?? one))}`.trim())
          .join('\n'),
    },
    by,
  ],
}

/** Each result of a report with its value, where it is here. */
function reported(report: Json, words: FhirWords): string {
  const found = all(report, 'result')
    .slice(0, 200)
    .map((one) => {
      const value = resultOf(words.resolve(one, report), words)
      const name = words.reference(one, report)
      return value === '' ? name : `${name}: ${value}`
    })
  return unique(found).join('\n')
}

function claimed(claim: Json, words: FhirWords): string {
  const items = all(claim, 'item').map((item) => words.concept(get(item, 'productOrService')) || words.concept(get(item, 'service')))
  return unique(items.slice(0, 30)).join('\n') || words.title(claim)
}

function moneyAsQuantity(money: Json): Json {
  return { value: str(money, 'value'), unit: str(money, 'currency') || str(money, 'code') }
}

const people: readonly FhirColumn[] = [
  titled('name'),
  {
    label: 'category',
    cell: (resource, words) =>
      unique([
        words.concepts(all(resource, 'type')),
        words.concepts(all(resource, 'specialty')),
        words.concepts(all(resource, 'relationship')),
      ]).join(', '),
  },
  {
    label: 'address',
    cell: (resource, words) =>
      all(resource, 'address')
        .map((one) => words.address(one))
        .join('\n'),
  },
  {
    label: 'contact',
    cell: (resource, words) =>
      all(resource, 'telecom')
        .map((one) => words.contact(one))
        .join('\n'),
  },
]

export function columnsOf(type: string): readonly FhirColumn[] {
  if (['Practitioner', 'PractitionerRole', 'Organization', 'Location', 'RelatedPerson', 'Person'].includes(type)) return people
  return Object.hasOwn(columns, type)
    ? (columns[type] ?? things)
    : [
        { label: 'kind', cell: (resource) => typeInWords(str(resource, 'resourceType')) },
        ...things.slice(0, 1),
        category,
        ...things.slice(1),
      ]
}

/** `MolecularSequence` as `Molecular sequence`: names of resource types are English words. */
function typeInWords(type: string): string {
  return type.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}
