// Synthetic records. Nobody in them exists.

import { fileURLToPath } from 'node:url'
import { loadTexts } from '../../../src/texts.js'

export const text = loadTexts(fileURLToPath(new URL('../../../templates/texts', import.meta.url))).in('en')

export const PDF = Buffer.from('%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n')
export const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

/** A section of C-CDA: `inside` follows its title. */
export function section(title: string, inside: string): string {
  return `<component><section><code code="48765-2" displayName="Section name"/><title>${title}</title>${inside}</section></component>`
}

export function cda(body: string, head = ''): Buffer {
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="https://evil.example/CDA.xsl"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:sdtc="urn:hl7-org:sdtc">
  <id root="2.16.840.1.113883.19" extension="DOC-7"/>
  <code code="18842-5" codeSystem="2.16.840.1.113883.6.1" displayName="Discharge summary note"/>
  <title>Sample Clinic: Discharge</title>
  <effectiveTime value="20150304140500-0500"/>
  <confidentialityCode code="N"/>
  <languageCode code="en-US"/>
  <setId root="1.2.3"/><versionNumber value="2"/>
  <recordTarget><patientRole>
    <id root="1.2.3.4" extension="MRN-55"/><id root="2.16.840.1.113883.4.1" extension="111-00-2330"/>
    <addr use="HP"><streetAddressLine>1 Sample Street</streetAddressLine><city>Sampleton</city><state>OR</state><postalCode>97000</postalCode></addr>
    <telecom use="HP" value="tel:+1-555-0100"/>
    <patient><name use="L"><family>Sample</family><given>Maria</given></name>
      <administrativeGenderCode code="F"/><birthTime value="194503"/><raceCode nullFlavor="UNK"/></patient>
  </patientRole></recordTarget>
  <author><time value="20150304"/><assignedAuthor><assignedPerson><name><prefix>Dr.</prefix><given>Ada</given><family>Example</family></name></assignedPerson></assignedAuthor></author>
  <custodian><assignedCustodian><representedCustodianOrganization><name>Sample Clinic</name></representedCustodianOrganization></assignedCustodian></custodian>
  <informationRecipient><intendedRecipient><informationRecipient><name>Bob Recipient</name></informationRecipient></intendedRecipient></informationRecipient>
  <relatedDocument typeCode="RPLC"><parentDocument><versionNumber value="1"/></parentDocument></relatedDocument>
  ${head}
  <component><structuredBody>${body}</structuredBody></component>
</ClinicalDocument>`)
}

/** A page without tags, entities and white space in a row. */
export function wordsOf(html: Buffer | string): string {
  return String(html)
    .replace(/<head>.*?<\/head>/s, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
}

/** What no page may hold: scripts, handlers, styles of its content, addresses that load something. */
export function dangers(html: Buffer | string): string[] {
  const body = String(html).replace(/<head>.*?<\/head>/s, '')
  const found = body.match(
    /<(?:script|style|iframe|object|embed|form|input|link|meta|base|svg|math|video|audio)\b[^>]*>|<[^>]*\s(?:on\w+|style|srcset|background|formaction)\s*=[^>]*>|(?:href|src)="(?!https?:\/\/|mailto:|#|data:image\/)[^"]*"|src="(?!data:image\/)[^"]*"/gi,
  )
  return found ?? []
}
