// Faxes and their PDFs against programs that others wrote: libtiff's tools write and read the TIFFs, poppler and mupdf read the PDFs,
// qpdf checks them. Fails where one is missing (Debian: libtiff-tools, poppler-utils, mupdf-tools, qpdf): run by .ci/run, not by npm test.

import { execFile } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { COPY_LIMITS } from '../../src/documents/copy.js'
import { tiffPdf } from '../../src/documents/paged/tiff-pdf.js'
import { type Bitmap, type Coding, drawPage, encodeStrip, type TiffPageSpec, tiffOf } from '../documents/paged/tiff-files.js'

const run = promisify(execFile)
const [X, Y] = [282, 283]
/** One standard and one fine fax of three pages; the sizes of paper they were. */
const FAXES = [
  { name: 'standard', rows: 98, heights: [1078, 1100, 1120] },
  { name: 'fine', rows: 196, heights: [2156, 2200, 2180] },
]

const pages = (heights: readonly number[]) => heights.map((height, page) => drawPage(1728, height, height + page))
const pbm = ({ width, height, bits }: Bitmap) => Buffer.concat([Buffer.from(`P4\n${width} ${height}\n`), bits])

/** The pictures in a PDF as poppler decodes them. */
async function pictures(folder: string, pdf: string): Promise<Buffer[]> {
  await run('pdfimages', [pdf, join(folder, 'picture')])
  const names = (await readdir(folder)).filter((name) => name.startsWith('picture-')).sort()
  return Promise.all(names.map((name) => readFile(join(folder, name))))
}

async function differences(folder: string, tiff: string, bitmaps: readonly Bitmap[]): Promise<string | null> {
  const pdf = join(folder, 'fax.pdf')
  const { pdf: bytes, pages: count } = await tiffPdf(await readFile(tiff), COPY_LIMITS)
  await writeFile(pdf, bytes)
  if (count !== bitmaps.length) return `${count} pages`
  await run('qpdf', ['--check', pdf])
  const found = await pictures(folder, pdf)
  const wrong = bitmaps.filter((bitmap, page) => !found[page]?.equals(pbm(bitmap)))
  return found.length === bitmaps.length && wrong.length === 0 ? null : `${found.length} pictures, ${wrong.length} wrong`
}

t.test('what libtiff writes keeps its pixels: both resolutions, all codings, fill orders and strips', { timeout: 1_200_000 }, async (t) => {
  for (const [at, { name, rows, heights }] of FAXES.entries()) {
    const bitmaps = pages(heights)
    for (const coding of ['g3:1d', 'g3:1d:fill', 'g3:2d', 'g3:2d:fill', 'g4', 'packbits', 'zip', 'lzw', 'none']) {
      for (const order of ['msb2lsb', 'lsb2msb']) {
        // Every two of resolution, coding, fill order and strips meet; not all four in all ways, which takes minutes.
        const strip = (order === 'msb2lsb') === (at === 0) ? '100000' : '128'
        const folder = t.testdir()
        await writeFile(join(folder, 'source.tif'), tiffOf(bitmaps.map((bitmap) => ({ bitmap, coding: 'plain', tags: { [Y]: rows } }))))
        const tiff = join(folder, 'fax.tif')
        await run('tiffcp', ['-c', coding, '-f', order, '-r', strip, join(folder, 'source.tif'), tiff])
        t.equal(await differences(folder, tiff, bitmaps), null, `${name}, ${coding}, ${order}, strips of ${strip}`)
      }
    }
  }
})

t.test('what we draw and code ourselves, libtiff reads alike', async (t) => {
  const bitmaps = pages([300, 310])
  for (const coding of ['rle', 'g3', 'g3-2d', 'g4', 'packbits'] as const) {
    for (const isReversed of [false, true]) {
      const folder = t.testdir()
      const [ours, plain] = [join(folder, 'ours.tif'), join(folder, 'plain.tif')]
      await writeFile(ours, tiffOf(bitmaps.map((bitmap) => ({ bitmap, coding, isReversed, rowsPerStrip: 77 }))))
      await run('tiffcp', ['-c', 'none', '-f', 'msb2lsb', '-r', '100000', ours, plain])
      t.equal(await differences(folder, plain, bitmaps), null, `${coding}, ${isReversed}`)
    }
  }
})

t.test('poppler and mupdf see pages of paper, and the same ink', async (t) => {
  for (const { name, rows, heights } of FAXES) {
    const inks: number[] = []
    for (const [coding, rowsPerStrip] of [
      ['g3', 5000],
      ['g3-2d', 5000],
      ['g4', 5000],
      ['rle', 5000],
      ['g4', 100],
    ] as ReadonlyArray<readonly [Coding, number]>) {
      const folder = t.testdir()
      const pdf = join(folder, 'fax.pdf')
      const specs = pages(heights.slice(0, 1)).map((bitmap) => ({ bitmap, coding, rowsPerStrip, tags: { [X]: 204, [Y]: rows } }))
      await writeFile(pdf, (await tiffPdf(tiffOf(specs), COPY_LIMITS)).pdf)
      t.match((await run('pdfinfo', [pdf])).stdout, /Page size: +609\.88\d* x 792 pts/, name)
      await run('pdftoppm', ['-r', '60', '-gray', pdf, join(folder, 'poppler')])
      await run('mutool', ['draw', '-q', '-r', '60', '-c', 'gray', '-o', join(folder, 'mupdf.pgm'), pdf])
      for (const file of ['poppler-1.pgm', 'mupdf.pgm']) inks.push(mean(await readFile(join(folder, file))))
    }
    t.ok(
      inks.every((ink) => Math.abs(ink - (inks[0] ?? 0)) < 3) && inks.every((ink) => ink > 30 && ink < 240),
      `${name}: ${inks.join(' ')}`,
    )
  }
})

t.test('ninety-nine pages of G4 cost less than half a second and grow by less than a twentieth', async (t) => {
  const drawn = [0, 1, 2]
    .map((seed) => drawPage(1728, 2156, seed, 22))
    .map((bitmap) => ({ bitmap, strips: [encodeStrip(bitmap, 'g4', 0, 2156)] }))
  const tiff = tiffOf(Array.from({ length: 99 }, (_, page) => drawn[page % 3] as TiffPageSpec))
  t.ok(tiff.length > 5_900_000 && tiff.length < 6_500_000, `${tiff.length} bytes`)
  const costs: number[] = []
  for (let time = 0; time < 3; time++) {
    const started = process.cpuUsage()
    const { pdf, pages: count } = await tiffPdf(tiff, COPY_LIMITS)
    const { user, system } = process.cpuUsage(started)
    costs.push(Math.round((user + system) / 1000))
    t.equal(count, 99)
    t.ok(pdf.length <= tiff.length * 1.05, `${pdf.length} bytes`)
  }
  t.ok(Math.min(...costs) < 500, `${costs.join(', ')} ms`)
})

/** Of a PGM's grey values. */
function mean(pgm: Buffer): number {
  const head = /^P5\s+(?:#.*\s+)?\d+\s+\d+\s+\d+\s/.exec(pgm.toString('latin1', 0, 100))?.[0].length ?? 0
  const pixels = pgm.subarray(head)
  return pixels.reduce((sum, value) => sum + value, 0) / pixels.length
}
