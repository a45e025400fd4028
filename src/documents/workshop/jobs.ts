// What a worker can do. Each converter is read when it is first needed: a worker that only ever meets faxes never loads the others.

import { TEXTS } from '../../folders.js'
import { loadTexts, type Text } from '../../texts.js'
import type { ClinicalCopy, EmbeddedFile } from '../clinical/clinical-copy.js'
import type { Unpacking, UnpackLimits } from '../containers/unpack.js'
import { COPY_LIMITS, type Copy, NotConvertibleError } from '../copy.js'
import type { FormAbout } from '../forms/content.js'
import type { LetterAbout } from '../forms/letters.js'
import type { Receipt } from '../receipt-pdf.js'
import type { CopyInput, RecordsInput } from './client.js'
import type { Jobs } from './serve.js'

const texts = loadTexts(TEXTS)

export const jobs: Jobs = {
  async unpack({ bytes, mediaType, limits, language }: { bytes: Buffer; mediaType: string; limits: UnpackLimits; language: string }) {
    const record = records[mediaType]
    if (!record) return (await import('../containers/unpack.js')).unpackContainer(bytes, mediaType, limits)
    return taken((await record(bytes, texts.in(language))).embedded, mediaType, limits)
  },
  async signer({ signature, content }: { signature: Buffer; content: Buffer }) {
    return (await import('../containers/unpack.js')).signerOf(signature, content)
  },
  async copy(input: CopyInput) {
    const converter = converterOf(input.mediaType)
    // Of office files it can be told that they need a password, also of those that nobody here reads.
    if (!converter || converter === word) await refuseProtected(input.bytes)
    if (!converter) throw new NotConvertibleError('no-converter')
    return converter(input, texts.in(input.language))
  },
  async barcodes({ bytes, mediaType }: { bytes: Buffer; mediaType: string }) {
    return (await import('../paged/barcodes.js')).barcodes(bytes, mediaType)
  },
  async firstPage({ bytes, mediaType }: { bytes: Buffer; mediaType: string }) {
    return (await import('../paged/first-page.js')).firstPage(bytes, mediaType)
  },
  async thumbnail({ pdf }: { pdf: Buffer }) {
    return (await import('../paged/thumbnail.js')).thumbnail(pdf)
  },
  async receipt({ about, language }: { about: Receipt; language: string }) {
    return (await import('../receipt-pdf.js')).receiptPdf(about, texts.in(language))
  },
  async form({ about, language, at }: { about: FormAbout; language: string; at: number }) {
    return (await import('../forms/form-pdf.js')).formPdf(about, texts.in(language), at)
  },
  async reminder({ about, language, at }: { about: LetterAbout; language: string; at: number }) {
    return (await import('../forms/letters.js')).reminderLetterPdf(about, texts.in(language), at)
  },
  async revocation({ about, language, at }: { about: LetterAbout; language: string; at: number }) {
    return (await import('../forms/letters.js')).revocationLetterPdf(about, texts.in(language), at)
  },
  async assemble(input: RecordsInput) {
    const { language, providerName, ...others } = input
    return (await import('../paged/records-pdf.js')).recordsPdf({ ...others, provider: { name: providerName } }, texts.in(language))
  },
}

async function fhir(bytes: Buffer, text: Text): Promise<ClinicalCopy> {
  return (await import('../clinical/fhir.js')).fhirHtml(bytes, text)
}

/** Structured records: a page, and the documents that stood inside. */
const records: Readonly<Record<string, (bytes: Buffer, text: Text) => Promise<ClinicalCopy>>> = {
  'application/cda+xml': async (bytes, text) => (await import('../clinical/cda.js')).cdaHtml(bytes, text),
  'application/ccr+xml': async (bytes, text) => (await import('../clinical/ccr.js')).ccrHtml(bytes, text),
  ...Object.fromEntries(['json', 'ndjson', 'xml'].map((syntax) => [`application/fhir+${syntax}`, fhir])),
  'text/hl7v2': async (bytes, text) => (await import('../clinical/hl7v2.js')).hl7v2Html(bytes, text),
}

function taken(embedded: readonly EmbeddedFile[], mediaType: string, { maxFiles, maxBytes }: UnpackLimits): Unpacking {
  if (embedded.length > maxFiles) return { kind: 'as-sent', reason: 'too-many' }
  if (embedded.reduce((sum, { bytes }) => sum + bytes.length, 0) > maxBytes) return { kind: 'as-sent', reason: 'too-big' }
  const kind = mediaType === 'application/cda+xml' ? 'cda' : mediaType === 'text/hl7v2' ? 'hl7' : 'fhir'
  const files = embedded.map(({ name, mediaType: type, bytes }) => ({
    ...{ name, mediaType: type, bytes, way: `${kind}/${name}`, role: 'attachment' as const, title: null },
  }))
  return { kind: 'unpacked', files, signer: null }
}

type Converter = (input: CopyInput, text: Text) => Promise<Copy>

function converterOf(mediaType: string): Converter | undefined {
  const record = records[mediaType]
  if (record) return async ({ bytes }, text) => html((await record(bytes, text)).html)
  return converters[mediaType] ?? (mediaType.startsWith('image/') && mediaType !== 'image/svg+xml' ? image : undefined)
}

function pages({ pdf, pages }: { pdf: Buffer; pages: number }): Copy {
  return { kind: 'pages', pdf, pages, thumbnail: null }
}

function html(page: Buffer): Copy {
  return { kind: 'html', html: page }
}

const image: Converter = async ({ bytes, mediaType }) =>
  pages(await (await import('../paged/image-pdf.js')).imagePdf(bytes, mediaType, COPY_LIMITS))

const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
const DOCM = 'application/vnd.ms-word.document.macroenabled.12'

const word: Converter = async ({ bytes, title }, text) => html(await (await import('../office/docx.js')).docxCopy(bytes, text, { title }))

async function refuseProtected(bytes: Buffer): Promise<void> {
  const { isProtectedOffice } = await import('../containers/protected.js')
  if (isProtectedOffice(bytes)) throw new NotConvertibleError('protected')
}

function byContentId(images: CopyInput['images']): Map<string, { mediaType: string; bytes: Buffer }> {
  return new Map(images.map(({ contentId, mediaType, bytes }) => [contentId, { mediaType, bytes }]))
}

const converters: Readonly<Record<string, Converter>> = {
  'application/pdf': async ({ bytes }) => pages(await (await import('../paged/pdf-copy.js')).copyPdf(bytes, COPY_LIMITS)),
  'image/tiff': async ({ bytes }) => pages(await (await import('../paged/tiff-pdf.js')).tiffPdf(bytes, COPY_LIMITS)),
  'text/html': async ({ bytes, charset, title, images }, text) =>
    html((await import('../office/html.js')).htmlCopy(bytes, { charset, title, images: byContentId(images) }, text)),
  'text/csv': async ({ bytes, charset, title }, text) => html((await import('../office/csv.js')).csvCopy(bytes, { charset, title }, text)),
  'application/rtf': async ({ bytes, title }, text) => html((await import('../office/rtf.js')).rtfCopy(bytes, text, { title })),
  [DOCX]: word,
  [DOCM]: word,
  'text/plain': async ({ bytes, charset, title }) =>
    pages(await (await import('../paged/text-pdf.js')).textPdf(bytes, { charset, title }, COPY_LIMITS)),
}
