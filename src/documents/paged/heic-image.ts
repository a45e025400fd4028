// HEIC and HEIF, as phones send photographs (ISO 23008-12), as pixels: libheif and libde265 in WebAssembly, for sharp's build has no HEVC.
// By libheif's own calls: the classes around them write what they find to the console, and leave out pictures that they can't open.

import { createRequire } from 'node:module'
import { type CopyLimits, NotConvertibleError } from '../copy.js'
import type { Raster } from './image-raster.js'

/** Named so that whoever looks for imports finds this one: CommonJS without types, its WebAssembly inside, loaded when first needed. */
const require = createRequire(import.meta.url)

type Context = unknown
type Handle = unknown
interface Failed {
  readonly code: unknown
}

interface Channel {
  readonly id: unknown
  readonly width: number
  readonly height: number
  /** Bytes from row to row. */
  readonly stride: number
  readonly data: Uint8Array
}

interface Libheif {
  readonly heif_error_code: { readonly heif_error_Ok: unknown }
  readonly heif_colorspace: { readonly heif_colorspace_RGB: unknown }
  readonly heif_chroma: { readonly heif_chroma_interleaved_RGB: unknown; readonly heif_chroma_interleaved_RGBA: unknown }
  readonly heif_channel: { readonly heif_channel_interleaved: unknown }
  heif_context_alloc(): Context
  heif_context_free(context: Context): void
  heif_context_read_from_memory(context: Context, bytes: Uint8Array): Failed
  heif_js_context_get_list_of_top_level_image_IDs(context: Context): number[] | Failed
  heif_js_context_get_image_handle(context: Context, id: number): Handle & Partial<Failed>
  heif_image_handle_get_width(handle: Handle): number
  heif_image_handle_get_height(handle: Handle): number
  heif_image_handle_has_alpha_channel(handle: Handle): number
  heif_js_decode_image2(handle: Handle, space: unknown, chroma: unknown): Promise<Partial<Failed> & { channels: Channel[]; image: unknown }>
  heif_image_release(image: unknown): void
}

/**
 * All pictures of the file as they are to be seen (libheif turns and crops them as the file says), alpha on white, one at a time. Throws
 * NotConvertibleError: `too-big` by declared sizes before one is decoded, `too-many-pages`, `damaged` where there is none or one can't be read.
 */
export async function* heicImages(bytes: Buffer, limits: CopyLimits): AsyncGenerator<Raster> {
  const libheif: Libheif = require('libheif-js/wasm-bundle.js')
  const context = libheif.heif_context_alloc()
  try {
    const { code } = libheif.heif_context_read_from_memory(context, bytes)
    if (code !== libheif.heif_error_code.heif_error_Ok) throw new NotConvertibleError('damaged')
    const ids = libheif.heif_js_context_get_list_of_top_level_image_IDs(context)
    if (!Array.isArray(ids) || ids.length === 0) throw new NotConvertibleError('damaged')
    if (ids.length > limits.maxPages) throw new NotConvertibleError('too-many-pages')
    const handles = ids.map((id) => libheif.heif_js_context_get_image_handle(context, id))
    if (handles.some((handle) => !handle || handle.code)) throw new NotConvertibleError('damaged')
    const pixels = (handle: Handle) => libheif.heif_image_handle_get_width(handle) * libheif.heif_image_handle_get_height(handle)
    if (handles.some((handle) => pixels(handle) > limits.maxPixels)) throw new NotConvertibleError('too-big')
    for (const handle of handles) yield await decode(libheif, handle)
  } finally {
    libheif.heif_context_free(context)
  }
}

async function decode(libheif: Libheif, handle: Handle): Promise<Raster> {
  const { heif_chroma_interleaved_RGB: rgb, heif_chroma_interleaved_RGBA: rgba } = libheif.heif_chroma
  const hasAlpha = Boolean(libheif.heif_image_handle_has_alpha_channel(handle))
  const decoded = await libheif.heif_js_decode_image2(handle, libheif.heif_colorspace.heif_colorspace_RGB, hasAlpha ? rgba : rgb)
  if (!decoded || decoded.code) throw new NotConvertibleError('damaged')
  const channel = decoded.channels.find(({ id }) => id === libheif.heif_channel.heif_channel_interleaved)
  if (!channel) throw new NotConvertibleError('damaged')
  const raster = onWhite(channel, hasAlpha ? 4 : 3)
  libheif.heif_image_release(decoded.image)
  return raster
}

function onWhite({ width, height, stride, data }: Channel, samples: 3 | 4): Raster {
  const rgb = Buffer.allocUnsafe(width * height * 3)
  for (let row = 0, to = 0; row < height; row++) {
    for (let from = row * stride; from < row * stride + width * samples; from += samples) {
      const alpha = samples === 4 ? (data[from + 3] as number) : 255
      for (let part = 0; part < 3; part++) {
        const value = data[from + part] as number
        rgb[to++] = alpha === 255 ? value : Math.round((value * alpha) / 255 + 255 - alpha)
      }
    }
  }
  return { width, height, channels: 3, data: rgb }
}
