// The recovery sheet in the hands of other programs: qpdf and poppler (Debian: qpdf, poppler-utils). Fails where they are missing: run by
// .ci/run, not by npm test.

import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { recoverySheetPdf } from '../../src/documents/sheets/recovery-sheet.js'
import { TEXTS } from '../../src/folders.js'
import { loadTexts } from '../../src/texts.js'

const LONG = `${'maria-guadalupe'.repeat(4)}@${'a-rather-long-label.'.repeat(9)}example.org`
const SHEETS = {
  ordinary: {
    ...{ address: 'maria@example.org', postboxNumber: 'K7M-2QX-9DP', site: 'https://postbox.example.org', date: 'November 26, 2026' },
    operator: { name: 'Sample Postbox', email: 'help@example.org', phone: '+1 555 0100' },
  },
  long: {
    ...{ address: LONG, postboxNumber: 'K7M-2QX-9DP', site: 'https://health-postbox.lakeside.example.org', date: 'November 26, 2026' },
    operator: { name: 'The Sample Postbox Company for Health Records of the Lakeside Counties', email: LONG, phone: '+1 555 0100' },
  },
}
const languages = ['en', 'es'].filter((language) => existsSync(join(TEXTS, language, 'life.json')))

for (const language of languages) {
  for (const [name, sheet] of Object.entries(SHEETS)) {
    t.test(`one sound page with all of its words on it (${name}, ${language})`, async (t) => {
      const file = join(t.testdir(), 'sheet.pdf')
      writeFileSync(file, await recoverySheetPdf(sheet, loadTexts(TEXTS).in(language), 0))
      t.match(execFileSync('qpdf', ['--check', file], { encoding: 'utf8' }), /No syntax or stream encoding errors found/)
      t.equal(execFileSync('qpdf', ['--show-npages', file], { encoding: 'utf8' }).trim(), '1')
      t.ok(
        execFileSync('pdftotext', ['-raw', file, '-'], { encoding: 'utf8' }).replace(/\s+/g, '').includes(sheet.address.replace(/\s/g, '')),
      )
      const { lowest, widest } = placesOf(file)
      t.ok(lowest > 30, `the lowest line is at ${lowest}`)
      t.ok(widest <= 612 - 50, `the widest one ends at ${widest}`)
    })
  }
}

/** Where words stand: the lowest foot above the page's lower edge, and the right-most end. */
function placesOf(file: string): { lowest: number; widest: number } {
  const boxes = [...execFileSync('pdftotext', ['-bbox', file, '-'], { encoding: 'utf8' }).matchAll(/xMax="([\d.]+)" yMax="([\d.]+)"/g)]
  return {
    lowest: 792 - Math.max(...boxes.map(([, , bottom]) => Number(bottom))),
    widest: Math.max(...boxes.map(([, right]) => Number(right))),
  }
}
