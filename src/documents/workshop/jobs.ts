// What a worker can do. Each converter is read when it is first needed: a worker that only ever meets faxes never loads the others.

import { TEXTS } from '../../folders.js'
import { loadTexts, type Text } from '../../texts.js'
import type { EmbeddedFile } from '../clinical/clinical-copy.js'
import type { Unpacking, UnpackLimits } from '../containers/unpack.js'
import { COPY_LIMITS, type Copy, NotConvertibleError } from '../copy.js'
import type { CopyInput, RecordsInput } from './client.js'
import type { Jobs } from './serve.js'

const texts = loadTexts(TEXTS)

export const jobs: Jobs = {
  async unpack({ bytes, mediaType, limits }: { bytes: Buffer; mediaType: string; limits: UnpackLimits }) {
    const records = withFiles[mediaType]
    if (!records) return (await import('../containers/unpack.js')).unpackContainer(bytes, mediaType, limits)
    return taken(await records(bytes), mediaType, limits)
  },
  async copy(input: CopyInput) {
    const converter = converterOf(input.mediaType)
    if (!converter) throw new NotConvertibleError('no-converter')
    return converter(input, texts.in(input.language))
  },
  async thumbnail({ pdf }: { pdf: Buffer }) {
    return (await import('../paged/thumbnail.js')).thumbnail(pdf)
  },
  async assemble(input: RecordsInput) {
    const { language, providerName, ...others } = input
    return (await import('../paged/records-pdf.js')).recordsPdf({ ...others, provider: { name: providerName } }, texts.in(language))
  },
}

/** What stands inside of a structured record. */
const withFiles: Readonly<Record<string, (bytes: Buffer) => Promise<readonly EmbeddedFile[]>>> = {
  'application/cda+xml': async (bytes) => (await import('../clinical/cda.js')).embeddedDocuments(bytes),
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
  return converters[mediaType] ?? (mediaType.startsWith('image/') && mediaType !== 'image/svg+xml' ? image : undefined)
}

function pages({ pdf, pages }: { pdf: Buffer; pages: number }): Copy {
  return { kind: 'pages', pdf, pages, thumbnail: null }
}

function html({ html }: { html: Buffer }): Copy {
  return { kind: 'html', html }
}

const image: Converter = async ({ bytes, mediaType }) =>
  pages(await (await import('../paged/image-pdf.js')).imagePdf(bytes, mediaType, COPY_LIMITS))

const converters: Readonly<Record<string, Converter>> = {
  'application/pdf': async ({ bytes }) => pages(await (await import('../paged/pdf-copy.js')).copyPdf(bytes, COPY_LIMITS)),
  'image/tiff': async ({ bytes }) => pages(await (await import('../paged/tiff-pdf.js')).tiffPdf(bytes, COPY_LIMITS)),
  'application/cda+xml': async ({ bytes }, text) => html((await import('../clinical/cda.js')).cdaHtml(bytes, text)),
  'text/plain': async ({ bytes, charset, title }) =>
    pages(await (await import('../paged/text-pdf.js')).textPdf(bytes, { charset, title }, COPY_LIMITS)),
}
