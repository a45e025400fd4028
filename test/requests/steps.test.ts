// What may stand in a form: each step's field by field, with every reason there is to say that something is wrong with it.

import t from 'tap'
import type { FormKind, RequestStep, SaveOutcome, StepForms, StepProblem } from '../../src/requests/desk.js'
import { BLANK_DAY, day, FILLED, fill, filled, newRequestWorld, viewOf } from './world.js'

const long = (length: number) => 'x'.repeat(length)
const strokes = (...all: unknown[]) => JSON.stringify(all)
const LINE = [
  [10, 10],
  [20.4, 300],
]

type Case<Step extends RequestStep> = readonly [change: Partial<StepForms[Step]>, field: string, reason: StepProblem['reason']]

/** It is November 22, 2026. */
const BAD: { readonly [Step in RequestStep]: ReadonlyArray<Case<Step>> } = {
  person: [
    [{ name: ' \u0000 ' }, 'name', 'missing'],
    [{ name: '\u200b\u2800\u3164 \ufeff\u202e\u200d' }, 'name', 'missing'],
    [{ name: long(101) }, 'name', 'too-long'],
    [{ otherNames: long(201) }, 'otherNames', 'too-long'],
    [{ bornOn: BLANK_DAY }, 'bornOn', 'missing'],
    [{ bornOn: { day: '27', month: '', year: '1980' } }, 'bornOn', 'no-date'],
    [{ bornOn: day('1981-02-29') }, 'bornOn', 'no-day'],
    [{ bornOn: { day: '1', month: '13', year: '1980' } }, 'bornOn', 'no-day'],
    [{ bornOn: { day: '0', month: '3', year: '1980' } }, 'bornOn', 'no-day'],
    [{ bornOn: { day: '27', month: '3', year: '80' } }, 'bornOn', 'no-date'],
    [{ bornOn: { day: '27', month: 'March', year: '1980' } }, 'bornOn', 'no-date'],
    [{ bornOn: day('2026-11-23') }, 'bornOn', 'future'],
    [{ bornOn: day('1889-12-31') }, 'bornOn', 'too-far'],
    [{ postalAddress: long(401) }, 'postalAddress', 'too-long'],
    [{ phone: '555-010' }, 'phone', 'unknown'],
    [{ phone: `5550100${long(40)}` }, 'phone', 'too-long'],
    [{ recordNumber: long(41) }, 'recordNumber', 'too-long'],
    [{ representativeName: 'Ann Sample' }, 'representativeAuthority', 'missing'],
    [{ representativeAuthority: 'Parent' }, 'representativeName', 'missing'],
    [{ representativeName: long(101), representativeAuthority: 'Parent' }, 'representativeName', 'too-long'],
    [{ representativeName: 'Ann Sample', representativeAuthority: long(201) }, 'representativeAuthority', 'too-long'],
  ],
  provider: [
    [{ slug: '', name: '' }, 'name', 'missing'],
    [{ slug: '', name: long(151) }, 'name', 'too-long'],
    [{ slug: 'nowhere' }, 'slug', 'unknown'],
    [{ slug: 'clinic', name: 'Another Sample Clinic' }, 'name', 'not-alone'],
    [{ postalAddress: long(401) }, 'postalAddress', 'too-long'],
    [{ fax: '12 34' }, 'fax', 'no-fax'],
    [{ fax: `5550100${long(40)}` }, 'fax', 'too-long'],
  ],
  records: [
    [{ records: [] }, 'records', 'missing'],
    [{ records: ['visits', 'everything'] }, 'records', 'unknown'],
    [{ records: ['other'] }, 'otherRecords', 'missing'],
    [{ records: ['other'], otherRecords: long(401) }, 'otherRecords', 'too-long'],
    [{ from: { day: '31', month: '4', year: '2020' } }, 'from', 'no-day'],
    [{ from: day('2026-11-23') }, 'from', 'future'],
    [{ from: day('1700-01-01') }, 'from', 'too-far'],
    [{ to: { day: '1', month: '', year: '' } }, 'to', 'no-date'],
    [{ to: day('2027-01-01') }, 'to', 'future'],
    [{ from: day('2020-05-02'), to: day('2020-05-01') }, 'to', 'before-from'],
    [{ initials: { hiv: '12' } }, 'initials', 'unknown'],
    [{ initials: { genetic: 'Sample' } }, 'initials', 'too-long'],
    [{ isPsychotherapyNotes: true }, 'isPsychotherapyNotes', 'not-alone'],
    [{ isPsychotherapyNotes: true, records: [], initials: { hiv: 'MS' } }, 'isPsychotherapyNotes', 'not-alone'],
  ],
  delivery: [[{ formats: ['pdf', 'tape'] }, 'formats', 'unknown']],
  terms: [
    [{ purpose: '' }, 'purpose', 'missing'],
    [{ purpose: 'fun' }, 'purpose', 'unknown'],
    [{ purpose: 'other' }, 'otherPurpose', 'missing'],
    [{ purpose: 'other', otherPurpose: long(201) }, 'otherPurpose', 'too-long'],
    [{ expiresOn: { day: '31', month: '11', year: '2027' } }, 'expiresOn', 'no-day'],
    [{ expiresOn: day('2026-11-22') }, 'expiresOn', 'past'],
    [{ expiresOn: day('2036-11-23') }, 'expiresOn', 'too-far'],
    [{ expiresWith: long(201) }, 'expiresWith', 'too-long'],
    [{ expiresOn: day('2027-11-22'), expiresWith: 'the end of the study' }, 'expiresWith', 'not-alone'],
  ],
  signature: [
    [{ way: '' }, 'way', 'missing'],
    [{ way: 'stamped' }, 'way', 'unknown'],
    [{ typedName: ' ' }, 'typedName', 'missing'],
    [{ typedName: '\u115f\u2060\ufe0f' }, 'typedName', 'missing'],
    [{ typedName: long(101) }, 'typedName', 'too-long'],
    [{ isAgreed: false }, 'isAgreed', 'not-agreed'],
    [{ way: 'drawn', strokes: strokes(LINE), isAgreed: false }, 'isAgreed', 'not-agreed'],
    [{ way: 'drawn', strokes: '' }, 'strokes', 'no-strokes'],
    [{ way: 'drawn', strokes: '[]' }, 'strokes', 'no-strokes'],
    [{ way: 'drawn', strokes: strokes([], [[1, 1]]) }, 'strokes', 'no-strokes'],
    [{ way: 'drawn', strokes: '[[[1,1],[2' }, 'strokes', 'unknown'],
    [{ way: 'drawn', strokes: '{"a":1}' }, 'strokes', 'unknown'],
    [{ way: 'drawn', strokes: strokes(LINE, 'line') }, 'strokes', 'unknown'],
    [{ way: 'drawn', strokes: strokes([[0, 301], ...LINE]) }, 'strokes', 'unknown'],
    [{ way: 'drawn', strokes: strokes([[-1, 0], ...LINE]) }, 'strokes', 'unknown'],
    [{ way: 'drawn', strokes: strokes([[1001, 0], ...LINE]) }, 'strokes', 'unknown'],
    [{ way: 'drawn', strokes: strokes([['1', '2'], ...LINE]) }, 'strokes', 'unknown'],
    [{ way: 'drawn', strokes: strokes([[1, 2, 3], ...LINE]) }, 'strokes', 'unknown'],
    [{ way: 'drawn', strokes: '[[[1e999,1],[2,2]]]' }, 'strokes', 'unknown'],
    [{ way: 'drawn', strokes: strokes(...Array(201).fill(LINE)) }, 'strokes', 'too-long'],
    [{ way: 'drawn', strokes: strokes(Array(4001).fill([1, 1])) }, 'strokes', 'too-long'],
    [{ way: 'drawn', strokes: `[${' '.repeat(200_000)}` }, 'strokes', 'too-long'],
  ],
}

for (const step of Object.keys(BAD) as RequestStep[]) {
  t.test(`${step}: each thing that is wrong is told by field and reason, and nothing of it is kept`, async (t) => {
    const world = await newRequestWorld(t)
    const number = await filled(world, 'authorization')
    const before = await viewOf(world, number)
    for (const [change, field, reason] of BAD[step]) {
      const outcome = await world.desk.save(world.consumerId, number, step, { ...FILLED[step], ...change } as never)
      t.strictSame(outcome, { kind: 'problems', problems: [{ field, reason }] }, `${field} ${reason}`)
    }
    t.strictSame(await viewOf(world, number), before)
  })
}

t.test('all that is wrong with a step is told at once', async (t) => {
  const world = await newRequestWorld(t)
  const number = await filled(world)
  const outcome = await world.desk.save(world.consumerId, number, 'person', {
    ...FILLED.person,
    ...{ name: '', bornOn: BLANK_DAY, phone: '1' },
  })
  t.match(outcome, { problems: [{ field: 'name' }, { field: 'bornOn' }, { field: 'phone' }] })
})

t.test('what is typed is tidied: spaces, lines, half characters, digits and initials of all kinds', async (t) => {
  const world = await newRequestWorld(t)
  const number = await filled(world, 'authorization', {
    person: {
      ...{
        name: '  Mar\u0069\u0301a\t \ud800Sample ',
        postalAddress: '1 Sample Street\r\n\r\n  Sampletown \u2028',
        phone: '+1 (555) 010-0199',
      },
      ...{ bornOn: { day: ' 7', month: '３', year: '1980' }, representativeName: 'Ann Sample ', representativeAuthority: ' Parent' },
    },
    provider: { slug: '', name: ' Lakeside  Clinic ', postalAddress: 'Box 1', fax: '555.010.0100' },
    records: {
      records: ['imaging', 'visits', 'imaging'],
      initials: { hiv: ' M. S. ', genetic: '', 'mental-health': 'Ñé' },
      from: day('2020-02-29'),
    },
    delivery: { formats: ['images', 'pdf', 'images'], isUnencryptedAccepted: true },
    terms: { purpose: 'legal', otherPurpose: 'left over', expiresOn: day('2036-11-22') },
    signature: { way: 'drawn', strokes: strokes(LINE, [], [[0, 0]]) },
  })
  t.strictSame((await viewOf(world, number)).content, {
    kind: 'authorization',
    person: {
      ...{ name: 'María Sample', otherNames: '', bornOn: '1980-03-07', postalAddress: '1 Sample Street\nSampletown' },
      ...{ phone: '+1 (555) 010-0199', recordNumber: '' },
    },
    provider: { slug: null, name: 'Lakeside Clinic', postalAddress: 'Box 1', fax: '555.010.0100' },
    ...{ records: ['visits', 'imaging'], otherRecords: '', from: '2020-02-29', to: null, formats: ['images', 'pdf'] },
    ...{ isUnencryptedAccepted: true, initials: { hiv: 'MS', 'mental-health': 'Ñé' }, isPsychotherapyNotes: false },
    ...{ purpose: 'legal', otherPurpose: '', expiry: { on: '2036-11-22', event: '' } },
    representative: { name: 'Ann Sample', authority: 'Parent' },
    signature: {
      kind: 'drawn',
      strokes: [
        [
          [10, 10],
          [20, 300],
        ],
        [[0, 0]],
      ],
      on: '2026-11-22',
    },
  })
})

t.test('no text turns the words beside it round, hides some or holds letters that are empty; what joins letters stays', async (t) => {
  const world = await newRequestWorld(t)
  const number = await filled(world, 'access', {
    person: { name: 'Ann\u202e elpmaS\u202c\u200b', otherNames: 'می\u200cخواهم', recordNumber: '\u2066A\u00ad1\u2069\u{e0041}' },
    provider: { slug: '', name: 'Lake\u200bside\u061c Clinic\u3164', postalAddress: '\u200b\n\u2028Box\u202d 1\n\ufeff' },
  })
  const { person, provider } = (await viewOf(world, number)).content
  t.match(person, { name: 'Ann elpmaS', otherNames: 'می\u200cخواهم', recordNumber: 'A1' })
  t.match(provider, { name: 'Lakeside Clinic', postalAddress: 'Box 1' })
})

t.test(
  'all of her records is all of them, whatever else is ticked; an access request has no terms, initials or therapist’s notes',
  async (t) => {
    const world = await newRequestWorld(t)
    const number = await filled(world, 'access', {
      records: { records: ['billing', 'all'], initials: { hiv: 'MS' }, isPsychotherapyNotes: true, otherRecords: 'left over' },
      terms: { purpose: 'legal', expiresOn: day('1999-01-01') },
    })
    const { content } = await viewOf(world, number)
    t.match(content, { records: ['all'], otherRecords: '', initials: {}, isPsychotherapyNotes: false })
    t.match(content, { purpose: 'own-request', expiry: { on: null, event: '' } })
  },
)

t.test('therapist’s notes alone, an event as the end, and other things in words are taken', async (t) => {
  const world = await newRequestWorld(t)
  const notes = await filled(world, 'authorization', {
    records: { records: [], isPsychotherapyNotes: true },
    terms: { purpose: 'other', otherPurpose: 'A study', expiresWith: 'the end of the study' },
  })
  t.match(await viewOf(world, notes), {
    content: { records: [], isPsychotherapyNotes: true, otherPurpose: 'A study', expiry: { on: null, event: 'the end of the study' } },
    missing: [],
  })
  await fill(world, notes, 'records', { records: ['other'], otherRecords: 'Photographs\nof the wound' })
  t.match((await viewOf(world, notes)).content, {
    isPsychotherapyNotes: false,
    records: ['other'],
    otherRecords: 'Photographs\nof the wound',
  })
})

t.test('a registered provider is taken by its own name, as long as it takes part', async (t) => {
  const world = await newRequestWorld(t)
  const number = await filled(world, 'access', { provider: { slug: 'clinic', name: 'Sample Clinic', fax: '+1 555 010 0199' } })
  t.match((await viewOf(world, number)).content.provider, { slug: 'clinic', name: 'Sample Clinic', fax: '+1 555 010 0199' })
  await world.store.write(({ providers }) => providers.setState('provider-1', 'suspended'))
  t.match(await world.desk.save(world.consumerId, number, 'provider', FILLED.provider), {
    problems: [{ field: 'slug', reason: 'unknown' }],
  })
})

t.test('the day is hers: in the evening it is not tomorrow yet', async (t) => {
  const world = await newRequestWorld(t)
  world.clock.at = Date.UTC(2026, 10, 23, 3)
  const number = await filled(world)
  t.match((await viewOf(world, number)).content.signature, { kind: 'typed', name: 'Maria Sample', on: '2026-11-22' })
  const { language } = (await world.store.read.consumers.byId(world.consumerId)) ?? { language: '' }
  const there = { language, timeZone: 'Asia/Tokyo', showProvider: false, personSealed: null }
  await world.store.write(({ consumers }) => consumers.setPreferences(world.consumerId, there))
  await fill(world, number, 'signature')
  t.match((await viewOf(world, number)).content.signature, { on: '2026-11-23' })
})

t.test('each step leads to the next one of its form, the last one to the check', async (t) => {
  const world = await newRequestWorld(t)
  const way = async (kind: FormKind) => {
    const number = (await world.desk.begin(world.consumerId, kind)) ?? ''
    const next: string[] = []
    for (let step: RequestStep | 'check' = 'person'; step !== 'check'; ) {
      const outcome: SaveOutcome = await world.desk.save(world.consumerId, number, step, FILLED[step])
      if (outcome.kind !== 'saved') return t.fail(step)
      step = outcome.next
      next.push(step)
    }
    return next
  }
  t.strictSame(await way('access'), ['provider', 'records', 'delivery', 'signature', 'check'])
  t.strictSame(await way('authorization'), ['provider', 'records', 'delivery', 'terms', 'signature', 'check'])
})
