// Data types of HL7 v2 in words (chapter 2A).

import type { Text } from '../../texts.js'
import { codeWord, quantityInWords } from './codes.js'
import { hl7Date } from './dates.js'
import type { Component, Segment } from './hl7v2-parse.js'

type Components = readonly Component[]

function part(components: Components, number: number): string {
  return components[number - 1]?.text ?? ''
}

/** CE, CWE, CNE, and plain text: the text, else the other text, else the code. */
export function coded(components: Components): string {
  // Where a code should be, some write words.
  if (/\s/.test(part(components, 1)) && part(components, 2) !== '') return `${part(components, 1)}, ${part(components, 2)}`
  return part(components, 2) || part(components, 9) || part(components, 5) || part(components, 1) || part(components, 4)
}

export function codedField(segment: Segment, field: number): string {
  return segment.repetitions(field).map(coded).filter(Boolean).join(', ')
}

/** XPN and PN: family, given, further, suffix, prefix. */
export function personName(components: Components): string {
  return [5, 2, 3, 1, 4]
    .map((number) => part(components, number))
    .filter(Boolean)
    .join(' ')
}

/** XCN and CN: the same after a number, which is shown where there is no name. */
export function clinicianName(components: Components): string {
  return personName(components.slice(1)) || part(components, 1)
}

export function clinicians(segment: Segment, ...fields: readonly number[]): string {
  return [...new Set(fields.flatMap((field) => segment.repetitions(field).map(clinicianName)))].filter(Boolean).join(', ')
}

/** XAD, on one line. */
export function postalAddress(components: Components): string {
  const [street, other, city, state, code, country] = [
    components[0]?.all ?? '',
    ...[2, 3, 4, 5, 6].map((number) => part(components, number)),
  ]
  return [street, other, city, [state, code].filter(Boolean).join(' '), country].filter(Boolean).join(', ')
}

/** XTN: as written, or in its parts; or an address of mail. */
export function telephone(components: Components): string {
  const parts = [5, 6, 7].map((number) => part(components, number)).filter(Boolean)
  return part(components, 1) || part(components, 4) || part(components, 12) || parts.join(' ')
}

/** PL: point of care, room, bed, facility. */
export function place(segment: Segment, field: number): string {
  return [...new Set([4, 9, 1, 2, 3, 7, 8].map((number) => segment.text(field, number)))].filter(Boolean).join(', ')
}

/** HD, XON, EI: the name, not the number behind it. */
export function named(segment: Segment, field: number): string {
  return segment.text(field)
}

/** TS, DT, DTM in a field. */
export function dateField(segment: Segment, field: number, text: Text): string {
  return hl7Date(segment.text(field), text)
}

/** OBX-5 by the type that OBX-2 says, without its unit. Each repetition is a line. */
export function observed(segment: Segment, text: Text): string {
  const type = segment.text(2)
  if (['TX', 'FT', 'ST', ''].includes(type)) return segment.whole(5).trim()
  return segment
    .repetitions(5)
    .map((components) => observedOne(type, components, text))
    .filter(Boolean)
    .join('\n')
}

function observedOne(type: string, components: Components, text: Text): string {
  switch (type) {
    case 'NM':
      return part(components, 1)
    case 'SN':
      return structuredNumber(components)
    case 'TS':
    case 'DT':
    case 'DTM':
      return hl7Date(part(components, 1), text)
    case 'TM':
      return part(components, 1).replace(/^(\d\d)(\d\d).*$/, '$1:$2')
    case 'CE':
    case 'CWE':
    case 'CNE':
    case 'CF':
      return coded(components)
    case 'XPN':
    case 'PN':
      return personName(components)
    case 'XCN':
    case 'CN':
      return clinicianName(components)
    case 'XAD':
    case 'AD':
      return postalAddress(components)
    case 'XTN':
      return telephone(components)
    case 'CX':
    case 'EI':
    case 'XON':
      return part(components, 1)
    case 'DR':
      return [1, 2]
        .map((number) => hl7Date(part(components, number), text))
        .filter(Boolean)
        .join(' – ')
  }
  return components
    .map(({ all }) => all)
    .filter(Boolean)
    .join(' ')
}

/** SN: `>` 100, 1 `:` 128, 3 `-` 5. */
function structuredNumber(components: Components): string {
  return [1, 2, 3, 4]
    .map((number) => part(components, number))
    .filter(Boolean)
    .join(' ')
}

/** OBX-5 and OBX-6 together. */
export function observedWithUnit(segment: Segment, text: Text): string {
  const value = observed(segment, text)
  const unit = segment.text(6) || segment.text(6, 2)
  return value === '' ? '' : quantityInWords(value, unit || undefined, text)
}

/** OBX-8 in words (table 0078). */
export function flagsOf(segment: Segment, text: Text): string {
  return segment
    .repetitions(8)
    .map((components) => codeWord('flags', part(components, 1), text) || coded(components))
    .join(', ')
}
