// The Continuity of Care Record (ASTM E2369) as a page for the patient: whom it is about and from, why it was sent, then each section of
// its body as a table. Sections and entries share one build (description, type, status, dates), so one reader does for all of them.

import type { Text } from '../../texts.js'
import { NotConvertibleError } from '../copy.js'
import { htmlPage } from '../html-page.js'
import { elements, find, parseXml, textOf, type XmlElement } from '../xml.js'
import { oneLine } from './cda-values.js'
import { type ClinicalCopy, guarded } from './clinical-copy.js'
import { codeWord, quantityInWords, sexInWords } from './codes.js'
import { isoDate, periodInWords } from './dates.js'
import { element, escaped, facts, foldingTable, type Html, joined, lines, NOTHING, paragraph } from './html.js'

const MAX_ROWS = 2000

/** Sections in the order in which a patient looks for them; any other follows. Headings are below `clinical.ccr`. */
const SECTIONS: readonly string[] = [
  'Problems',
  'Medications',
  'Alerts',
  'Results',
  'VitalSigns',
  'Immunizations',
  'Procedures',
  'Encounters',
  'PlanOfCare',
  'FamilyHistory',
  'SocialHistory',
  'FunctionalStatus',
  'AdvanceDirectives',
  'MedicalEquipment',
  'Support',
  'HealthCareProviders',
  'Payers',
]

/** The page; a CCR holds no documents. Throws NotConvertibleError: `damaged` for what is no CCR, `too-big` past the limits. */
export function ccrHtml(bytes: Buffer, text: Text): ClinicalCopy {
  return guarded(() => {
    const root = parseXml(bytes)
    if (root.name !== 'ContinuityOfCareRecord') throw new NotConvertibleError('damaged')
    return new CcrPage(root, text).copy()
  })
}

class CcrPage {
  readonly #root: XmlElement
  readonly #text: Text
  readonly #actors = new Map<string, XmlElement>()
  #rows = 0

  constructor(root: XmlElement, text: Text) {
    this.#root = root
    this.#text = text
    for (const actor of elements(find(root, 'Actors'), 'Actor')) this.#actors.set(words(find(actor, 'ActorObjectID')), actor)
  }

  copy(): ClinicalCopy {
    const text = this.#text
    const title = text('clinical.ccr.title')
    const body = find(this.#root, 'Body')
    const known = SECTIONS.flatMap((name) => elements(body, name))
    const others = elements(body).filter(({ name }) => !SECTIONS.includes(name))
    const sections = [...known, ...others].map((section) => this.#section(section))
    const comments = elements(find(this.#root, 'Comments'), 'Comment').map((comment) => described(comment))
    const parts = [
      element('h1', {}, escaped(title)),
      this.#head(),
      ...sections,
      ...(comments.length > 0
        ? [element('h2', {}, escaped(text('clinical.ccr.Comments'))), ...comments.map((comment) => paragraph(comment))]
        : []),
      paragraph(text('clinical.original'), 'note'),
    ]
    return { html: htmlPage({ title, language: text('clinical.language'), body: joined(parts) }), embedded: [] }
  }

  #head(): Html {
    const text = this.#text
    const patients = elements(this.#root, 'Patient').map((patient) => this.#actors.get(words(find(patient, 'ActorID'))))
    const people = (name: string) => lines(elements(find(this.#root, name), 'ActorLink').map((link) => this.#linked(link)))
    const purposes = elements(this.#root, 'Purpose').flatMap((purpose) => elements(purpose, 'Description').map(described))
    return facts([
      ...patients.flatMap((patient) => this.#patientFacts(patient)),
      [text('clinical.head.from'), people('From')],
      [text('clinical.head.recipients'), people('To')],
      [text('clinical.ccr.purpose'), lines(purposes)],
      [text('clinical.head.date'), lines(elements(this.#root, 'DateTime').map((date) => this.#date(date)))],
    ])
  }

  #patientFacts(patient: XmlElement | undefined): Array<readonly [string, Html]> {
    const text = this.#text
    const person = find(patient, 'Person')
    const birth = find(person, 'DateOfBirth')
    return [
      [text('clinical.head.patient'), element('strong', {}, escaped(actorName(patient)))],
      [text('clinical.head.born'), birth ? escaped(this.#date(birth)) : NOTHING],
      [text('clinical.head.sex'), escaped(sexInWords(described(find(person, 'Gender')), text))],
      [text('clinical.head.address'), lines(elements(patient, 'Address').map(address))],
      [
        text('clinical.head.phone'),
        lines([...elements(patient, 'Telephone'), ...elements(patient, 'EMail')].map((one) => words(find(one, 'Value')))),
      ],
    ]
  }

  #linked(link: XmlElement): string {
    const role = elements(link, 'ActorRole').map(described).join(', ')
    return [actorName(this.#actors.get(words(find(link, 'ActorID')))), role].filter((part) => part !== '').join(', ')
  }

  #section(section: XmlElement): Html {
    const text = this.#text
    const title = SECTIONS.includes(section.name) ? text(`clinical.ccr.${section.name}`) : section.name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    const entries = elements(section)
    const most = Math.max(0, MAX_ROWS - this.#rows)
    const rows = entries.slice(0, most).flatMap((entry) => this.#entry(entry))
    this.#rows += rows.length
    const labels = ['what', 'date', 'result', 'dosage', 'flag', 'normal', 'status', 'by', 'details']
    const columns = labels.map((label, index) => ({
      label: text(`clinical.fhir.columns.${label}`),
      ...(index === 0 ? { heads: true as const } : {}),
    }))
    const left = entries.length - most
    return element('section', {}, [
      element('h2', {}, escaped(title)),
      rows.length === 0 && left <= 0 ? paragraph(text('clinical.section.empty')) : foldingTable('', columns, rows),
      left > 0 ? paragraph(text('clinical.fhir.more', { count: left }), 'warning') : NOTHING,
    ])
  }

  /** One row; a panel of results has one more for each of its tests. */
  #entry(entry: XmlElement): Html[][] {
    const tests = elements(entry, 'Test').slice(0, 500)
    const own = this.#row(entry)
    return [own, ...tests.map((test) => this.#row(test))]
  }

  #row(entry: XmlElement): Html[] {
    const text = this.#text
    const product = elements(entry, 'Product')
    const name = [
      ...product.map((one) => described(find(one, 'ProductName')) || described(find(one, 'BrandName'))),
      described(find(entry, 'Description')),
    ]
    const relative = described(find(entry, 'FamilyMember', 'ActorRole'))
    const what =
      name.find((one) => one !== '') ||
      described(find(entry, 'Type')) ||
      this.#actorOf(entry) ||
      described(find(entry, 'Problem', 'Description'))
    const strength = product.map((one) => this.#measured(find(one, 'Strength')))
    return [
      escaped([what || text('clinical.fhir.unnamed'), ...strength, relative].filter(Boolean).join(', ')),
      lines(elements(entry, 'DateTime').map((date) => this.#date(date))),
      lines(elements(entry, 'TestResult').map((one) => this.#measured(one))),
      lines(elements(find(entry, 'Directions'), 'Direction').map((direction) => this.#direction(direction))),
      lines(elements(entry, 'Flag').map((flag) => codeWord('flags', described(flag), text) || described(flag))),
      lines(elements(find(entry, 'NormalResult'), 'Normal').map((one) => this.#measured(one) || described(one))),
      escaped(described(find(entry, 'Status'))),
      lines(
        elements(entry, 'Source')
          .slice(0, 20)
          .map((source) => this.#actorOf(source)),
      ),
      lines(this.#details(entry, what)),
    ]
  }

  #details(entry: XmlElement, what: string): string[] {
    const type = described(find(entry, 'Type'))
    const reactions = elements(entry, 'Reaction').map((reaction) =>
      [described(find(reaction, 'Description')), described(find(reaction, 'Severity'))].filter(Boolean).join(', '),
    )
    const agents = elements(find(entry, 'Agent')).flatMap((agent) =>
      elements(agent).map((one) => described(find(one, 'ProductName')) || described(find(one, 'Description'))),
    )
    const notes = [
      ...elements(entry, 'CommentID'),
      ...elements(find(entry, 'PatientInstructions'), 'Instruction'),
      ...elements(entry, 'Refills'),
    ].map(described)
    return [...new Set([type === what ? '' : type, ...agents, ...reactions, ...notes])]
  }

  #direction(direction: XmlElement): string {
    const written = described(find(direction, 'Description')) || described(direction)
    if (written !== '') return written
    const dose = elements(direction, 'Dose').map((one) => this.#measured(one))
    const [route, frequency] = [
      elements(direction, 'Route').map(described),
      elements(direction, 'Frequency').map((one) => described(one) || this.#measured(one)),
    ]
    return [...dose, ...route, ...frequency].filter(Boolean).join(', ')
  }

  #measured(value: XmlElement | undefined): string {
    if (!value) return ''
    const unit = words(find(value, 'Units', 'Unit'))
    const amount = words(find(value, 'Value'))
    return amount === '' ? described(value) : quantityInWords(amount, unit || undefined, this.#text)
  }

  #actorOf(entry: XmlElement): string {
    const link = find(entry, 'Actor') ?? entry
    return actorName(this.#actors.get(words(find(link, 'ActorID'))))
  }

  #date(date: XmlElement): string {
    const text = this.#text
    const of = (parent: XmlElement | undefined) =>
      isoDate(words(find(parent, 'ExactDateTime')), text) ||
      described(find(parent, 'ApproximateDateTime')) ||
      this.#age(find(parent, 'Age'))
    const range = find(date, 'DateTimeRange')
    const said = range ? periodInWords(of(find(range, 'BeginRange')), of(find(range, 'EndRange')), text) : of(date)
    const type = described(find(date, 'Type'))
    return said === '' || type === '' ? said : `${said} (${type})`
  }

  #age(age: XmlElement | undefined): string {
    return age ? this.#measured(age) : ''
  }
}

function words(found: XmlElement | undefined): string {
  return oneLine(textOf(found, 5000))
}

/** A coded description: its text, else the first code's value; else what is written in it. */
function described(found: XmlElement | undefined): string {
  if (!found) return ''
  const inner = find(found, 'Text') ?? find(found, 'Description', 'Text') ?? find(found, 'Code', 'Value')
  return inner ? words(inner) : found.children.every((child) => typeof child === 'string') ? words(found) : ''
}

function actorName(actor: XmlElement | undefined): string {
  const name =
    find(actor, 'Person', 'Name', 'DisplayName') ?? find(actor, 'Organization', 'Name') ?? find(actor, 'InformationSystem', 'Name')
  if (name) return words(name)
  const current = find(actor, 'Person', 'Name', 'CurrentName') ?? find(actor, 'Person', 'Name', 'BirthName')
  return ['Title', 'Given', 'Middle', 'Family', 'Suffix']
    .flatMap((part) => elements(current, part).map(words))
    .filter(Boolean)
    .join(' ')
}

function address(found: XmlElement): string {
  return ['Line1', 'Line2', 'City', 'State', 'PostalCode', 'Country']
    .map((part) => words(find(found, part)))
    .filter(Boolean)
    .join(', ')
}
