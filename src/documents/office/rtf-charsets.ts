// The character sets of RTF: code pages of the whole document, of each font, and the two fonts of symbols that letters are written with.

/** Code page to a label of the Encoding Standard. Those it doesn't know are in `tables`. */
const pages: Readonly<Record<number, string>> = {
  866: 'ibm866',
  874: 'windows-874',
  932: 'shift_jis',
  936: 'gbk',
  949: 'euc-kr',
  950: 'big5',
  10000: 'macintosh',
  10007: 'x-mac-cyrillic',
  20866: 'koi8-r',
  54936: 'gb18030',
  65001: 'utf-8',
}

/** RTF 1.9.1, "Font Table", \fcharset. 0 and 1 mean the document's own. */
const fontCharsets: Readonly<Record<number, number>> = {
  77: 10000,
  128: 932,
  129: 949,
  130: 949,
  134: 936,
  136: 950,
  161: 1253,
  162: 1254,
  163: 1258,
  177: 1255,
  178: 1256,
  186: 1257,
  204: 1251,
  222: 874,
  238: 1250,
  254: 437,
  255: 850,
}

const CP437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0'
const CP850 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0'
const tables: Readonly<Record<number, string>> = { 437: CP437, 850: CP850 }

/** The font Symbol, from 0x20 on; a space where it has a piece of a bracket. */
const SYMBOL =
  ' !∀#∃%&∍()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_ αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼' +
  ' '.repeat(33) +
  '€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈… ―↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑         〉∫⌠ ⌡         '
/** The signs of Wingdings that forms and lists use. */
const WINGDINGS: Readonly<Record<number, string>> = {
  32: ' ',
  74: '☺',
  108: '●',
  110: '■',
  111: '☐',
  113: '❑',
  118: '❖',
  159: '•',
  167: '▪',
  168: '☐',
  216: '➢',
  223: '←',
  224: '→',
  251: '✗',
  252: '✓',
  253: '☒',
  254: '☑',
}

/** Makes text of bytes. Never throws. */
export type Decode = (bytes: Buffer) => string

/** By the number of a code page; windows-1252 for one that nobody knows. */
export function codePage(page: number): Decode {
  const table = tables[page]
  if (table !== undefined)
    return (bytes) => Array.from(bytes, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : table[byte - 0x80])).join('')
  const label = pages[page] ?? (page >= 1250 && page <= 1258 ? `windows-${page}` : 'windows-1252')
  const decoder = new TextDecoder(label)
  return (bytes) => decoder.decode(bytes)
}

/** By a font's \fcharset and name; null when the font says nothing, and the document's own set counts. */
export function fontDecode(charset: number | null, name: string): Decode | null {
  if (/^\s*wingdings/i.test(name)) return (bytes) => Array.from(bytes, (byte) => WINGDINGS[byte] ?? '▪').join('')
  if (/^\s*symbol\b/i.test(name)) return symbols
  const page = charset === null ? undefined : fontCharsets[charset]
  return page === undefined ? null : codePage(page)
}

/** A character that a font of symbols has in the private area (U+F020 and up) as the sign that it shows. */
export function privateSign(code: number, decode: Decode | null): string {
  return decode !== null && code >= 0xf020 && code <= 0xf0ff ? decode(Buffer.from([code - 0xf000])) : String.fromCharCode(code)
}

function symbols(bytes: Buffer): string {
  return Array.from(bytes, (byte) => SYMBOL[byte - 0x20] ?? ' ').join('')
}
