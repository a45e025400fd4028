// Documents inside FHIR resources: Attachment.data of document references, reports, pictures and messages, and Binary.data (R4 2.24.0.5).

import type { Text } from '../../texts.js'
import { shownText } from './cda-embedded.js'
import { besideNote, decodeBase64, type EmbeddedFile, embeddedFile, Pictures } from './clinical-copy.js'
import { type FhirResource, type Json, objectsIn, str } from './fhir-read.js'
import type { FhirWords } from './fhir-values.js'
import { element, escaped, type Html, joined, lines, NOTHING, paragraph, preformatted } from './html.js'
import { pictureHtml } from './narrative.js'

/** One for each page: what stands in it, and what goes beside it. */
export class FhirAttachments {
  readonly pictures = new Pictures()
  readonly beside: EmbeddedFile[] = []
  readonly #text: Text
  readonly #shown = new Map<Json, Html>()

  constructor(text: Text) {
    this.#text = text
  }

  /** All documents in a resource, as text, pictures or notes. `owner` names those without a name. */
  html({ type, json }: FhirResource, words: FhirWords): Html {
    const found: Html[] = []
    for (const object of objectsIn(json)) {
      const isBinary = str(object, 'resourceType') === 'Binary'
      const data = str(object, 'data') || (isBinary ? str(object, 'content') : '')
      if (data !== '' && (isBinary || str(object, 'contentType') !== ''))
        found.push(this.#attachment(object, data, words.title(json) || type))
      else if (str(object, 'contentType') !== '' && str(object, 'url') !== '') found.push(this.#pointer(object, json, words))
    }
    return joined(found)
  }

  #attachment(object: Json, data: string, owner: string): Html {
    const known = this.#shown.get(object)
    if (known !== undefined) return known
    const html = this.#show(object, data, owner)
    this.#shown.set(object, NOTHING)
    return html
  }

  #show(object: Json, data: string, owner: string): Html {
    const bytes = decodeBase64(data)
    if (bytes === null) return paragraph(this.#text('clinical.unreadable', { count: 1 }), 'beside')
    const name = str(object, 'title') || owner
    const file = embeddedFile(name, str(object, 'contentType') || 'application/octet-stream', bytes)
    const written = shownText(file)
    if (written !== null) return preformatted(written)
    const uri = this.pictures.uriOf(file)
    if (uri !== null) return pictureHtml(uri, str(object, 'title') || this.#text('clinical.narrative.picture'))
    this.beside.push(file)
    return joined([
      str(object, 'title') === '' ? NOTHING : element('strong', {}, escaped(str(object, 'title'))),
      besideNote(file, this.#text),
    ])
  }

  /** An address, unless what it leads to is here: then it is shown, or was, where it stands. Nothing is ever fetched. */
  #pointer(object: Json, owner: Json, words: FhirWords): Html {
    const url = str(object, 'url')
    if (words.resolve(url, owner) !== undefined) return lines([str(object, 'title')])
    return lines([str(object, 'title'), this.#text('clinical.section.elsewhere', { address: url })])
  }
}
