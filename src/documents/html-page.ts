// The frame of every readable copy in HTML: one page that stands alone, on a phone or on paper, online or out of the ZIP. Its content
// comes from converters that have escaped or built every piece of it; this adds the head and the style.

export interface HtmlPage {
  /** Plain text. */
  readonly title: string
  /** BCP 47; of the texts we wrote around the content. */
  readonly language: string
  /** Safe HTML, what stands inside <main>: starts with an <h1>. */
  readonly body: string
}

/** A table as cards, one a row. Where a cell says the name of its column (`data-label`), it is shown. */
function foldRules(table: string): string {
  return `
  table${table}, ${table} tbody, ${table} tr, ${table} td, ${table} th { display: block; width: auto }
  ${table} thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
  ${table} tr { border: 1px solid #c6cdd5; border-radius: .375rem; margin: 0 0 .75rem; padding: .25rem .6rem }
  ${table} td, ${table} tbody th { border: 0; background: none; padding: .25rem 0 }
  ${table} td:empty { display: none }
  ${table} td[data-label]::before { content: attr(data-label); display: block; color: #475059; font-size: .875rem; font-weight: 600 }
`
}

const STYLE = `
:root { color-scheme: light }
* { box-sizing: border-box }
body { margin: 0; background: #fff; color: #16191d; font: 1.0625rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif }
main { max-width: 60rem; margin: 0 auto; padding: 1rem 1rem 3rem; overflow-wrap: anywhere }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0 1rem }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 2rem 0 .5rem; border-bottom: 2px solid #d0d7de; padding-bottom: .25rem }
h3 { font-size: 1.1rem; margin: 1.5rem 0 .5rem }
a { color: #0b4f9e }
img { max-width: 100%; height: auto }
pre { white-space: pre-wrap; font: .9375rem/1.45 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace }
table { border-collapse: collapse; width: 100%; margin: .75rem 0 }
caption { text-align: start; font-weight: 600; padding: .25rem 0 }
th, td { text-align: start; vertical-align: top; padding: .4rem .6rem; border: 1px solid #c6cdd5 }
th { background: #eef2f6 }
dl.facts { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .25rem 1rem; margin: .75rem 0 }
dl.facts dt { font-weight: 600 }
dl.facts dd { margin: 0 }
.note { color: #475059; font-size: .9375rem }
.beside { border-inline-start: .3rem solid #0b4f9e; background: #eef4fb; padding: .6rem .8rem; margin: .75rem 0 }
.warning { border-inline-start: .3rem solid #a4262c; background: #fdf0f0; padding: .6rem .8rem; margin: .75rem 0 }
.heading { font-weight: 600; margin: .75rem 0 .25rem }
.contents ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; margin: 1rem 0; padding: 0 }
.contents a { display: inline-block; padding: .25rem 0 }
.entries { list-style: none; margin: .5rem 0; padding: 0 }
.entries li { border-inline-start: .2rem solid #c6cdd5; padding: 0 0 0 .8rem; margin: .75rem 0 }
.scroll { overflow-x: auto; overflow-wrap: break-word }
.scroll th, .scroll td { min-width: 6rem }
.fold { overflow-wrap: anywhere }
td > :first-child { margin-top: 0 }
td > :last-child { margin-bottom: 0 }
td ul, td ol { padding-inline-start: 1.2rem }
@media (max-width: 40rem) {
  dl.facts { display: block }
  dl.facts dd { margin: 0 0 .5rem }
  .contents ul { display: block }
}
@media (max-width: 40rem) { ${foldRules('.fold')} }
@media (max-width: 64rem) { ${foldRules('.wide')} }
${foldRules('.cards')}
@media print { main { max-width: none; padding: 0 } tr, dl.facts > * { break-inside: avoid } }
`

/** A whole document, UTF-8. */
export function htmlPage({ title, language, body }: HtmlPage): Buffer {
  return Buffer.from(
    [
      '<!doctype html>',
      `<html lang="${escapeHtml(language)}">`,
      '<head>',
      '<meta charset="utf-8">',
      // The copy is also opened from a folder, where no header of a server protects it.
      `<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'">`,
      '<meta name="viewport" content="width=device-width, initial-scale=1">',
      '<meta name="referrer" content="no-referrer">',
      `<title>${escapeHtml(title)}</title>`,
      `<style>${STYLE}</style>`,
      '</head>',
      '<body>',
      `<main>${body}</main>`,
      '</body>',
      '</html>',
      '',
    ].join('\n'),
  )
}

/** Text as content or as a quoted attribute value: no markup left, and no control character that HTML forbids. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[^\P{Cc}\t\r\n]|[\ufffe\uffff]/gu, '\ufffd')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;')
}
