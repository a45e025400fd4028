// A PDF as a scanner makes one: a single page with one grey picture, of noise that nobody can compress.

const WIDTH = 1000

/** About `bytes` long; another `seed` makes another picture. */
export function scan(bytes, seed = 1) {
  const rows = Math.max(1, Math.round((bytes - 600) / WIDTH))
  const picture = noise(rows * WIDTH, seed)
  const page = '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /XObject << /P 5 0 R >> >> /Contents 4 0 R >>'
  const space = `/Width ${WIDTH} /Height ${rows} /ColorSpace /DeviceGray /BitsPerComponent 8 /Length ${picture.length}`
  const drawing = 'q 612 0 0 792 0 0 cm /P Do Q'
  return pdfOf([
    ['<< /Type /Catalog /Pages 2 0 R >>'],
    ['<< /Type /Pages /Kids [3 0 R] /Count 1 >>'],
    [page],
    [`<< /Length ${drawing.length} >>\nstream\n${drawing}\nendstream`],
    [`<< /Type /XObject /Subtype /Image ${space} >>\nstream\n`, picture, '\nendstream'],
  ])
}

function noise(length, seed) {
  const made = Buffer.alloc(length)
  let state = seed
  for (let at = 0; at + 4 <= length; at += 4) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    made.writeUInt32LE(state, at)
  }
  return made
}

/** ISO 32000-1 7.5: header, objects numbered from 1, cross-reference table, trailer. */
function pdfOf(objects) {
  const pieces = [Buffer.from('%PDF-1.4\n')]
  let at = pieces[0].length
  const add = (piece) => {
    pieces.push(Buffer.from(piece))
    at += pieces.at(-1).length
  }
  const places = objects.map((object, index) => {
    const place = at
    for (const piece of [`${index + 1} 0 obj\n`, ...object, '\nendobj\n']) add(piece)
    return `${String(place).padStart(10, '0')} 00000 n \n`
  })
  const size = objects.length + 1
  const start = at
  add(`xref\n0 ${size}\n0000000000 65535 f \n${places.join('')}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`)
  return Buffer.concat(pieces)
}
