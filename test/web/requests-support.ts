// What tests of the pages for requests share.

import type { Test } from 'tap'
import type { RequestStep } from '../../src/requests/desk.js'
import { newWorld, signedIn, type World, webServer } from './fakes.js'
import { REQUEST } from './requests-fakes.js'

export const HERE = `/forms/${REQUEST}`
/** Asked of the desk by a page that is only looked at. */
export const SEEN = /^(account|requests\.(list|view)) /

/** Somebody signed in, before a paper desk. */
export async function entered(world: World = newWorld()) {
  const visitor = await signedIn(await webServer(world))
  world.asked.length = 0
  /** What the desk was asked but for looking, since the last time. */
  const acts = () => world.asked.splice(0).filter((line) => !SEEN.test(line))
  return { world, visitor, acts }
}

/** The summary leads to a field that exists once, and the same is said beside it. */
export function isLinked(t: Test, html: string, field: string, text: string): void {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('’', '’')
  const summary = /<ul class="nhsuk-list nhsuk-error-summary__list">[\s\S]*?<\/ul>/.exec(html)?.[0] ?? ''
  t.match(summary, `href="#${field}"`, field)
  t.ok(summary.includes(escaped), `${field}: ${text}`)
  t.equal(html.split(`id="${field}"`).length, 2, `${field} is one field`)
  const beside = /<span class="nhsuk-error-message" id="([^"]+)">[\s\S]*?<\/span>\s*([^<]*)/.exec(html)
  t.equal(beside?.[2]?.trim(), escaped, `${field}: beside it`)
  t.ok(new RegExp(`aria-describedby="[^"]*\\b${beside?.[1]}\\b`).test(html), `${field}: described by it`)
}

/** What each step's page sends, and what the desk is then given. */
export const SENT: { readonly [Step in RequestStep]: readonly [typed: Record<string, string>, given: object] } = {
  person: [
    {
      ...{ name: 'Maria Example', otherNames: 'Sample', 'bornOn-day': '27', 'bornOn-month': '3', 'bornOn-year': '1980' },
      ...{ postalAddress: '1 Sample Street\r\nTown', phone: '555', recordNumber: '42' },
      ...{ representativeName: 'Ana', representativeAuthority: 'parent' },
    },
    {
      ...{ name: 'Maria Example', otherNames: 'Sample', bornOn: { day: '27', month: '3', year: '1980' } },
      ...{ postalAddress: '1 Sample Street\r\nTown', phone: '555', recordNumber: '42' },
      ...{ representativeName: 'Ana', representativeAuthority: 'parent' },
    },
  ],
  provider: [
    { slug: '', name: 'Hospital', postalAddress: '9 Road', fax: '555' },
    { slug: '', name: 'Hospital', postalAddress: '9 Road', fax: '555' },
  ],
  records: [
    {
      ...{ records: 'visits', otherRecords: 'allergies', 'from-day': '1', 'from-month': '2', 'from-year': '2020', 'to-year': '2026' },
      ...{ 'initials-hiv': 'M. E.', isPsychotherapyNotes: 'yes' },
    },
    {
      ...{ records: ['visits'], otherRecords: 'allergies', from: { day: '1', month: '2', year: '2020' } },
      ...{ to: { day: '', month: '', year: '2026' }, initials: { hiv: 'M. E.', genetic: '' }, isPsychotherapyNotes: true },
    },
  ],
  delivery: [
    { formats: 'pdf', isUnencryptedAccepted: 'yes' },
    { formats: ['pdf'], isUnencryptedAccepted: true },
  ],
  terms: [
    {
      purpose: 'other',
      otherPurpose: 'me',
      'expiresOn-day': '31',
      'expiresOn-month': '12',
      'expiresOn-year': '2027',
      expiresWith: 'it ends',
    },
    { purpose: 'other', otherPurpose: 'me', expiresOn: { day: '31', month: '12', year: '2027' }, expiresWith: 'it ends' },
  ],
  signature: [
    { way: 'typed', typedName: 'Maria Example', strokes: '[[[1,2],[3,4]]]', isAgreed: 'yes' },
    { way: 'typed', typedName: 'Maria Example', strokes: '[[[1,2],[3,4]]]', isAgreed: true },
  ],
}
