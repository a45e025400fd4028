// What the control words of RTF mean to a copy. Everything that is not here (measures, colours, styles) is passed over.

/** Control words that are a character. */
export const CHARACTERS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    tab: '\u2003',
    emdash: '\u2014',
    endash: '\u2013',
    bullet: '\u2022',
    lquote: '\u2018',
    rquote: '\u2019',
    ldblquote: '\u201c',
    rdblquote: '\u201d',
    emspace: '\u2003',
    enspace: '\u2002',
    qmspace: '\u2005',
    ltrmark: '\u200e',
    rtlmark: '\u200f',
    zwj: '\u200d',
    zwnj: '\u200c',
    nestcell: '\u2003',
  }),
)

/** Destinations whose text is not the document's. Unknown ones are those that begin with `\*`. */
export const SKIPPED: ReadonlySet<string> = new Set(
  (
    'colortbl stylesheet info nonshppict shprslt objdata xe rxe tc tcn ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn sn sv pn mhtmltag ' +
    'generator listtable listoverridetable revtbl rsidtbl themedata colorschememapping datastore latentstyles xmlnstbl filetbl'
  ).split(' '),
)

export type FlowKind = 'head' | 'foot' | 'note' | 'box'

/** Destinations with a text of their own, told apart from the one around them. */
export const FLOWS: ReadonlyMap<string, FlowKind> = new Map(
  Object.entries<FlowKind>({
    header: 'head',
    headerl: 'head',
    headerr: 'head',
    headerf: 'head',
    footer: 'foot',
    footerl: 'foot',
    footerr: 'foot',
    footerf: 'foot',
    footnote: 'note',
    annotation: 'note',
    shptxt: 'box',
    dptxbxtext: 'box',
  }),
)

/** Destinations that may begin with `\*` and are read all the same. */
export const READ: ReadonlySet<string> = new Set([
  'shppict',
  'shpinst',
  'shpgrp',
  'do',
  'ud',
  'fldinst',
  'htmltag',
  'formfield',
  ...FLOWS.keys(),
])
