// HEIC and HEIF, as phones send photographs (ISO 23008-12), as pixels: libheif and libde265 in WebAssembly, for sharp's build has no HEVC.

import { createRequire } from 'node:module'
import { type CopyLimits, NotConvertibleError } from '../copy.js'
import type { Raster } from './image-raster.js'

/** Named so that whoever looks for imports finds this one: CommonJS without types, its WebAssembly inside, loaded when first needed. */
const require = createRequire(import.meta.url)

interface HeifImage {
  get_width(): number
  get_height(): number
  display(target: { data: Uint8ClampedArray; width: number; height: number }, done: (result: unknown) => void): void
  free(): void
}

interface Libheif {
  HeifDecoder: new () => { decode(bytes: Uint8Array): HeifImage[] }
}

/**
 * All pictures of the file as they are to be seen (libheif turns and crops them as the file says), alpha on white, one at a time. Throws
 * NotConvertibleError: `too-big` by declared sizes before one is decoded, `too-many-pages`, `damaged` where there is none or one can't be read.
 */
export async function* heicImages(bytes: Buffer, limits: CopyLimits): AsyncGenerator<Raster> {
  const libheif: Libheif = require('libheif-js/wasm-bundle.js')
  const images = new libheif.HeifDecoder().decode(bytes)
  if (images.length === 0) throw new NotConvertibleError('damaged')
  if (images.length > limits.maxPages) throw new NotConvertibleError('too-many-pages')
  if (images.some((image) => image.get_width() * image.get_height() > limits.maxPixels)) throw new NotConvertibleError('too-big')
  for (const image of images) {
    yield onWhite(await pixelsOf(image))
    image.free()
  }
}

interface Rgba {
  readonly width: number
  readonly height: number
  readonly data: Uint8ClampedArray
}

function pixelsOf(image: HeifImage): Promise<Rgba> {
  const [width, height] = [image.get_width(), image.get_height()]
  const target = { width, height, data: new Uint8ClampedArray(width * height * 4) }
  return new Promise((resolve, reject) =>
    image.display(target, (result) => (result ? resolve(target) : reject(new NotConvertibleError('damaged')))),
  )
}

function onWhite({ width, height, data }: Rgba): Raster {
  const rgb = Buffer.allocUnsafe(width * height * 3)
  for (let from = 0, to = 0; from < data.length; from += 4) {
    const alpha = data[from + 3] as number
    for (let part = 0; part < 3; part++) {
      const value = data[from + part] as number
      rgb[to++] = alpha === 255 ? value : Math.round((value * alpha) / 255 + 255 - alpha)
    }
  }
  return { width, height, channels: 3, data: rgb }
}
