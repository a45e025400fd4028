// Which characters the bytes of an XML file are: XML 1.0 appendix F, by byte order mark, zeros, and the declaration.

import { NotConvertibleError } from './copy.js'

/** What real records are written in. A file that says anything else stays as it was sent. */
const encodings: ReadonlyMap<string, string> = new Map([
  ['utf-8', 'utf-8'],
  ['utf8', 'utf-8'],
  ['us-ascii', 'utf-8'],
  ['ascii', 'utf-8'],
  ['iso-8859-1', 'windows-1252'],
  ['latin1', 'windows-1252'],
  ['windows-1252', 'windows-1252'],
  ['cp1252', 'windows-1252'],
  ['iso-8859-15', 'iso-8859-15'],
  ['utf-16', 'utf-16le'],
])

/**
 * The text, without its mark. Bytes that are none of the encoding's become U+FFFD, and so do the control characters that XML forbids and
 * some systems let slip in. Throws NotConvertibleError('damaged') for an encoding not known here.
 */
export function decodeXml(bytes: Buffer): string {
  const text = new TextDecoder(encodingOf(bytes)).decode(bytes)
  return text.replace(/[^\P{Cc}\t\r\n\x7f-\x9f]|[\ufffe\uffff]/gu, '\ufffd').trimStart()
}

function encodingOf(bytes: Buffer): string {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  if (first === 0xef && second === 0xbb) return 'utf-8'
  if (first === 0x3c && second === 0) return 'utf-16le'
  if (first === 0 && second === 0x3c) return 'utf-16be'
  const head = bytes.subarray(0, 200).toString('latin1')
  const declared = /^\s*<\?xml[^>]{0,100}?\sencoding\s*=\s*["']([\w.:-]{1,40})["']/.exec(head)?.[1]
  const encoding = declared === undefined ? 'utf-8' : encodings.get(declared.toLowerCase())
  if (encoding === undefined) throw new NotConvertibleError('damaged')
  // Said to be UTF-16, yet read as single bytes just now.
  return encoding === 'utf-16le' ? 'utf-8' : encoding
}
