import { createHash } from 'node:crypto'
import t from 'tap'
import { unpackContainer } from '../../../src/documents/containers/unpack.js'
import { type ZipSample, zipOf } from './samples.js'

const FOLDER = 'IHE_XDM/SUBSET01'

/** Title and media type by name. */
async function described(samples: readonly ZipSample[]): Promise<Record<string, [string | null, string]>> {
  const unpacked = await unpackContainer(zipOf(samples), 'application/zip')
  if (unpacked.kind !== 'unpacked') throw new Error('not unpacked')
  return Object.fromEntries(unpacked.files.map((file) => [file.name, [file.title, file.mediaType]]))
}

const slot = (name: string, ...values: string[]) =>
  `<rim:Slot name="${name}"><rim:ValueList>${values.map((value) => `<rim:Value>${value}</rim:Value>`).join('')}</rim:ValueList></rim:Slot>`
const entry = (title: string, slots: string, mimeType = 'text/xml') =>
  `<rim:ExtrinsicObject id="d" mimeType="${mimeType}">${slots}<rim:Name><rim:LocalizedString value="${title}"/></rim:Name>` +
  '<rim:Classification><rim:Name><rim:LocalizedString value="a class, no title"/></rim:Name></rim:Classification></rim:ExtrinsicObject>'
const metadata = (body: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<lcm:SubmitObjectsRequest xmlns:lcm="urn:l" xmlns:rim="urn:r"><rim:RegistryPackage><rim:Name><rim:LocalizedString value="the submission"/></rim:Name></rim:RegistryPackage>${body}</lcm:SubmitObjectsRequest>`

const PLAIN = [null, 'application/octet-stream']

t.test('documents get their titles and types from METADATA.XML, by URI and by hash; everything else is given, too', async (t) => {
  const sha1 = createHash('sha1').update('by hash').digest('hex')
  const files = await described([
    { name: 'README.TXT', content: 'about' },
    { name: 'INDEX.HTM', content: '<html>' },
    { name: `${FOLDER}/DOC01.XML`, content: 'one' },
    { name: `${FOLDER}/Äußeres 2.pdf`, content: 'two' },
    { name: `${FOLDER}/SUB/X`, content: 'by hash' },
    {
      name: `${FOLDER}/METADATA.XML`,
      content: metadata(
        entry('Discharge &amp; summary', slot('URI', 'doc01.xml')) +
          entry('Second', slot('URI', '1|%C3%84u%C3%9Feres', '2|%202.pdf'), 'Application/PDF') +
          entry('Third', slot('hash', sha1.toUpperCase()) + slot('size', '7'), 'image/tiff'),
      ),
    },
  ])
  t.same(files, {
    'README.TXT': PLAIN,
    'INDEX.HTM': PLAIN,
    [`${FOLDER}/DOC01.XML`]: ['Discharge & summary', 'text/xml'],
    [`${FOLDER}/Äußeres 2.pdf`]: ['Second', 'application/pdf'],
    [`${FOLDER}/SUB/X`]: ['Third', 'image/tiff'],
    [`${FOLDER}/METADATA.XML`]: PLAIN,
  })
})

t.test('METADATA.XML in UTF-16', async (t) => {
  const content = Buffer.from(`\ufeff${metadata(entry('Łukasz', slot('URI', 'A')))}`, 'utf16le')
  t.match(
    await described([
      { name: `${FOLDER}/A`, content: 'a' },
      { name: `${FOLDER}/METADATA.XML`, content },
    ]),
    { [`${FOLDER}/A`]: ['Łukasz', 'text/xml'] },
  )
})

t.test('one that can not be trusted costs the titles, not the files', async (t) => {
  const good = metadata(entry('Title', slot('URI', 'A')))
  const cases: Readonly<Record<string, string>> = {
    'an external entity': good.replace('\n', '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>\n').replace('"Title"', '"&e;"'),
    'a document type': good.replace('\n', '<!DOCTYPE x>\n'),
    'billions of laughs': good.replace('\n', '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>\n').replace('"Title"', '"&b;"'),
    'broken XML': good.slice(0, -9),
    'an unknown entity': good.replace('"Title"', '"&e;"'),
    'deep nesting': metadata(`${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}${entry('Title', slot('URI', 'A'))}`),
    'an encoding nobody knows': good.replace('UTF-8', 'X-UNHEARD'),
    nothing: '',
  }
  const both = (content: string) => [
    { name: `${FOLDER}/A`, content: 'a' },
    { name: `${FOLDER}/METADATA.XML`, content },
  ]
  t.match(await described(both(good)), { [`${FOLDER}/A`]: ['Title', 'text/xml'] }, 'the good one')
  for (const [name, content] of Object.entries(cases)) t.same((await described(both(content)))[`${FOLDER}/A`], PLAIN, name)
})

t.test('only a METADATA.XML of XDM counts, and only for files of its folder', async (t) => {
  const content = metadata(entry('Title', slot('URI', 'A')))
  t.same((await described([{ name: 'A' }, { name: 'METADATA.XML', content }])).A, PLAIN)
  t.same((await described([{ name: 'A' }, { name: `${FOLDER}/METADATA.XML`, content }])).A, PLAIN)
})
