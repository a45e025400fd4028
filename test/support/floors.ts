// The floor rule as a function: which files of a source tree import what they should not. See src/README.md for the floors.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'
import ts from 'typescript'

/** From the ground up. Any other file right below src/ is a leaf on the ground floor; any other folder is on no floor. */
const floors: ReadonlyArray<readonly string[]> = [
  [],
  ['mail', 'documents', 'hip', 'forms', 'store'],
  ['intake', 'retrieval', 'accounts', 'requests', 'overview'],
  ['smtp', 'web'],
  ['service'],
  ['cli'],
  ['main'],
]

/** Which rooms, or leaf files, may import an npm package. A package that is not listed may be imported nowhere. */
const packages: ReadonlyArray<readonly [name: string, rooms: readonly string[]]> = [
  ['nunjucks', ['templates']],
  ['pino', ['log']],
  ['prom-client', ['metrics']],
  ['ipaddr.js', ['networks']],
  ['@hapi/', ['web']],
  ['smtp-server', ['smtp']],
  ['mailparser', ['mail']],
  ['mailauth', ['mail']],
  ['nodemailer', ['mail']],
  ['age-encryption', ['hip']],
  ['archiver', ['hip']],
  ['yauzl', ['hip', 'documents']],
  ['htmlparser2', ['documents']],
  ['mammoth', ['documents']],
  ['asn1js', ['documents']],
  ['iconv-lite', ['documents']],
  ['saxes', ['documents']],
  ['pdf-lib', ['documents', 'forms']],
  ['@cantoo/', ['documents', 'forms']],
  ['saxes', ['documents']],
  ['sharp', ['documents']],
  ['@hyzyla/', ['documents']],
  ['qrcode', ['documents']],
  ['zxing-wasm', ['documents']],
  ['libheif-js', ['documents']],
  ['harfbuzzjs', ['documents']],
  ['woff2-encoder', ['documents']],
  ['bidi-js', ['documents']],
  ['@simplewebauthn/', ['accounts']],
  ['openid-client', ['accounts']],
  ['knex', ['store']],
  ['sqlite3', ['store']],
]

const MAX_LINES = 300

/** One line for each breach: `mail/letter.ts: imports ../store/store.js (store is a neighbour)`. Empty: the house stands. */
export function breaches(root: string): string[] {
  return sourceFiles(root).flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    const found = importsOf(text).flatMap((specifier) => {
      const why = specifier.startsWith('.') ? wrongFloor(file, specifier) : wrongRoom(file, specifier)
      return why === null ? [] : [`${file}: imports ${specifier} (${why})`]
    })
    const lines = text.trimEnd().split('\n').length
    if (lines > MAX_LINES) found.push(`${file}: ${lines} lines`)
    if (floorOf(roomOf(file)) === null) found.push(`${file}: ${roomOf(file)} is on no floor`)
    return found
  })
}

/** Files with code, relative to `root`, with forward slashes. */
export function sourceFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.split(sep).join('/'))
    .sort()
}

/** All of them: `import`, `export … from`, `import()` in code and in types, `require()`; not those in comments and strings. */
function importsOf(text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName)
}

/** The folder right below the root, or the file itself without its ending. */
function roomOf(file: string): string {
  const [first = '', second] = file.split('/')
  return second === undefined ? first.replace(/\.(ts|js)$/, '') : `${first}/`
}

function floorOf(room: string): number | null {
  const floor = floors.findIndex((rooms) => rooms.includes(room.replace('/', '')))
  if (floor >= 0) return floor
  return room.endsWith('/') ? null : 0
}

function wrongFloor(file: string, specifier: string): string | null {
  const target = normalize(join(dirname(file), specifier))
    .split(sep)
    .join('/')
  if (target.startsWith('..')) return 'outside src'
  const [from, to] = [roomOf(file), roomOf(target)]
  const [ours, theirs] = [floorOf(from), floorOf(to)]
  if (theirs === null) return `${to} is on no floor`
  // Leaf files stand on the same ground and may lean on each other.
  if (from === to || ours === null || (ours === 0 && theirs === 0)) return null
  if (theirs === ours) return `${to} is a neighbour`
  return theirs > ours ? `${to} is above` : null
}

function wrongRoom(file: string, specifier: string): string | null {
  if (specifier.startsWith('node:')) return null
  const entry = packages.find(([name]) => specifier === name || specifier.startsWith(name.endsWith('/') ? name : `${name}/`))
  if (!entry) return 'in no room'
  const [, rooms] = entry
  return rooms.includes(roomOf(file).replace('/', '')) ? null : `belongs in ${rooms.join(' or ')}`
}
