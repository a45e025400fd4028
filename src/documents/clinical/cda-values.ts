// Values of CDA in words: codes, quantities, times, names, addresses (HL7 v3 data types R1).

import type { Text } from '../../texts.js'
import { elements, find, textOf, type XmlElement } from '../xml.js'
import { codeWord, quantityInWords } from './codes.js'
import { hl7Date, periodInWords } from './dates.js'

/** What values lean on: the catalogue, and the narrative they point into. */
export interface CdaWords {
  readonly text: Text
  /** All elements that have an ID. */
  readonly byId: ReadonlyMap<string, XmlElement>
}

/** One line. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

/** ED or ST: its own text, or what it refers to in the narrative. */
export function textValue(element: XmlElement | undefined, { byId }: CdaWords): string {
  if (!element || element.attributes.get('representation') === 'B64') return ''
  const own = oneLine(textOf(element))
  if (own !== '') return own
  const reference = find(element, 'reference')?.attributes.get('value') ?? ''
  if (!reference.startsWith('#')) return ''
  // A whole document may be pointed at from every entry: a beginning is enough to know it by.
  const target = byId.get(reference.slice(1))
  const words = target === undefined ? '' : oneLine(textOf(target, 2000))
  return words.length > 500 ? `${words.slice(0, 500)}…` : words
}

/** CD and its kin: what the author wrote, else the code's name, else the bare code. With its qualifiers, which may change what it means. */
export function codeInWords(code: XmlElement | undefined, words: CdaWords): string {
  if (!code) return ''
  const { attributes } = code
  const named =
    textValue(find(code, 'originalText'), words) ||
    oneLine(attributes.get('displayName') ?? '') ||
    oneLine(
      elements(code, 'translation')
        .map(nameOf)
        .find((name) => name !== '') ?? '',
    ) ||
    bareCode(code) ||
    codeWord('absent', attributes.get('nullFlavor'), words.text)
  const qualifiers = elements(code, 'qualifier').map((qualifier) => codeInWords(find(qualifier, 'value'), words))
  const added = qualifiers.filter((qualifier) => qualifier !== '')
  return added.length === 0 ? named : `${named} (${added.join(', ')})`
}

function nameOf({ attributes }: XmlElement): string {
  return attributes.get('displayName') ?? ''
}

function bareCode({ attributes }: XmlElement): string {
  const code = attributes.get('code') ?? ''
  const system = attributes.get('codeSystemName')
  return code === '' || system === undefined ? code : `${system} ${code}`
}

/** Any value, by what it holds rather than by what it says it is: `xsi:type` is often missing or wrong. */
export function valueInWords(value: XmlElement, words: CdaWords): string {
  const { attributes } = value
  const { text } = words
  const type = (attributes.get('type') ?? '').replace(/^.*:/, '')
  if (type.startsWith('BL') && attributes.has('value')) return text(attributes.get('value') === 'true' ? 'clinical.yes' : 'clinical.no')
  if (/TS/.test(type)) return timeInWords(value, words)
  const numerator = find(value, 'numerator')
  if (numerator)
    return [numerator, find(value, 'denominator')]
      .map((part) => (part ? quantity(part, text) : ''))
      .filter(Boolean)
      .join(' / ')
  const range = rangeInWords(value, text)
  if (range !== '') return range
  if (attributes.has('value')) return quantity(value, text)
  return codeInWords(value, words) || textValue(value, words)
}

function quantity({ attributes }: XmlElement, text: Text): string {
  if (!attributes.has('value')) return codeWord('absent', attributes.get('nullFlavor'), text)
  return quantityInWords(attributes.get('value'), attributes.get('unit'), text)
}

/** IVL_PQ and the like; `inclusive="false"` makes "less than" of "up to". '' when there is neither end. */
function rangeInWords(value: XmlElement, text: Text): string {
  const [low, high] = [find(value, 'low'), find(value, 'high')].map((end) => (end?.attributes.has('value') ? end : undefined))
  if (low && high) return text('clinical.range.between', { low: quantity(low, text), high: quantity(high, text) })
  const isOpen = (end: XmlElement) => end.attributes.get('inclusive') === 'false'
  if (low) return text(isOpen(low) ? 'clinical.range.above' : 'clinical.range.from', { value: quantity(low, text) })
  if (high) return text(isOpen(high) ? 'clinical.range.below' : 'clinical.range.upTo', { value: quantity(high, text) })
  return ''
}

/** TS, IVL_TS, PIVL_TS ("every 6 hours"); '' when it says nothing. */
export function timeInWords(time: XmlElement | undefined, { text }: CdaWords): string {
  if (!time) return ''
  const at = hl7Date(time.attributes.get('value'), text)
  if (at !== '') return at
  const period = find(time, 'period')
  if (period) {
    const [low, high] = [find(period, 'low'), find(period, 'high')]
    const length = low && high ? rangeInWords(period, text) : quantity(period, text)
    return length === '' ? '' : text('clinical.dates.every', { length })
  }
  const end = (name: string) => hl7Date(find(time, name)?.attributes.get('value'), text)
  const centre = end('center')
  if (centre !== '') return centre
  return periodInWords(end('low'), end('high'), text)
}

/** A name of a person or an organisation; a name in parts is put in the order of speech. */
export function nameInWords(name: XmlElement | undefined): string {
  if (!name) return ''
  const part = (kind: string) =>
    elements(name, kind).map((one) => (one.attributes.get('qualifier') === 'CL' ? `“${oneLine(textOf(one))}”` : oneLine(textOf(one))))
  const ordered = ['prefix', 'given', 'family', 'suffix'].flatMap(part).filter((piece) => piece !== '' && piece !== '“”')
  return ordered.length > 0 ? ordered.join(' ') : oneLine(textOf(name))
}

const ADDRESS_LINES: ReadonlyArray<readonly string[]> = [
  ['streetAddressLine', 'houseNumber', 'streetName', 'additionalLocator', 'unitID'],
  ['city'],
  ['state', 'postalCode'],
  ['country'],
]

/** On one line. */
export function addressInWords(address: XmlElement | undefined): string {
  if (!address) return ''
  const known = ADDRESS_LINES.map((names) =>
    elements(address)
      .filter(({ name }) => names.includes(name))
      .sort((one, other) => names.indexOf(one.name) - names.indexOf(other.name))
      .map((part) => oneLine(textOf(part)))
      .filter((part) => part !== ''),
  )
  const [street = [], ...others] = known
  const written = [...street, ...others.map((parts) => parts.join(' '))].filter((part) => part !== '').join(', ')
  return written || oneLine(textOf(address))
}

/** A telephone number or address of mail, and what it is for. '' for none. */
export function telecomInWords({ attributes }: XmlElement, text: Text): string {
  const value = oneLine((attributes.get('value') ?? '').replace(/^(?:tel|mailto|fax):/i, ''))
  if (value === '') return ''
  const isFax = /^fax:/i.test(attributes.get('value') ?? '')
  const use = isFax ? text('clinical.fax') : codeWord('telecomUse', attributes.get('use')?.split(/\s/)[0], text)
  return use === '' ? value : `${value} (${use})`
}
