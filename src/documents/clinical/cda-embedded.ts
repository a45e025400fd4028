// Documents inside a CDA document: the whole body (nonXMLBody, CDA R2 4.3.1), pictures (observationMedia), and texts of entries, such as
// the PDF of a note (C-CDA R2.1, Note Activity). All are values of type ED in base64.

import { elements, find, textOf, walk, type XmlElement } from '../xml.js'
import { decodeBase64, type EmbeddedFile, embeddedFile } from './clinical-copy.js'

export interface CdaEmbedded {
  /** By the element that holds the base64, in the order of the document. */
  readonly files: ReadonlyMap<XmlElement, EmbeddedFile>
  /** Values by the ID of the observationMedia (or the region within one) that narratives refer to. */
  readonly media: ReadonlyMap<string, XmlElement>
  /** How many said to be base64 and are not. */
  readonly unreadable: number
}

/** `title` names those that have no name. What can't be decoded is only counted. */
export function findEmbedded(root: XmlElement, title: string): CdaEmbedded {
  const files = new Map<XmlElement, EmbeddedFile>()
  const media = new Map<string, XmlElement>()
  let unreadable = 0
  for (const found of walk(root)) {
    if (found.name === 'observationMedia' || found.name === 'regionOfInterest') {
      const id = found.attributes.get('ID')
      const value = mediaValue(found)
      if (id !== undefined && value && !media.has(id)) media.set(id, value)
    }
    if (found.attributes.get('representation') !== 'B64') continue
    const bytes = decodeBase64(textOf(found))
    if (bytes === null) unreadable++
    else files.set(found, embeddedFile(fileName(found) || title, found.attributes.get('mediaType') ?? 'application/octet-stream', bytes))
  }
  return { files, media, unreadable }
}

function mediaValue(found: XmlElement): XmlElement | undefined {
  if (found.name === 'observationMedia') return find(found, 'value')
  for (const relation of elements(found, 'entryRelationship')) {
    const value = find(relation, 'observationMedia', 'value')
    if (value) return value
  }
  return undefined
}

/** Some systems put the file's name into the reference beside the bytes. */
function fileName(found: XmlElement): string {
  const reference = find(found, 'reference')?.attributes.get('value') ?? ''
  return /^[^#/\\:]{1,150}\.\w{2,5}$/.test(reference) ? reference : ''
}

/** The text of a file that the page can show itself; null for any other. */
export function shownText({ mediaType, bytes }: EmbeddedFile): string | null {
  if (mediaType !== 'text/plain') return null
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}
