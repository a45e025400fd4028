// Converted documents in a browser, wide and narrow: accessible, no wider than the screen, and dead: no script runs, nobody is asked.

import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { csvCopy } from '../../src/documents/office/csv.js'
import { docxCopy } from '../../src/documents/office/docx.js'
import { htmlCopy } from '../../src/documents/office/html.js'
import { rtfCopy } from '../../src/documents/office/rtf.js'
import { hostile } from '../documents/office/hostile.js'
import { docxFile, drawing, PIXEL, p, part, text } from '../documents/office/samples.js'
import { axeFindings, launch, overflow, picture, WIDTHS } from './support.js'

const browser = await launch()
t.teardown(() => browser.close())

const LAB = Array.from(
  { length: 12 },
  (_each, at) =>
    `<tr><td>Measurement ${at}</td><td>${140 + at}</td><td>millimoles-per-litre</td><td>135–145</td><td>2026-11-0${at % 9}</td></tr>`,
).join('')

const LETTER = `<html lang="en"><head><title>Your visit</title><style>body { width: 900px }</style></head><body bgcolor="#000" text="#fff">
<div style="display:none">Preview line of the mail ${'\u00a0\u200c'.repeat(60)}</div>
<table width="900" role="presentation"><tr><td width="300"><img src="https://clinic.example/logo.png" alt="Sample Clinic"></td><td><table><tr><td><a href="https://clinic.example/">Home</a></td><td><a href="https://clinic.example/visits"><img src="cid:icon@clinic"></a></td></tr></table></td></tr></table>
<h1>Your visit</h1><h4>What we found</h4><p>Dear Maria,<br>these are your values. <font color="#eee">They are fine.</font> <s>Old plan.</s></p>
<table border="1"><caption>Laboratory</caption><tr><th>Test</th><th>Value</th><th>Unit</th><th>Normal</th><th>Day</th></tr>${LAB}</table>
<table><tr><th>Name</th><td>Maria Sample</td></tr><tr><th>Born</th><td>1960-01-01</td></tr></table>
<ul>Loose<li>Rest<li>Drink<ol><li>water<li>tea</ol></ul><dl><dt>Diagnosis<dd>None</dl>
<form><label>Smoker <input type="checkbox" checked></label><select><option>Yes<option selected>No</select><textarea>My own words</textarea></form>
<pre>fixed   width   text   that   is   much   wider   than   any   phone   can   ever   show   in   one   single   line</pre>
<p>A-very-long-word-${'abcdefghij'.repeat(20)} and https://clinic.example/${'path/'.repeat(40)}</p>
<p dir="rtl" lang="ar">مرحبا</p><blockquote>Earlier message</blockquote><h2></h2><a href="https://clinic.example/x"></a>
<iframe src="https://attack.example/"></iframe><a href="#end">To the end</a><h6 id="end">End</h6></body></html>`

const WORD = await docxFile(
  [
    p('Discharge letter', '<w:pStyle w:val="Title"/>'),
    p('Findings', '<w:pStyle w:val="Heading1"/>'),
    '<w:p><w:r><w:t>Text</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>',
    drawing('a'),
    `<w:tbl>${['Test', 'Sodium'].map((first, at) => `<w:tr><w:trPr>${at === 0 ? '<w:tblHeader/>' : ''}</w:trPr>${[first, 'a', 'b', 'c'].map((cell) => `<w:tc>${p(cell)}</w:tc>`).join('')}</w:tr>`).join('')}</w:tbl>`,
  ].join(''),
  {
    'word/header1.xml': part('hdr', p('Patient: Maria Sample')),
    'word/footer1.xml': part('ftr', p('Sample Clinic')),
    'word/footnotes.xml': part(
      'footnotes',
      `<w:footnote w:id="2">${p('A note')}</w:footnote><w:footnote w:id="3">${p('A stray note')}</w:footnote>`,
    ),
    'word/media/a.png': PIXEL,
  },
  { a: ['image', 'media/a.png'] },
)

const RTF = Buffer.from(
  '{\\rtf1\\ansi{\\header Patient: Maria\\par}{\\b Letter}\\par\\pard\\qc Centre\\par Text{\\footnote A note}\\par' +
    '\\trowd\\trhdr\\intbl Test\\cell Value\\cell Unit\\cell\\row\\trowd\\intbl Sodium\\cell 140\\cell mmol\\cell\\row\\pard' +
    `{\\field{\\*\\fldinst HYPERLINK "https://clinic.example/"}{\\fldrslt our page}}{\\pict\\pngblip ${PIXEL.toString('hex')}}{\\pict\\wmetafile8 00}}`,
)

const images = new Map([['icon@clinic', { mediaType: 'image/png', bytes: PIXEL }]])
const SAMPLES: Readonly<Record<string, Buffer>> = {
  'an HTML letter': htmlCopy(Buffer.from(LETTER), { title: 'Message', images }, text),
  'a Word document': await docxCopy(WORD, text, { title: 'letter.docx' }),
  'an RTF document': rtfCopy(RTF, text, { title: 'letter.rtf' }),
  'a table of values': csvCopy(
    Buffer.from(`Test,Value,Unit,Normal,Remarks\nSodium,140,mmol/l,135-145,${'long remark '.repeat(20)}\n`),
    { title: 'values.csv' },
    text,
  ),
}

interface Watched {
  readonly page: Page
  readonly requests: string[]
  readonly dialogs: string[]
}

async function watched(width: number, javaScriptEnabled = true): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width, height: 844 }, javaScriptEnabled })
  const page = await context.newPage()
  const [requests, dialogs]: [string[], string[]] = [[], []]
  page.on('request', (request) => {
    if (!/^(data|about):/.test(request.url())) requests.push(request.url())
  })
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    dialog.dismiss().catch(() => {})
  })
  return { page, requests, dialogs }
}

for (const width of WIDTHS) {
  t.test(`samples at ${width} px`, async (t) => {
    const { page, requests } = await watched(width)
    for (const [name, html] of Object.entries(SAMPLES)) {
      await page.setContent(html.toString())
      await picture(page, `office ${name}`, width)
      t.strictSame(await axeFindings(page), [], `${name}: accessible`)
      t.equal(await overflow(page), 0, `${name}: no horizontal scroll`)
    }
    t.strictSame(requests, [])
  })
}

t.test('hostile pieces are dead', async (t: Test) => {
  const { page, requests, dialogs } = await watched(390)
  await page.addInitScript('window.hits = 0; window.hit = () => { window.hits++ }')
  // The page's own policy is taken away: the cleaned HTML must be harmless by itself.
  const bare = (html: string) => html.replace(/<meta http-equiv="content-security-policy"[^>]*>/, '')
  const all = hostile.map((snippet) => `<p>before</p>${snippet}<p>after</p>`)
  for (const snippet of [...all, all.join('\n')]) {
    const html = bare(htmlCopy(Buffer.from(snippet), { title: 'Message' }, text).toString())
    t.notMatch(html, 'content-security-policy')
    await page.goto('about:blank')
    await page.setContent(html)
    const twice = await page.evaluate(
      `(() => { const main = document.querySelector('main'); const once = main.innerHTML; main.innerHTML = once; return once === main.innerHTML })()`,
    )
    t.ok(twice, `the browser reads it as it stands: ${snippet.slice(0, 80)}`)
    t.equal(await page.evaluate('window.hits'), 0, `no script runs: ${snippet.slice(0, 80)}`)
  }
  t.strictSame(requests, [])
  t.strictSame(dialogs, [])
  await page.setContent('<img src="data:," onerror="hit()">')
  await page.waitForFunction('window.hits === 1')
  t.pass('the trap works')
})

t.test('a wide table can be scrolled with the keyboard', async (t) => {
  const { page } = await watched(390)
  await page.setContent((SAMPLES['an HTML letter'] ?? Buffer.alloc(0)).toString())
  const region = page.locator('[role=group][tabindex="0"]').first()
  await region.focus()
  await page.keyboard.press('ArrowRight')
  await page.waitForFunction(`document.querySelector('[role=group]').scrollLeft > 0`)
  t.equal(await overflow(page), 0)
})
