// Which kind of ZIP a file is, by the names of its entries: office documents and e-books are ZIPs inside (ECMA-376, ODF, APPNOTE.TXT).
// Reads names only; nothing is unpacked, so a ZIP bomb does nothing here.

const MAX_ENTRIES = 400
const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50
const LOCAL_ENTRY = 0x04034b50

const office: ReadonlyArray<readonly [folder: string, plain: string, withMacros: string]> = [
  ['word/', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'application/vnd.ms-word.document.macroenabled.12'],
  ['xl/', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'application/vnd.ms-excel.sheet.macroenabled.12'],
  [
    'ppt/',
    'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    'application/vnd.ms-powerpoint.presentation.macroenabled.12',
  ],
]

/**
 * The type of a file that begins as a ZIP. `said` is kept when it is a type that is a ZIP inside and the entries don't say more.
 * An XDM package (IHE ITI 3.32) is `application/zip`: that is the type it travels under.
 */
export function sniffZip(bytes: Buffer, said: string): string {
  const names = entryNames(bytes)
  if (names.includes('[Content_Types].xml')) {
    const kind = office.find(([folder]) => names.some((name) => name.startsWith(folder)))
    if (kind) return names.some((name) => name.endsWith('vbaProject.bin')) ? kind[2] : kind[1]
  }
  if (names[0] === 'mimetype') return declaredInside(bytes) ?? 'application/zip'
  return isZipInside(said) ? said : 'application/zip'
}

function isZipInside(mediaType: string): boolean {
  return /(\+zip|\.opendocument\.|openxmlformats|macroenabled|epub|java-archive)/.test(mediaType)
}

/** ODF 1.2 part 3, 3.3; EPUB OCF 3.3: the first entry is stored, named `mimetype`, and holds the type. */
function declaredInside(bytes: Buffer): string | null {
  const start = 30 + bytes.readUInt16LE(26) + bytes.readUInt16LE(28)
  const text = bytes
    .subarray(start, start + bytes.readUInt32LE(18))
    .toString('latin1')
    .trim()
  return bytes.readUInt16LE(8) === 0 && /^application\/[a-z0-9.+-]{1,100}$/.test(text) ? text : null
}

/** Names from the directory at the end; of a ZIP cut short, from the local headers at its start. Never throws. */
function entryNames(bytes: Buffer): string[] {
  const directory = directoryOffset(bytes)
  const names = directory === null ? [] : directoryNames(bytes, directory)
  return names.length > 0 ? names : localNames(bytes)
}

function directoryOffset(bytes: Buffer): number | null {
  const tail = Math.max(0, bytes.length - 22 - 0xffff)
  for (let at = bytes.length - 22; at >= tail; at--) {
    if (bytes.readUInt32LE(at) === END_OF_DIRECTORY) return at - bytes.readUInt32LE(at + 12)
  }
  return null
}

function directoryNames(bytes: Buffer, start: number): string[] {
  const names: string[] = []
  let at = start
  while (at >= 0 && at + 46 <= bytes.length && names.length < MAX_ENTRIES && bytes.readUInt32LE(at) === DIRECTORY_ENTRY) {
    const length = bytes.readUInt16LE(at + 28)
    names.push(bytes.toString('utf8', at + 46, at + 46 + length))
    at += 46 + length + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
  }
  return names
}

function localNames(bytes: Buffer): string[] {
  const names: string[] = []
  let at = 0
  while (at + 30 <= bytes.length && names.length < MAX_ENTRIES && bytes.readUInt32LE(at) === LOCAL_ENTRY) {
    const length = bytes.readUInt16LE(at + 26)
    names.push(bytes.toString('utf8', at + 30, at + 30 + length))
    at += 30 + length + bytes.readUInt16LE(at + 28) + bytes.readUInt32LE(at + 18)
  }
  return names
}
