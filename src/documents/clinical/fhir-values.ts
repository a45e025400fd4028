// Data types of FHIR in words (R4 2.24; the same names in STU3 and R5, where they differ both are read).

import type { Text } from '../../texts.js'
import { codeWord, quantityInWords, sexInWords } from './codes.js'
import { isoDate, periodInWords } from './dates.js'
import { all, type FhirResource, get, type Json, str } from './fhir-read.js'

/** Words for values, and what references lead to. One for each page. */
export class FhirWords {
  readonly text: Text
  readonly #index = new Map<string, Json>()
  /** Of the resource asked about last: they are asked about in a row. */
  #contained: { readonly owner: Json; readonly byId: ReadonlyMap<string, Json> } = { owner: null, byId: new Map() }

  constructor(resources: readonly FhirResource[], text: Text) {
    this.text = text
    for (const { type, fullUrl, json } of resources) {
      if (fullUrl !== '') this.#index.set(fullUrl, json)
      const id = str(json, 'id')
      if (id !== '' && !this.#index.has(`${type}/${id}`)) this.#index.set(`${type}/${id}`, json)
    }
  }

  /** What a reference leads to in this file: of the bundle, or contained in `owner`. undefined when it isn't here. */
  resolve(reference: Json, owner: Json): Json {
    const target = str(reference, 'reference') || (typeof reference === 'string' ? reference : '')
    if (target.startsWith('#')) return this.#containedIn(owner).get(target.slice(1))
    const bare = target.replace(/\/_history\/.*$/, '')
    return this.#index.get(bare) ?? this.#index.get(bare.split('/').slice(-2).join('/'))
  }

  #containedIn(owner: Json): ReadonlyMap<string, Json> {
    if (this.#contained.owner !== owner) {
      this.#contained = { owner, byId: new Map(all(owner, 'contained').map((one) => [str(one, 'id'), one])) }
    }
    return this.#contained.byId
  }

  /** What a reference is called: by itself, or by what it leads to. '' when neither says. */
  reference(reference: Json, owner: Json): string {
    const shown = str(reference, 'display')
    return shown || this.title(this.resolve(reference, owner)) || str(reference, 'identifier', 'value')
  }

  references(references: readonly Json[], owner: Json): string {
    return listed(references, (one) => this.reference(one, owner))
  }

  /** What a resource is about, in a few words; '' when it doesn't say. */
  title(resource: Json): string {
    if (resource === undefined) return ''
    const type = str(resource, 'resourceType')
    if (['Patient', 'Practitioner', 'RelatedPerson', 'Person'].includes(type)) return this.names(all(resource, 'name'))[0] ?? ''
    if (type === 'PractitionerRole') {
      const person = get(resource, 'practitioner') ?? get(resource, 'organization')
      const found = this.resolve(person, resource)
      // Never round in a circle.
      return str(person, 'display') || (str(found, 'resourceType') === 'PractitionerRole' ? '' : this.title(found))
    }
    if (type === 'Encounter') return this.concept(get(resource, 'type')) || this.concept(get(resource, 'class'))
    const concepts = ['code', 'vaccineCode', 'type', 'medicationCodeableConcept'].map((name) => this.concept(get(resource, name)))
    const texts = ['title', 'name', 'description'].map((name) => str(resource, name))
    return [...concepts.slice(0, 2), ...texts, ...concepts.slice(2)].find((found) => found !== '') ?? ''
  }

  /** CodeableConcept, Coding, CodeableReference (R5) or a bare code: its text, else the name of a coding, else the code. */
  concept(concept: Json): string {
    if (typeof concept === 'string') return concept
    // One level only: no value is a concept of a concept.
    const coded = get(concept, 'concept') ?? concept
    const codings = all(coded, 'coding')
    const display = codings.map((coding) => str(coding, 'display')).find((one) => one !== '')
    const code = codings.map((coding) => str(coding, 'code')).find((one) => one !== '')
    return str(coded, 'text') || display || str(coded, 'display') || code || str(coded, 'code')
  }

  concepts(concepts: readonly Json[]): string {
    return listed(concepts, (one) => this.concept(one))
  }

  /** A code of status as a plain word. */
  status(value: Json): string {
    const code = typeof value === 'string' ? value : str(value, 'coding', 'code') || str(value, 'code')
    return codeWord('status', code, this.text) || this.concept(value)
  }

  date(value: string): string {
    return isoDate(value, this.text)
  }

  period(period: Json): string {
    return periodInWords(this.date(str(period, 'start')), this.date(str(period, 'end')), this.text)
  }

  quantity(quantity: Json): string {
    const { text } = this
    const shown = quantityInWords(rounded(str(quantity, 'value')), str(quantity, 'unit') || str(quantity, 'code') || undefined, text)
    const comparator = str(quantity, 'comparator')
    return comparator === '' || shown === '' ? shown : `${comparator} ${shown}`
  }

  range(range: Json): string {
    const [low, high] = [this.quantity(get(range, 'low')), this.quantity(get(range, 'high'))]
    if (low !== '' && high !== '') return this.text('clinical.range.between', { low, high })
    if (low !== '') return this.text('clinical.range.from', { value: low })
    return high === '' ? '' : this.text('clinical.range.upTo', { value: high })
  }

  /** A choice of types: `choice(observation, 'value')` finds `valueQuantity`, `valueString`, ... '' when there is none. */
  choice(owner: Json, name: string): string {
    const { text } = this
    const of = (type: string) => get(owner, `${name}${type}`)
    const quantity = ['Quantity', 'Age', 'Duration', 'SimpleQuantity', 'Money'].map((type) => this.quantity(of(type))).find(Boolean)
    const truth = str(owner, `${name}Boolean`)
    const plain = ['String', 'Integer', 'Decimal', 'Code', 'Markdown', 'Uri', 'Time', 'Integer64']
      .map((type) => str(owner, `${name}${type}`))
      .find(Boolean)
    const date = ['DateTime', 'Date', 'Instant'].map((type) => this.date(str(owner, `${name}${type}`))).find(Boolean)
    return (
      quantity ||
      this.concept(of('CodeableConcept')) ||
      this.concept(of('Coding')) ||
      plain ||
      date ||
      (truth === '' ? '' : text(truth === 'true' ? 'clinical.yes' : 'clinical.no')) ||
      this.period(of('Period')) ||
      this.range(of('Range')) ||
      this.ratio(of('Ratio')) ||
      this.sampled(of('SampledData')) ||
      this.reference(of('Reference'), owner) ||
      this.concept(of('CodeableReference')) ||
      this.timing(of('Timing'))
    )
  }

  ratio(ratio: Json): string {
    return unique([this.quantity(get(ratio, 'numerator')), this.quantity(get(ratio, 'denominator'))]).join(' / ')
  }

  sampled(data: Json): string {
    return data === undefined ? '' : this.text('clinical.fhir.sampled')
  }

  timing(timing: Json): string {
    const said = this.concept(get(timing, 'code'))
    if (said !== '') return said
    const repeat = get(timing, 'repeat')
    const [count, length, unit] = [str(repeat, 'frequency') || '1', str(repeat, 'period'), str(repeat, 'periodUnit')]
    if (length !== '') return this.text('clinical.fhir.frequency', { count, length: quantityInWords(length, unit, this.text) })
    return all(timing, 'event')
      .slice(0, 10)
      .map((event) => this.date(str(event)))
      .join(', ')
  }

  /** Dosage: what is written for the patient, else its parts. */
  dosage(dosage: Json): string {
    const written = str(dosage, 'patientInstruction') || str(dosage, 'text')
    const dose = get(dosage, 'doseAndRate') ?? dosage
    const parts = [
      this.choice(dose, 'dose') || this.quantity(get(dose, 'dose')),
      this.choice(dose, 'rate'),
      this.concept(get(dosage, 'route')),
      this.timing(get(dosage, 'timing')),
      str(dosage, 'asNeededBoolean') === 'true'
        ? this.text('clinical.fhir.asNeeded')
        : this.concept(get(dosage, 'asNeededCodeableConcept')),
      this.concepts(all(dosage, 'additionalInstruction')),
    ]
    return written || unique(parts).join(', ')
  }

  /** HumanName, or plain text; each once. */
  names(names: readonly Json[]): string[] {
    return unique(
      names.map((name) => {
        if (typeof name === 'string') return name
        const parts = ['prefix', 'given', 'family', 'suffix'].flatMap((part) => all(name, part).map((one) => str(one)))
        return str(name, 'text') || parts.filter((part) => part !== '').join(' ')
      }),
    )
  }

  address(address: Json): string {
    const lines = all(address, 'line').map((line) => str(line))
    const town = [
      str(address, 'city'),
      [str(address, 'state'), str(address, 'postalCode')].filter(Boolean).join(' '),
      str(address, 'country'),
    ]
    return str(address, 'text') || [...lines, ...town].filter((part) => part !== '').join(', ')
  }

  contact(contact: Json): string {
    const value = str(contact, 'value')
    const use = str(contact, 'system') === 'fax' ? this.text('clinical.fax') : codeWord('telecomUse', str(contact, 'use'), this.text)
    return value === '' || use === '' ? value : `${value} (${use})`
  }

  notes(owner: Json): string {
    return unique(
      [...all(owner, 'note'), ...all(owner, 'comment'), ...all(owner, 'comments')].map((note) => str(note, 'text') || str(note)),
    ).join('\n')
  }

  sex(code: string): string {
    return sexInWords(code, this.text)
  }
}

/** Without empty ones, each once, in order. */
export function unique(texts: readonly string[]): string[] {
  return [...new Set(texts.filter((text) => text !== ''))]
}

/** More than fifty in one cell end with a sign that there are more. */
function listed(values: readonly Json[], say: (value: Json) => string): string {
  const said = unique(values.slice(0, 50).map(say))
  return [...said, ...(values.length > 50 ? ['…'] : [])].join(', ')
}

/** Programs write 91.457900153909 for 91.4579: more than six digits that count are nothing a patient's measurement holds. */
function rounded(value: string): string {
  return /^-?\d+\.\d{5,}$/.test(value) ? String(Number(Number(value).toPrecision(6))) : value
}
