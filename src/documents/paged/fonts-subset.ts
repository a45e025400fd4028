// Cuts a font down to the glyphs that a document draws, at one weight: HarfBuzz's own subsetter, as wasm without imports. The glyphs keep
// their numbers.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** What hb-subset.h calls them. */
const FLAGS = { noHinting: 0x1, retainGids: 0x2, noLayoutClosure: 0x200 }
const DROPPED_TABLES = 3
/** HB_MEMORY_MODE_DUPLICATE: the engine takes a copy. */
const MODE_DUPLICATE = 0
/** A PDF brings its own widths, names and maps, and text is shaped before it gets there. */
const DROPPED = ['GSUB', 'GPOS', 'GDEF', 'BASE', 'JSTF', 'MATH', 'STAT', 'name', 'post', 'cmap', 'OS/2', 'DSIG', 'meta', 'gasp']

/** What is used of it; the project is compiled without the browser's types. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object) => { readonly exports: Record<string, unknown> }
}

type Calls = Readonly<Record<string, (...args: number[]) => number>>

interface Engine {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly call: (name: string, ...args: number[]) => number
}

let engine: Engine | null = null

/** A TrueType file with these glyphs only, and those they are made of. Throws when the font can't be cut. */
export function subsetFont(bytes: Uint8Array, glyphs: Iterable<number>, weight: number | null): Buffer {
  engine ??= start()
  const { call } = engine
  const face = openFace(engine, bytes)
  const input = call('hb_subset_input_create_or_fail')
  try {
    call('hb_subset_input_set_flags', input, FLAGS.noHinting | FLAGS.retainGids | FLAGS.noLayoutClosure)
    const dropped = call('hb_subset_input_set', input, DROPPED_TABLES)
    for (const tag of DROPPED) call('hb_set_add', dropped, tagOf(tag))
    const wanted = call('hb_subset_input_glyph_set', input)
    for (const glyph of glyphs) call('hb_set_add', wanted, glyph)
    if (weight !== null) {
      call('hb_subset_input_pin_all_axes_to_default', input, face)
      call('hb_subset_input_pin_axis_location', input, face, tagOf('wght'), weight)
    }
    return subsetOf(engine, face, input)
  } finally {
    call('hb_subset_input_destroy', input)
    call('hb_face_destroy', face)
  }
}

function start(): Engine {
  const file = readFileSync(createRequire(import.meta.url).resolve('harfbuzzjs/dist/harfbuzz-subset.wasm'))
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(file))
  const calls = exports as Calls
  const call = (name: string, ...args: number[]) => {
    const exported = calls[name]
    if (!exported) throw new Error(`subsetter without ${name}`)
    return exported(...args)
  }
  call('_initialize')
  return { memory: exports.memory as Engine['memory'], call }
}

function openFace({ memory, call }: Engine, bytes: Uint8Array): number {
  const at = call('malloc', bytes.length)
  new Uint8Array(memory.buffer).set(bytes, at)
  const blob = call('hb_blob_create', at, bytes.length, MODE_DUPLICATE, 0, 0)
  call('free', at)
  const face = call('hb_face_create', blob, 0)
  call('hb_blob_destroy', blob)
  return face
}

function subsetOf({ memory, call }: Engine, face: number, input: number): Buffer {
  const result = call('hb_subset_or_fail', face, input)
  if (result === 0) throw new Error('subsetting font')
  const blob = call('hb_face_reference_blob', result)
  const [at, length] = [call('hb_blob_get_data', blob, 0), call('hb_blob_get_length', blob)]
  // Copied out: the memory is the engine's, and moves when it grows.
  const bytes = Buffer.from(new Uint8Array(memory.buffer, at, length))
  call('hb_blob_destroy', blob)
  call('hb_face_destroy', result)
  if (length === 0) throw new Error('subsetting font')
  return bytes
}

function tagOf(name: string): number {
  return Buffer.from(name.padEnd(4), 'latin1').readUInt32BE(0)
}
