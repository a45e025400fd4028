// Faxes, pixel for pixel: what libtiff decodes from each page of a TIFF against what poppler finds on that page of records.pdf.

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const TAGS = { 254: 'subfile', 256: 'width', 257: 'height', 258: 'bits', 262: 'photometric', 273: 'offset', 277: 'samples', 279: 'length' }
/** Bytes of a value by its type: BYTE, ASCII, SHORT, LONG. */
const SHORT = 3
const REDUCED = 1

/**
 * Compares a TIFF with pages `first` and on of a PDF.
 * @returns {{ compared: number, different: number[] }} pages of one bit a pixel that were compared, and which of them (from 1) differ;
 * nothing of a file that libtiff doesn't read to the end, or that isn't all of one bit.
 */
export function compareFax({ tiff, pdf, first, count, folder }) {
  const expected = bitmapsOf(tiff, folder)
  if (expected === null) return { compared: 0, different: [] }
  const found = picturesOf(pdf, first, count, folder)
  const different = expected.flatMap((bitmap, page) => (found[page] && same(bitmap, found[page]) ? [] : [page + 1]))
  return { compared: expected.length, different }
}

/** As libtiff decodes them: rows of whole bytes, 1 is black; null when it complains, or where a page is no fax. */
function bitmapsOf(tiff, folder) {
  const [source, plain] = [join(folder, 'fax.tif'), join(folder, 'plain.tif')]
  writeFileSync(source, tiff)
  rmSync(plain, { force: true })
  try {
    execFileSync('tiffcp', ['-c', 'none', '-f', 'msb2lsb', '-r', '1000000', source, plain], { stdio: 'ignore', timeout: 60_000 })
  } catch {
    return null
  }
  const pages = directoriesOf(readFileSync(plain)).filter(({ subfile = 0 }) => (subfile & REDUCED) === 0)
  if (!pages.every(({ bits = 1, samples = 1, photometric }) => bits === 1 && samples === 1 && photometric <= 1)) return null
  return pages.map(({ width, height, photometric, strip }) => {
    return { width, height, bits: photometric === 0 ? strip : Buffer.from(strip.map((byte) => ~byte)) }
  })
}

function directoriesOf(file) {
  const isLittle = file.toString('latin1', 0, 2) === 'II'
  const short = (at) => (isLittle ? file.readUInt16LE(at) : file.readUInt16BE(at))
  const long = (at) => (isLittle ? file.readUInt32LE(at) : file.readUInt32BE(at))
  const pages = []
  for (let at = long(4); at !== 0; ) {
    const page = {}
    const entries = short(at)
    for (let entry = at + 2; entry < at + 2 + entries * 12; entry += 12) {
      const name = TAGS[short(entry)]
      if (name) page[name] = short(entry + 2) === SHORT ? short(entry + 8) : long(entry + 8)
    }
    pages.push({ ...page, strip: file.subarray(page.offset, page.offset + page.length) })
    at = long(at + 2 + entries * 12)
  }
  return pages
}

/** As poppler finds them, one a page. */
function picturesOf(pdf, first, count, folder) {
  for (const name of readdirSync(folder)) if (name.startsWith('picture-')) rmSync(join(folder, name))
  const range = ['-f', String(first), '-l', String(first + count - 1)]
  execFileSync('pdfimages', [...range, pdf, join(folder, 'picture')], { stdio: 'ignore', timeout: 60_000 })
  const names = readdirSync(folder).filter((name) => /^picture-\d+\.pbm$/.test(name))
  return names.sort().map((name) => {
    const file = readFileSync(join(folder, name))
    const [head, width, height] = /^P4\s+(\d+)\s+(\d+)\s/.exec(file.toString('latin1', 0, 60)) ?? ['', 0, 0]
    return { width: Number(width), height: Number(height), bits: file.subarray(head.length) }
  })
}

/** What fills the last byte of a row says nothing. */
function same(one, other) {
  const { width, height } = one
  const stride = Math.ceil(width / 8)
  if (other.width !== width || other.height !== height || one.bits.length !== stride * height) return false
  if (one.bits.equals(other.bits)) return true
  const rest = (0xff << (stride * 8 - width)) & 0xff
  for (let at = 0; at < one.bits.length; at++) {
    const mask = at % stride === stride - 1 ? rest : 0xff
    if (((one.bits[at] ^ other.bits[at]) & mask) !== 0) return false
  }
  return true
}
