// What a worker can do. Each converter is read when it is first needed: a worker that only ever meets faxes never loads the others.

import { TEXTS } from '../../folders.js'
import { loadTexts, type Text } from '../../texts.js'
import type { UnpackLimits } from '../containers/unpack.js'
import { COPY_LIMITS, type Copy, NotConvertibleError } from '../copy.js'
import type { CopyInput, RecordsInput } from './client.js'
import type { Jobs } from './serve.js'

const texts = loadTexts(TEXTS)

export const jobs: Jobs = {
  async unpack({ bytes, mediaType, limits }: { bytes: Buffer; mediaType: string; limits: UnpackLimits }) {
    const { unpackContainer } = await import('../containers/unpack.js')
    return unpackContainer(bytes, mediaType, limits)
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

type Converter = (input: CopyInput, text: Text) => Promise<Copy>

function converterOf(mediaType: string): Converter | undefined {
  return converters[mediaType] ?? (mediaType.startsWith('image/') && mediaType !== 'image/svg+xml' ? image : undefined)
}

function pages({ pdf, pages }: { pdf: Buffer; pages: number }): Copy {
  return { kind: 'pages', pdf, pages, thumbnail: null }
}

const image: Converter = async ({ bytes, mediaType }) =>
  pages(await (await import('../paged/image-pdf.js')).imagePdf(bytes, mediaType, COPY_LIMITS))

const converters: Readonly<Record<string, Converter>> = {
  'application/pdf': async ({ bytes }) => pages(await (await import('../paged/pdf-copy.js')).copyPdf(bytes, COPY_LIMITS)),
  'image/tiff': async ({ bytes }) => pages(await (await import('../paged/tiff-pdf.js')).tiffPdf(bytes, COPY_LIMITS)),
  'text/plain': async ({ bytes, charset, title }) =>
    pages(await (await import('../paged/text-pdf.js')).textPdf(bytes, { charset, title }, COPY_LIMITS)),
}
