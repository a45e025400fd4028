// Small office documents, made here.

import { ZipArchive } from 'archiver'
import { loadTexts } from '../../../src/texts.js'

export const text = loadTexts('templates/texts').in('en')

/** A PNG of one pixel. */
export const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

const W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
export const NAMESPACES = [
  W,
  'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"',
  'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"',
  'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"',
  'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"',
  'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"',
  'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"',
  'xmlns:v="urn:schemas-microsoft-com:vml"',
].join(' ')
const KIND = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

/** One paragraph of one run. */
export function p(words: string, properties = ''): string {
  return `<w:p><w:pPr>${properties}</w:pPr><w:r><w:t xml:space="preserve">${words}</w:t></w:r></w:p>`
}

export function drawing(relation: string, description = 'A scan'): string {
  const blip = `<a:graphic><a:graphicData><pic:pic><pic:blipFill><a:blip r:embed="${relation}"/></pic:blipFill></pic:pic></a:graphicData></a:graphic>`
  return `<w:p><w:r><w:drawing><wp:inline><wp:docPr id="1" name="x" descr="${description}"/>${blip}</wp:inline></w:drawing></w:r></w:p>`
}

/** A DOCX with this body, and these further parts under their names; `relations` name the targets of the document's own. */
export async function docxFile(
  body: string,
  parts: Readonly<Record<string, string | Buffer>> = {},
  relations: Readonly<Record<string, readonly [kind: string, target: string]>> = {},
): Promise<Buffer> {
  const related = Object.entries(relations).map(
    ([id, [kind, target]]) =>
      `<Relationship Id="${id}" Type="${KIND}/${kind}" Target="${target}"${target.includes(':') ? ' TargetMode="External"' : ''}/>`,
  )
  const relationships = (inside: string) =>
    `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${inside}</Relationships>`
  return zip({
    '[Content_Types].xml':
      '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/></Types>',
    '_rels/.rels': relationships(`<Relationship Id="r1" Type="${KIND}/officeDocument" Target="word/document.xml"/>`),
    'word/_rels/document.xml.rels': relationships(related.join('')),
    'word/document.xml': `<?xml version="1.0"?><w:document ${NAMESPACES}><w:body>${body}</w:body></w:document>`,
    ...parts,
  })
}

/** A page head or foot, a part of notes: any root of WordprocessingML. */
export function part(root: string, content: string): string {
  return `<?xml version="1.0"?><w:${root} ${NAMESPACES}>${content}</w:${root}>`
}

export async function zip(entries: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const archive = new ZipArchive({ zlib: { level: 1 } })
  const chunks: Buffer[] = []
  archive.on('data', (chunk: Buffer) => chunks.push(chunk))
  for (const [name, content] of Object.entries(entries)) archive.append(content, { name })
  await archive.finalize()
  return Buffer.concat(chunks)
}

/** What stands in `<main>`. */
export function mainOf(page: Buffer): string {
  return /<main>([\s\S]*)<\/main>/.exec(page.toString())?.[1] ?? ''
}

/** The text that a reader of that HTML sees, white space collapsed. */
export function seen(html: string): string {
  return html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
    .trim()
}

/** CPU spent since then, in milliseconds, which a busy machine doesn't stretch. */
export function cpuMs(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}
