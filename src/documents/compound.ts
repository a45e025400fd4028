// Which kind of OLE compound file a file is ([MS-CFB]): old Word, Excel and PowerPoint, or an Outlook message.
// Looks for the names of the streams where the directory keeps them, without following the sector chains.

const ENTRY = 128
const MAX_ENTRIES = 128

/** How one stream of each kind is named, or begins to be. */
const kinds: ReadonlyArray<readonly [stream: string, mediaType: string]> = [
  ['__substg1.0_', 'application/vnd.ms-outlook'],
  ['WordDocument', 'application/msword'],
  ['Workbook', 'application/vnd.ms-excel'],
  ['Book', 'application/vnd.ms-excel'],
  ['PowerPoint Document', 'application/vnd.ms-powerpoint'],
]

/** The type of a file that begins as a compound file; `said` is kept when the streams don't tell (an encrypted DOCX is one, too). */
export function sniffCompound(bytes: Buffer, said: string): string {
  const names = streamNames(bytes)
  const kind = kinds.find(([stream]) => names.some((name) => name === stream || (stream.endsWith('_') && name.startsWith(stream))))
  if (kind) return kind[1]
  const plausible = /openxmlformats|macroenabled|ms-|msword|visio|x-ole/.test(said)
  return plausible ? said : 'application/x-ole-storage'
}

/** [MS-CFB] 2.6.1: entries of 128 bytes; UTF-16 name, its length with the ending zero at 64. The first sectors of the directory do. */
function streamNames(bytes: Buffer): string[] {
  const names: string[] = []
  if (bytes.length < 512) return names
  const sectorSize = bytes.readUInt16LE(30) === 12 ? 4096 : 512
  const start = (bytes.readUInt32LE(48) + 1) * sectorSize
  for (let index = 0; index < MAX_ENTRIES; index++) {
    const at = start + index * ENTRY
    if (at + ENTRY > bytes.length) break
    const length = bytes.readUInt16LE(at + 64)
    if (length < 2 || length > 64 || (bytes[at + 66] ?? 0) > 5) break // past the first sectors there are no entries
    names.push(bytes.toString('utf16le', at, at + length - 2))
  }
  return names
}
