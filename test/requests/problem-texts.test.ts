// Whatever is wrong with a step, the page has words of its own for it: the desk's problems against the texts of the pages.

import fc from 'fast-check'
import t from 'tap'
import { blankForm, FORMATS, type FormKind, PURPOSES, RECORD_TYPES } from '../../src/documents/forms/content.js'
import { type RequestStep, STEPS, type StepForms } from '../../src/requests/desk.js'
import { judgeStep } from '../../src/requests/judge.js'
import { loadTexts } from '../../src/texts.js'
import { inWords, PROBLEMS } from '../../src/web/pages/requests-problems.js'

const text = loadTexts('templates/texts').in('en')
const OTHER = text('requests.problem.other')

const word = fc.constantFrom('', ' ', 'Pat Sample', 'x'.repeat(500), '12', '+1 555 010 0142', 'PS', 'PSPSPSPS', '9', 'clinic')
const number = fc.constantFrom('', '0', '1', '29', '31', '13', 'x')
const date = fc.record({ day: number, month: number, year: fc.constantFrom('', '12', '1700', '1980', '2026', '2027', '2999') })
const flag = fc.boolean()

const forms: { readonly [Step in RequestStep]: fc.Arbitrary<StepForms[Step]> } = {
  person: fc.record({
    ...{ name: word, otherNames: word, bornOn: date, postalAddress: word, phone: word, recordNumber: word },
    ...{ representativeName: word, representativeAuthority: word },
  }),
  provider: fc.record({ slug: word, name: word, postalAddress: word, fax: word }),
  records: fc.record({
    records: fc.array(fc.constantFrom(...RECORD_TYPES, 'else'), { maxLength: 3 }),
    ...{ otherRecords: word, from: date, to: date, isPsychotherapyNotes: flag },
    initials: fc.record({ hiv: word, genetic: word }),
  }),
  delivery: fc.record({ formats: fc.array(fc.constantFrom(...FORMATS, 'else'), { maxLength: 3 }), isUnencryptedAccepted: flag }),
  terms: fc.record({ purpose: fc.constantFrom(...PURPOSES, '', 'else'), otherPurpose: word, expiresOn: date, expiresWith: word }),
  signature: fc.record({
    ...{ way: fc.constantFrom('typed', 'drawn', 'later', '', 'else'), typedName: word, isAgreed: flag },
    strokes: fc.constantFrom('', '[]', '[[[1,1],[2,2]]]', '[[[1,1],[9999,2]]]', '{', JSON.stringify([Array(5000).fill([1, 1])])),
  }),
}

/** Every problem of that step that random forms run into, as 'field reason'. */
function problemsOf<Step extends RequestStep>(step: Step): Set<string> {
  const found = new Set<string>()
  const property = fc.property(forms[step], fc.constantFrom<FormKind>('access', 'authorization'), flag, (form, kind, isThere) => {
    const provider = isThere ? { slug: 'clinic', name: 'Sample Clinic' } : null
    const judged = judgeStep(step, form, { content: blankForm(kind), today: '2026-11-26', provider })
    for (const { field, reason } of judged.kind === 'problems' ? judged.problems : []) found.add(`${field} ${reason}`)
  })
  fc.assert(property, { numRuns: 3000, seed: 4 })
  return found
}

for (const step of STEPS) {
  t.test(`all that can be wrong in the step ${step} has its own words`, async (t) => {
    const found = problemsOf(step)
    t.ok(found.size >= (step === 'delivery' ? 1 : 4), [...found].join(', '))
    for (const each of found) {
      const [field = '', reason = ''] = each.split(' ')
      const [problem] = inWords(text, step, [{ field, reason: reason as 'missing' }])
      t.ok(PROBLEMS[step][field], `${each}: a field of the page`)
      t.not(problem?.text, OTHER, each)
    }
  })
}
