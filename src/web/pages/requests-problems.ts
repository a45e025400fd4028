// What is wrong in a step of a form, in words that say how to mend it.

import type { RequestStep, StepProblem } from '../../requests/desk.js'
import type { Text } from '../../texts.js'
import type { Problem } from '../app.js'

type Reason = StepProblem['reason']

const DATE: readonly Reason[] = ['missing', 'no-date', 'no-day', 'future', 'past', 'too-far']
const TEXT: readonly Reason[] = ['missing', 'too-long']

/** All that can be wrong, by step and field: each has a text of its own, 'requests.problem.STEP.FIELD.REASON'. */
export const PROBLEMS: { readonly [Step in RequestStep]: Readonly<Record<string, readonly Reason[]>> } = {
  person: {
    name: TEXT,
    otherNames: ['too-long'],
    bornOn: DATE,
    postalAddress: TEXT,
    phone: [...TEXT, 'unknown'],
    recordNumber: ['too-long'],
    representativeName: TEXT,
    representativeAuthority: TEXT,
  },
  provider: {
    slug: ['missing', 'unknown', 'not-alone'],
    name: [...TEXT, 'not-alone'],
    postalAddress: TEXT,
    fax: [...TEXT, 'no-fax'],
  },
  records: {
    records: ['missing', 'unknown', 'not-alone'],
    otherRecords: TEXT,
    from: DATE,
    to: [...DATE, 'before-from'],
    initials: [...TEXT, 'unknown', 'not-alone'],
    isPsychotherapyNotes: ['not-alone'],
  },
  delivery: {
    formats: [...TEXT, 'unknown'],
    isUnencryptedAccepted: ['missing', 'not-agreed'],
  },
  terms: {
    purpose: ['missing', 'unknown'],
    otherPurpose: TEXT,
    expiresOn: [...DATE, 'not-alone'],
    expiresWith: [...TEXT, 'not-alone'],
  },
  signature: {
    way: ['missing', 'unknown'],
    typedName: TEXT,
    strokes: [...TEXT, 'no-strokes', 'unknown'],
    isAgreed: ['missing', 'not-agreed'],
  },
}

/** @param problems of that step, from the desk. What has no text of its own is said in general words. */
export function inWords(t: Text, step: RequestStep, problems: readonly StepProblem[]): Problem[] {
  return problems.map(({ field, reason }) => {
    const isKnown = Object.hasOwn(PROBLEMS[step], field) && PROBLEMS[step][field]?.includes(reason)
    return { field, text: t(isKnown ? `requests.problem.${step}.${field}.${reason}` : 'requests.problem.other') }
  })
}
