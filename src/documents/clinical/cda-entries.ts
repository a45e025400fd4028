// The coded entries of a section whose author wrote no narrative: said in words, so that the section is not silently empty. What turns
// a meaning is said first: an act that is negated, intended or aborted must never read as one that took place.

import { elements, find, textOf, type XmlElement } from '../xml.js'
import { type CdaWords, codeInWords, nameInWords, oneLine, textValue, timeInWords, valueInWords } from './cda-values.js'
import { codeWord } from './codes.js'
import { element, escaped, facts, type Html, joined, lines, NOTHING } from './html.js'

const STATEMENTS: ReadonlySet<string> = new Set([
  'act',
  'observation',
  'substanceAdministration',
  'supply',
  'encounter',
  'procedure',
  'organizer',
])

/** All entries of a section as a list; nothing if there are none that say something. */
export function entriesHtml(section: XmlElement, words: CdaWords): Html {
  return listed(elements(section, 'entry'), words)
}

function listed(parents: readonly XmlElement[], words: CdaWords): Html {
  const items = parents
    .flatMap((parent) =>
      elements(parent)
        .filter(({ name }) => STATEMENTS.has(name))
        .map((statement) => statementHtml(statement, parent, words)),
    )
    .filter((item) => item !== '')
  return items.length === 0
    ? NOTHING
    : element(
        'ul',
        { class: 'entries' },
        items.map((item) => element('li', {}, item)),
      )
}

function statementHtml(statement: XmlElement, parent: XmlElement, words: CdaWords): Html {
  const name = nameOfStatement(statement, words)
  const head = headOf(statement, name, words)
  const details = facts(detailsOf(statement, name, words))
  const below = listed([...elements(statement, 'entryRelationship'), ...elements(statement, 'component')], words)
  // A wrapper that says nothing itself, such as a "concern" around a problem.
  if (head === '' && details === '') return below
  const negated =
    parent.attributes.get('negationInd') === 'true' ? [element('strong', {}, escaped(words.text('clinical.entry.notRelated')))] : []
  return joined([...negated, head, details, below])
}

/** What was observed, given or done: a product goes before the code of giving it. */
function nameOfStatement(statement: XmlElement, words: CdaWords): string {
  const code = find(statement, 'code')
  const isWrapper = code?.attributes.get('code') === 'CONC'
  return productOf(statement, words) || (isWrapper ? '' : codeInWords(code, words))
}

function productOf(statement: XmlElement, words: CdaWords): string {
  const product = find(statement, 'consumable', 'manufacturedProduct') ?? find(statement, 'product', 'manufacturedProduct')
  const material = find(product, 'manufacturedMaterial') ?? find(product, 'manufacturedLabeledDrug')
  return codeInWords(find(material, 'code'), words) || oneLine(textOf(find(material, 'name'), 1000))
}

function headOf(statement: XmlElement, name: string, words: CdaWords): Html {
  const { text } = words
  const said = negation(statement, name, words) ?? name
  const mood = statement.attributes.get('moodCode') ?? 'EVN'
  const planned = mood === 'EVN' || mood === 'DEF' ? '' : text('clinical.entry.planned')
  return said === '' ? NOTHING : joined([element('strong', {}, escaped(said)), planned === '' ? NOTHING : escaped(` (${planned})`)])
}

/** null when it is not negated. An observation that is negated denies its value, if it has one, and else its code (C-CDA R2.1, 3.2). */
function negation(statement: XmlElement, name: string, words: CdaWords): string | null {
  if (statement.attributes.get('negationInd') !== 'true') return null
  const { text } = words
  const value = elements(statement, 'value')
    .map((one) => valueInWords(one, words))
    .find((one) => one !== '')
  if (statement.name === 'observation') return text('clinical.entry.no', { what: value ?? name })
  return text(statement.name === 'substanceAdministration' ? 'clinical.entry.notGiven' : 'clinical.entry.notDone', { what: name })
}

type Facts = Array<readonly [term: string, content: Html]>

function detailsOf(statement: XmlElement, name: string, words: CdaWords): Facts {
  const { text } = words
  const isDenied = statement.name === 'observation' && statement.attributes.get('negationInd') === 'true'
  const coded = (child: string) => lines(elements(statement, child).map((one) => codeInWords(one, words)))
  const valued = (child: string) => lines(elements(statement, child).map((one) => valueInWords(one, words)))
  const status = find(statement, 'statusCode')?.attributes.get('code')
  const comment = textValue(find(statement, 'text'), words)
  return [
    [
      text('clinical.entry.kind'),
      escaped(isDenied && elements(statement, 'value').length > 0 ? codeInWords(find(statement, 'code'), words) : ''),
    ],
    [text('clinical.entry.value'), isDenied ? NOTHING : valued('value')],
    [text('clinical.entry.about'), lines(elements(statement, 'participant').map((one) => participantName(one, words)))],
    [text('clinical.entry.when'), lines(elements(statement, 'effectiveTime').map((one) => timeInWords(one, words)))],
    [
      text('clinical.entry.status'),
      escaped(status === undefined || status === 'completed' ? '' : codeWord('status', status, text) || status),
    ],
    [text('clinical.entry.dose'), valued('doseQuantity')],
    [text('clinical.entry.rate'), valued('rateQuantity')],
    [text('clinical.entry.most'), valued('maxDoseQuantity')],
    [text('clinical.entry.route'), coded('routeCode')],
    [text('clinical.entry.amount'), valued('quantity')],
    [text('clinical.entry.repeats'), valued('repeatNumber')],
    [text('clinical.entry.flag'), lines(elements(statement, 'interpretationCode').map((one) => flagOf(one, words)))],
    [text('clinical.entry.normal'), lines(elements(statement, 'referenceRange').map((one) => rangeOf(one, words)))],
    [text('clinical.entry.site'), joined([coded('targetSiteCode'), coded('approachSiteCode')])],
    [text('clinical.entry.method'), coded('methodCode')],
    [text('clinical.entry.by'), lines([...elements(statement, 'performer'), ...elements(statement, 'author')].map(performerName))],
    [text('clinical.entry.relative'), escaped(codeInWords(find(statement, 'subject', 'relatedSubject', 'code'), words))],
    [text('clinical.entry.note'), escaped(comment === name ? '' : comment)],
  ]
}

function flagOf(code: XmlElement, words: CdaWords): string {
  return codeWord('flags', code.attributes.get('code'), words.text) || codeInWords(code, words)
}

function rangeOf(range: XmlElement, words: CdaWords): string {
  const observed = find(range, 'observationRange')
  const value = find(observed, 'value')
  return textValue(find(observed, 'text'), words) || (value ? valueInWords(value, words) : '')
}

function participantName(participant: XmlElement, words: CdaWords): string {
  const role = find(participant, 'participantRole')
  const playing = find(role, 'playingEntity') ?? find(role, 'playingDevice')
  const scoping = find(role, 'scopingEntity')
  return (
    codeInWords(find(playing, 'code'), words) ||
    nameInWords(find(playing, 'name')) ||
    codeInWords(find(role, 'code'), words) ||
    oneLine(textOf(find(scoping, 'desc'), 1000))
  )
}

function performerName(performer: XmlElement): string {
  const role = elements(performer).find(({ name }) => name.startsWith('assigned'))
  const organisation = find(role, 'representedOrganization', 'name')
  return [nameInWords(find(role, 'assignedPerson', 'name')), nameInWords(organisation)].filter((part) => part !== '').join(', ')
}
