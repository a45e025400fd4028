// Which elements of HTML a copy may hold, and what becomes of the others. Nothing is on these lists that switches a browser's parser into
// another mode (script, style, textarea, svg, math, template, select ...): so cleaned HTML is read the same way by every parser, and
// text can never turn into markup.

/** Kept as they are; inline. */
export const INLINE: ReadonlySet<string> = new Set(
  'abbr b bdi bdo cite code del dfn em i ins kbd mark q rp rt ruby s samp small span strong sub sup u var'.split(' '),
)

/** Kept by another name. */
export const RENAMED: ReadonlyMap<string, string> = new Map([
  ['acronym', 'abbr'],
  ['strike', 's'],
  ['tt', 'code'],
  ['font', 'span'],
  ['big', 'span'],
  ['nobr', 'span'],
  ['dir', 'ul'],
  ['menu', 'ul'],
  ['listing', 'pre'],
  ['xmp', 'pre'],
  ['plaintext', 'pre'],
])

/** Blocks that the copy shows as plain ones: their landmarks belong to the document, not to the page around it. */
export const DIVISIONS: ReadonlySet<string> = new Set(
  (
    'address article aside body center dd details dialog div dl dt fieldset figcaption figure footer form header hgroup legend li main nav ' +
    'noframes optgroup option search section summary'
  ).split(' '),
)

/** Other blocks. A `p` that holds any block becomes a `div`, since a browser would end the paragraph there. */
export const BLOCKS: ReadonlySet<string> = new Set('blockquote h1 h2 h3 h4 h5 h6 hr ol p pre table ul'.split(' '))

export const HEADINGS: ReadonlySet<string> = new Set(['h1', 'h2', 'h3', 'h4', 'h5', 'h6'])

/** Structure of tables; meaningful only inside one. */
export const TABLE_PARTS: ReadonlySet<string> = new Set(['caption', 'col', 'colgroup', 'tbody', 'td', 'tfoot', 'th', 'thead', 'tr'])

export const VOID: ReadonlySet<string> = new Set(
  'area base basefont bgsound br col embed frame hr image img input keygen link meta param source track wbr'.split(' '),
)

/** What is inside is code, never text for a reader. */
export const CODE: ReadonlySet<string> = new Set(['script', 'style'])

/** Opened again in the next block when a paragraph ends while they are open, as browsers do. */
export const FORMATTING: ReadonlySet<string> = new Set(['b', 'em', 'i', 's', 'strike', 'strong', 'sub', 'sup', 'u'])

/** What brings a document of its own that the copy can't show. */
export const EMBEDDING: ReadonlySet<string> = new Set(['applet', 'audio', 'embed', 'frame', 'iframe', 'object', 'video'])

export function isBlock(tag: string): boolean {
  return BLOCKS.has(tag) || DIVISIONS.has(tag)
}
