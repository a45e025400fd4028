// Small files made here, each with no more in it than a reader needs.

import { deflateSync } from 'node:zlib'

/** A stored ZIP with these entries. */
export function zipFile(entries: Readonly<Record<string, string>>): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(entries)) {
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt32LE(content.length, 18)
    local.writeUInt32LE(content.length, 22)
    local.writeUInt16LE(name.length, 26)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt32LE(content.length, 20)
    central.writeUInt32LE(content.length, 24)
    central.writeUInt16LE(name.length, 28)
    central.writeUInt32LE(offset, 42)
    locals.push(local, Buffer.from(name + content))
    directory.push(central, Buffer.from(name))
    offset += 30 + name.length + content.length
  }
  const names = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  for (const at of [8, 10]) end.writeUInt16LE(Object.keys(entries).length, at)
  end.writeUInt32LE(names.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, names, end])
}

/** An OLE compound file whose directory, in the second sector, has these entries. */
export function compoundFile(names: readonly string[]): Buffer {
  const header = Buffer.alloc(512)
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(header)
  header.writeUInt16LE(9, 30)
  header.writeUInt32LE(0, 48)
  const entries = names.map((name) => {
    const entry = Buffer.alloc(128)
    entry.write(name, 'utf16le')
    entry.writeUInt16LE((name.length + 1) * 2, 64)
    entry.writeUInt8(2, 66)
    return entry
  })
  return Buffer.concat([header, ...entries])
}

/** A TIFF of directories without pictures; `next` overrides where the last one points to. */
export function tiffFile(pages: number, { bigEndian = false, next = 0, thumbnails = 0 } = {}): Buffer {
  const all = pages + thumbnails
  const bytes = Buffer.alloc(8 + all * 18)
  const short = (value: number, at: number) => (bigEndian ? bytes.writeUInt16BE(value, at) : bytes.writeUInt16LE(value, at))
  const long = (value: number, at: number) => (bigEndian ? bytes.writeUInt32BE(value, at) : bytes.writeUInt32LE(value, at))
  bytes.write(bigEndian ? 'MM' : 'II', 'latin1')
  short(42, 2)
  long(all === 0 ? 0 : 8, 4)
  for (let page = 0; page < all; page++) {
    const at = 8 + page * 18
    short(1, at)
    short(254, at + 2)
    short(4, at + 4)
    long(1, at + 6)
    long(page < thumbnails ? 1 : 0, at + 10)
    long(page === all - 1 ? next : at + 18, at + 14)
  }
  return bytes
}

/** A PDF with a classic cross-reference table. `objects[0]` is object 1; the trailer names object 1 as the root. */
export function pdfFile(objects: readonly string[], { head = '', trailer = '' } = {}): Buffer {
  let body = '%PDF-1.4\n'
  const offsets = objects.map((object, index) => {
    const offset = body.length
    body += `${index + 1} 0 obj\n${object}\nendobj\n`
    return offset
  })
  const lines = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${lines}`
  return Buffer.from(
    `${head}${body}${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${trailer} >>\nstartxref\n${body.length}\n%%EOF\n`,
    'latin1',
  )
}

/** A PDF as newer programs write it: catalogue and page tree in an object stream, the cross-reference in another. */
export function compressedPdfFile(count: number, { padding = 0 } = {}): Buffer {
  const kids = Array.from({ length: count }, () => '9 0 R').join(' ')
  const [first, second] = ['<< /Type /Catalog /Pages 2 0 R >> ', `<< /Type /Pages /Count ${count} /Kids [${kids}] >>`]
  const pairs = `1 0 2 ${first.length} `
  const packed = deflateSync(`${pairs}${first}${second}${' '.repeat(padding)}`)
  const head = '%PDF-1.7\n'
  const container = `3 0 obj\n<</Type/ObjStm/N 2/First ${pairs.length}/Filter/FlateDecode/Length ${packed.length}>>\nstream\r\n`
  const start = Buffer.concat([Buffer.from(head + container, 'latin1'), packed, Buffer.from('\nendstream endobj\n')])
  const rows = [
    [0, 0, 0],
    [2, 3, 0],
    [2, 3, 1],
    [1, head.length, 0],
    [1, start.length, 0],
  ].map(([type = 0, place = 0, index = 0]) => [type, place >> 8, place & 255, index])
  // PNG filter 2: each row minus the one above (RFC 2083 6.4).
  const filtered = rows.flatMap((row, at) => [2, ...row.map((byte, column) => (byte - (rows[at - 1]?.[column] ?? 0)) & 255)])
  const table = deflateSync(Buffer.from(filtered))
  const entry = `4 0 obj\n<</Type/XRef/Size 5/W[1 2 1]/Root 1 0 R/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 4>>/Length ${table.length}>>\nstream\n`
  return Buffer.concat([start, Buffer.from(entry), table, Buffer.from(`\nendstream endobj\nstartxref\n${start.length}\n%%EOF`)])
}
