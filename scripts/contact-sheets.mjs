// Pictures of what a person sees of every file below a folder: its first page in records.pdf, or its page of HTML, many to a sheet, at
// 1280 and 390 pixels. To be looked at: no test finds a page that is upside down or a table nobody can read.
//   node scripts/contact-sheets.mjs FOLDER OUT [KIND…]
// Wants Chromium and poppler-utils. OUT then holds health data if FOLDER does.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { documentsOf, newWorkshop } from './corpus/take.mjs'

const [folder, out, ...only] = process.argv.slice(2)
if (!folder || !out || !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
  console.error('Usage: node scripts/contact-sheets.mjs FOLDER OUT [KIND…]')
  process.exit(2)
}

const WIDTHS = [1280, 390]
const PER_SHEET = 24
const LAUNCH = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync']

const scratch = mkdtempSync(join(tmpdir(), 'hepoex-sheets-'))
const workshop = newWorkshop()
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: LAUNCH })
mkdirSync(out, { recursive: true })
try {
  const kinds = Map.groupBy ? Map.groupBy(filesBelow(folder), kindOf) : grouped(filesBelow(folder))
  for (const [kind, files] of kinds) if (only.length === 0 || only.includes(kind)) await sheetsOf(kind, files)
} finally {
  await browser.close()
  workshop.close()
  rmSync(scratch, { recursive: true })
}

function filesBelow(top) {
  return readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((file) => relative(top, file).includes(sep))
    .sort()
}

function kindOf(file) {
  return relative(folder, file).split(sep)[0]
}

function grouped(files) {
  const groups = new Map()
  for (const file of files) groups.set(kindOf(file), [...(groups.get(kindOf(file)) ?? []), file])
  return groups
}

async function sheetsOf(kind, files) {
  for (const width of WIDTHS) {
    const cells = []
    for (const file of files) cells.push(...(await cellsOf(file, width)))
    for (let at = 0; at < cells.length; at += PER_SHEET) {
      const name = `${kind}-${width}-${String(at / PER_SHEET + 1).padStart(2, '0')}.png`
      await sheet(cells.slice(at, at + PER_SHEET), join(out, name))
      console.log(name)
    }
  }
}

/** A picture and a line below it, for each document of a file. */
async function cellsOf(file, width) {
  const taken = await documentsOf(file, workshop)
  if ('reason' in taken) return [{ said: `${basename(file)}: refused: ${taken.reason}`, picture: null }]
  const cells = []
  for (const [index, made] of taken.copies.made.entries()) {
    const said = `${basename(file)} › ${taken.documents[index].name}`
    if (made === null) continue
    if (made.kind === 'as-sent') cells.push({ said: `${said}: ${made.reason}`, picture: null })
    else if (made.kind === 'html') cells.push({ said, picture: await shoot(made.html, width) })
    else cells.push({ said: `${said}: ${made.count} p.`, picture: draw(taken.copies.records.pdf, made.first, width) })
  }
  return cells
}

function draw(pdf, page, width) {
  const path = join(scratch, 'records.pdf')
  writeFileSync(path, pdf)
  const size = width === 390 ? 390 : 640
  execFileSync('pdftoppm', [
    '-png',
    '-f',
    String(page),
    '-l',
    String(page),
    '-scale-to',
    String(size),
    '-singlefile',
    path,
    join(scratch, 'page'),
  ])
  return readFileSync(join(scratch, 'page.png'))
}

async function shoot(html, width) {
  const path = join(scratch, 'copy.html')
  writeFileSync(path, html)
  const page = await browser.newPage({ viewport: { width, height: Math.round(width === 390 ? 844 : 900) } })
  try {
    await page.goto(pathToFileURL(path).href)
    return await page.screenshot()
  } finally {
    await page.close()
  }
}

async function sheet(cells, path) {
  const figure = ({ said, picture }) =>
    `<figure>${picture ? `<img src="data:image/png;base64,${picture.toString('base64')}">` : '<div></div>'}<figcaption>${said.replace(/[&<]/g, '_')}</figcaption></figure>`
  const style =
    'body{margin:8px;display:grid;grid-template-columns:repeat(6,1fr);gap:8px;font:11px sans-serif}figure{margin:0;border:1px solid #999}img,div{width:100%;height:330px;object-fit:contain;background:#eee}figcaption{overflow-wrap:anywhere}'
  const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } })
  await page.setContent(`<style>${style}</style>${cells.map(figure).join('')}`)
  await page.screenshot({ path, fullPage: true })
  await page.close()
}
