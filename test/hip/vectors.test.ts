// Packages that must open for ever, from code and answer up. They are never made again: new ones are added.

import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { normaliseAnswer } from '../../src/hip/answer.js'
import { codeSecret, codeVerifier, deriveAnswerKey, derivePassphrase, stretchCode } from '../../src/hip/keys.js'
import { openPackage, PackageDamagedError } from '../../src/hip/open.js'
import { gather, inMemory, sha256 } from './sealed.js'

const folder = new URL('../vectors/hip/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.hip'))

interface Vector {
  readonly field: (name: string) => string
  readonly documents: string[]
  readonly sealed: Buffer
}

/** Lines of 'name: value', an empty line, the sealed bytes. */
function parse(bytes: Buffer): Vector {
  const end = bytes.indexOf('\n\n')
  const lines = bytes.subarray(0, end).toString().split('\n')
  const valuesOf = (name: string) => lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2))
  return { field: (name) => valuesOf(name)[0] ?? '', documents: valuesOf('document'), sealed: bytes.subarray(end + 2) }
}

async function passphraseOf({ field }: Vector): Promise<{ passphrase: string; verifier: string }> {
  const bytes = (name: string) => Buffer.from(field(name), 'hex')
  const answerKey = await deriveAnswerKey(normaliseAnswer(field('answer')), bytes('consumer salt'), bytes('answer pepper'))
  const k = await stretchCode(field('code'), bytes('package salt'))
  return { passphrase: derivePassphrase(codeSecret(k), answerKey), verifier: codeVerifier(k, bytes('code pepper')).toString('hex') }
}

async function describe(sealed: Buffer, passphrase: string): Promise<{ expect: string; documents: string[] }> {
  const documents: string[] = []
  try {
    const opened = await openPackage(inMemory(sealed), passphrase)
    if (!opened) return { expect: 'no match', documents }
    for (const [index, { name }] of opened.manifest.documents.entries()) {
      const bytes = await gather(await opened.document(index))
      documents.push(`${sha256(bytes)} ${bytes.length} ${name}`)
    }
    return { expect: 'success', documents }
  } catch (error) {
    if (!(error instanceof PackageDamagedError)) throw error
    return { expect: error.code.replace('HIP_DAMAGED_', 'damaged ').toLowerCase(), documents }
  }
}

t.ok(files.length >= 6, 'the vectors are here')

for (const file of files) {
  t.test(`${file} opens as it always did`, async (t) => {
    const vector = parse(readFileSync(new URL(file, folder)))
    const { passphrase, verifier } = await passphraseOf(vector)
    t.equal(verifier, vector.field('verifier'))
    if (vector.field('passphrase')) t.equal(passphrase, vector.field('passphrase'))
    t.strictSame(await describe(vector.sealed, passphrase), { expect: vector.field('expect'), documents: vector.documents })
  })
}
