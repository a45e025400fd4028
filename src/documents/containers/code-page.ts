// Text in a Windows code page: TNEF and Outlook store what isn't Unicode in the sender's own.

import iconv from 'iconv-lite'

/** Where code pages have a number that isn't part of the name iconv-lite knows them by. */
const names: ReadonlyMap<number, string> = new Map([
  [1200, 'utf-16le'],
  [1201, 'utf-16be'],
  [20127, 'ascii'],
  [20866, 'koi8-r'],
  [21866, 'koi8-u'],
  [51932, 'euc-jp'],
  [51949, 'euc-kr'],
  [54936, 'gb18030'],
  [65001, 'utf-8'],
])

/** What Windows in most of the West uses. */
export const WINDOWS_1252 = 1252

/** Bytes that mean nothing there become U+FFFD. A code page nobody knows is read as Windows-1252, which loses no byte of ASCII. */
export function decodeCodePage(bytes: Buffer, codePage: number): string {
  // Code pages 50220 to 50222 are ISO-2022-JP, which iconv-lite doesn't have and every Node has.
  if (codePage >= 50220 && codePage <= 50222) return new TextDecoder('iso-2022-jp').decode(bytes)
  return iconv.decode(bytes, encodingOf(codePage))
}

function encodingOf(codePage: number): string {
  const iso = codePage > 28590 && codePage < 28606 ? `iso-8859-${codePage - 28590}` : null
  const name = names.get(codePage) ?? iso ?? `cp${codePage}`
  return iconv.encodingExists(name) ? name : `cp${WINDOWS_1252}`
}
