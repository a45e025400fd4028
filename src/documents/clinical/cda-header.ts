// The head of a CDA document in plain words (CDA R2 4.2): first what a patient asks (what is this, about whom, from whom, when), the
// rest at the end of the page.

import { elements, find, textOf, type XmlElement } from '../xml.js'
import {
  addressInWords,
  type CdaWords,
  codeInWords,
  nameInWords,
  oneLine,
  telecomInWords,
  timeInWords,
  valueInWords,
} from './cda-values.js'
import { codeWord, sexInWords } from './codes.js'
import { hl7Date } from './dates.js'
import { element, escaped, facts, type Html, joined, lines, NOTHING, paragraph } from './html.js'

type Facts = Array<readonly [term: string, content: Html]>

/** The document's own title, else the kind of document it is. */
export function documentTitle(root: XmlElement, words: CdaWords): string {
  return oneLine(textOf(find(root, 'title'), 2000)) || documentKind(root, words) || words.text('clinical.title')
}

function documentKind(root: XmlElement, words: CdaWords): string {
  const code = find(root, 'code')
  return codeWord('documentKinds', code?.attributes.get('code'), words.text) || codeInWords(code, words)
}

/** Goes right below the title. Nothing for a fragment without a head. */
export function mainFacts(root: XmlElement, words: CdaWords): Html {
  const { text } = words
  const kind = documentKind(root, words)
  const rows: Facts = [
    [text('clinical.head.kind'), escaped(kind === documentTitle(root, words) ? '' : kind)],
    ...elements(root, 'recordTarget').flatMap((target) => patientFacts(target, words)),
    [text('clinical.head.from'), lines([...custodians(root)])],
    [text('clinical.head.author'), lines(elements(root, 'author').map((author) => participantInWords(author, words)))],
    [text('clinical.head.date'), escaped(timeInWords(find(root, 'effectiveTime'), words))],
    ...visitFacts(root, words),
    [
      text('clinical.head.recipients'),
      lines(elements(root, 'informationRecipient').map((recipient) => participantInWords(recipient, words))),
    ],
    [text('clinical.head.version'), escaped(versionOf(root))],
    [text('clinical.head.replaces'), lines(relatedDocuments(root, words))],
  ]
  return joined([confidentialityNote(root, words), facts(rows)])
}

function confidentialityNote(root: XmlElement, { text }: CdaWords): Html {
  const word = codeWord('confidentiality', find(root, 'confidentialityCode')?.attributes.get('code'), text)
  return word === '' ? NOTHING : element('p', { class: 'beside' }, element('strong', {}, escaped(word)))
}

function patientFacts(target: XmlElement, words: CdaWords): Facts {
  const { text } = words
  const role = find(target, 'patientRole')
  const patient = find(role, 'patient')
  const names = elements(patient, 'name')
    .map(nameInWords)
    .filter((name) => name !== '')
  const [name = '', ...others] = [...new Set(names)]
  return [
    [text('clinical.head.patient'), name === '' ? NOTHING : element('strong', {}, escaped(name))],
    [text('clinical.head.alias'), lines(others)],
    [text('clinical.head.born'), escaped(hl7Date(find(patient, 'birthTime')?.attributes.get('value'), text))],
    [text('clinical.head.sex'), escaped(genderOf(patient, words))],
    [text('clinical.head.died'), escaped(deathOf(patient, words))],
    [text('clinical.head.address'), lines(elements(role, 'addr').map(addressInWords))],
    [text('clinical.head.phone'), lines(elements(role, 'telecom').map((telecom) => telecomInWords(telecom, text)))],
    [text('clinical.head.number'), lines(elements(role, 'id').map(patientNumber))],
  ]
}

/** The number of a social security card has no place at the top of a page. */
function patientNumber({ attributes }: XmlElement): string {
  return attributes.get('root') === '2.16.840.1.113883.4.1' ? '' : (attributes.get('extension') ?? '')
}

function genderOf(patient: XmlElement | undefined, words: CdaWords): string {
  const code = find(patient, 'administrativeGenderCode')
  if (!code) return ''
  return code.attributes.has('code') ? sexInWords(code.attributes.get('code'), words.text) : codeInWords(code, words)
}

function deathOf(patient: XmlElement | undefined, { text }: CdaWords): string {
  const time = hl7Date(find(patient, 'deceasedTime')?.attributes.get('value'), text)
  return time || (find(patient, 'deceasedInd')?.attributes.get('value') === 'true' ? text('clinical.yes') : '')
}

function custodians(root: XmlElement): string[] {
  return elements(root, 'custodian').map((one) => organisationName(find(one, 'assignedCustodian', 'representedCustodianOrganization')))
}

function organisationName(organisation: XmlElement | undefined): string {
  return nameInWords(find(organisation, 'name'))
}

function visitFacts(root: XmlElement, words: CdaWords): Facts {
  const { text } = words
  const events = elements(root, 'documentationOf').map((one) => find(one, 'serviceEvent'))
  const visits = elements(root, 'componentOf').map((one) => find(one, 'encompassingEncounter'))
  const place = (visit: XmlElement | undefined) => {
    const facility = find(visit, 'location', 'healthCareFacility')
    return nameInWords(find(facility, 'location', 'name')) || organisationName(find(facility, 'serviceProviderOrganization'))
  }
  return [
    [text('clinical.head.covers'), lines(events.map((event) => withTime(codeInWords(find(event, 'code'), words), event, words)))],
    [
      text('clinical.head.visit'),
      lines(
        visits.map((visit) => withTime([codeInWords(find(visit, 'code'), words), place(visit)].filter(Boolean).join(', '), visit, words)),
      ),
    ],
    [text('clinical.head.discharge'), lines(visits.map((visit) => codeInWords(find(visit, 'dischargeDispositionCode'), words)))],
  ]
}

function withTime(name: string, event: XmlElement | undefined, words: CdaWords): string {
  const time = timeInWords(find(event, 'effectiveTime'), words)
  return [name, time].filter((part) => part !== '').join(': ')
}

function versionOf(root: XmlElement): string {
  const version = find(root, 'versionNumber')?.attributes.get('value') ?? ''
  return version === '1' ? '' : version
}

function relatedDocuments(root: XmlElement, { text }: CdaWords): string[] {
  return elements(root, 'relatedDocument').map((related) => {
    const parent = find(related, 'parentDocument')
    const version = find(parent, 'versionNumber')?.attributes.get('value')
    const type = related.attributes.get('typeCode')
    const says = type === 'APND' ? 'appends' : type === 'XFRM' ? 'transforms' : 'replaces'
    return text(`clinical.head.related.${says}`, { version: version ?? '?' })
  })
}

/** Name, function, organisation and time of somebody who took part. */
function participantInWords(participant: XmlElement, words: CdaWords): string {
  const { text } = words
  const role = roleOf(participant)
  const person = find(role, personIn(role))
  const device = find(role, 'assignedAuthoringDevice')
  const maker = [find(device, 'manufacturerModelName'), find(device, 'softwareName')].map(
    (one) => codeInWords(one, words) || oneLine(textOf(one)),
  )
  const organisation = elements(role).find(({ name }) => /organization$/i.test(name))
  const what = codeInWords(find(participant, 'functionCode'), words) || codeInWords(find(role, 'code'), words)
  const names = elements(person, 'name').map(nameInWords)
  const parts = [...names.slice(0, 1), ...new Set(maker), what, organisationName(organisation)].filter((part) => part !== '')
  if (parts.length === 0) return ''
  const time = timeInWords(find(participant, 'time'), words)
  return [...new Set(parts), ...(time === '' ? [] : [text('clinical.head.on', { time })])].join(', ')
}

/** assignedEntity, assignedAuthor, intendedRecipient, relatedEntity, associatedEntity, ... */
function roleOf(participant: XmlElement): XmlElement | undefined {
  return elements(participant).find(({ name }) => /^(?:assigned|related|associated|intended|participantRole)/.test(name))
}

function personIn(role: XmlElement | undefined): string {
  return (
    elements(role).find(({ name }) => /person$/i.test(name) || name === 'informationRecipient' || name === 'playingEntity')?.name ??
    'assignedPerson'
  )
}

const PARTICIPANTS = ['legalAuthenticator', 'authenticator', 'dataEnterer', 'informant', 'participant'] as const

/** For the end of the page. Nothing when the head says no more. */
export function furtherFacts(root: XmlElement, words: CdaWords): Html {
  const { text } = words
  const list = facts([
    ...elements(root, 'recordTarget').flatMap((target) => furtherPatientFacts(target, words)),
    ...PARTICIPANTS.map(
      (kind) => [text(`clinical.head.${kind}`), lines(elements(root, kind).map((one) => participantInWords(one, words)))] as const,
    ),
    [text('clinical.head.careTeam'), lines(performers(root, words))],
    [text('clinical.head.order'), lines(elements(root, 'inFulfillmentOf').map((one) => orderOf(one, words)))],
    [text('clinical.head.consent'), lines(elements(root, 'authorization').map((one) => codeInWords(find(one, 'consent', 'code'), words)))],
    [text('clinical.head.custodian'), lines(elements(root, 'custodian').flatMap((one) => contactOf(one, words)))],
    [text('clinical.head.documentId'), escaped(identifier(find(root, 'id')))],
  ])
  if (list === '') return NOTHING
  return joined([
    element('h2', { id: 'about' }, escaped(text('clinical.head.further'))),
    list,
    paragraph(text('clinical.original'), 'note'),
  ])
}

function furtherPatientFacts(target: XmlElement, words: CdaWords): Facts {
  const { text } = words
  const role = find(target, 'patientRole')
  const patient = find(role, 'patient')
  const coded = (name: string) => lines([...new Set(elements(patient, name).map((code) => codeInWords(code, words)))])
  const guardians = elements(patient, 'guardian').map((guardian) => {
    const name = nameInWords(find(guardian, 'guardianPerson', 'name')) || organisationName(find(guardian, 'guardianOrganization'))
    return [name, codeInWords(find(guardian, 'code'), words), ...elements(guardian, 'telecom').map((one) => telecomInWords(one, text))]
      .filter((part) => part !== '')
      .join(', ')
  })
  const languages = elements(patient, 'languageCommunication').map((one) =>
    languageName(find(one, 'languageCode')?.attributes.get('code'), text('clinical.language')),
  )
  const provider = find(role, 'providerOrganization')
  return [
    [text('clinical.head.guardian'), lines(guardians)],
    [text('clinical.head.languages'), lines([...new Set(languages)])],
    [text('clinical.head.maritalStatus'), coded('maritalStatusCode')],
    [text('clinical.head.race'), coded('raceCode')],
    [text('clinical.head.ethnicity'), coded('ethnicGroupCode')],
    [text('clinical.head.religion'), coded('religiousAffiliationCode')],
    [text('clinical.head.birthplace'), escaped(addressInWords(find(patient, 'birthplace', 'place', 'addr')))],
    [
      text('clinical.head.provider'),
      lines([
        organisationName(provider),
        ...elements(provider, 'addr').map(addressInWords),
        ...elements(provider, 'telecom').map((one) => telecomInWords(one, text)),
      ]),
    ],
  ]
}

/** `Spanish` for `es`; what is no tag of a language stays as it is. */
export function languageName(tag: string | undefined, language: string): string {
  try {
    return new Intl.DisplayNames(language, { type: 'language' }).of(tag ?? '') ?? tag ?? ''
  } catch {
    return tag ?? ''
  }
}

function performers(root: XmlElement, words: CdaWords): string[] {
  return elements(root, 'documentationOf').flatMap((one) =>
    elements(find(one, 'serviceEvent'), 'performer').map((each) => participantInWords(each, words)),
  )
}

function orderOf(one: XmlElement, words: CdaWords): string {
  const order = find(one, 'order')
  return codeInWords(find(order, 'code'), words) || elements(order, 'id').map(identifier)[0] || ''
}

function contactOf(custodian: XmlElement, { text }: CdaWords): string[] {
  const organisation = find(custodian, 'assignedCustodian', 'representedCustodianOrganization')
  return [
    organisationName(organisation),
    ...elements(organisation, 'addr').map(addressInWords),
    ...elements(organisation, 'telecom').map((one) => telecomInWords(one, text)),
  ]
}

function identifier(id: XmlElement | undefined): string {
  return id ? (id.attributes.get('extension') ?? id.attributes.get('root') ?? '') : ''
}

/** Of a section that is about somebody else, such as a newborn or a relative. */
export function subjectNote(section: XmlElement, words: CdaWords): Html {
  const related = find(section, 'subject', 'relatedSubject')
  if (!related) return NOTHING
  const who = [
    codeInWords(find(related, 'code'), words),
    nameInWords(find(related, 'subject', 'name')),
    ...elements(related, 'value').map((value) => valueInWords(value, words)),
  ]
  const name = who.filter((part) => part !== '').join(', ')
  return name === '' ? NOTHING : paragraph(words.text('clinical.section.about', { name }), 'note')
}
