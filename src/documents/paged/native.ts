// The one door to native code that decodes foreign bytes: whoever runs converters asks here afterwards whether it was opened.

import type sharp from 'sharp'

/** All that libvips may try to read foreign bytes with. Others (SVG, PDF, its own formats) stay shut, whatever the bytes look like. */
const LOADERS = ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif', 'Tiff'].map((format) => `VipsForeignLoad${format}Buffer`)

let used = false

/** sharp (libvips), loaded when first needed: its start costs time and memory that a fax or a plain JPEG doesn't. */
export async function loadSharp(): Promise<typeof sharp> {
  const isFirst = !used
  used = true
  const { default: library } = await import('sharp')
  if (isFirst) {
    library.cache(false)
    library.concurrency(1)
    library.block({ operation: ['VipsForeignLoad'] })
    library.unblock({ operation: LOADERS })
  }
  return library
}

/** Whether this process has run native code on foreign bytes. It never forgets. */
export function usedNative(): boolean {
  return used
}
