// Beginning a form and filling it in, step by step. Each step is judged and kept by itself: two windows lose nothing of each other but
// what both say about the same step, where the last one counts.

import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { blankForm, type FormContent, type FormKind } from '../documents/forms/content.js'
import { drawRequestNumber } from '../request-number.js'
import type { RequestRow } from '../store/requests.js'
import type { Tables } from '../store/store.js'
import { dayThere } from './days.js'
import { MOST_REQUESTS, type RequestStep, type SaveOutcome, STEPS, type StepForms, stepsOf } from './desk.js'
import { judgeStep } from './judge.js'
import { DRAFT_KEPT, hersByNumber, openKept, type RequestTools, sealKept } from './tools.js'

/** See RequestsDesk.begin. */
export async function begin(tools: RequestTools, consumerId: string, kind: FormKind): Promise<string | null> {
  const { store, clock } = tools
  const consumer = await store.read.consumers.byId(consumerId)
  if (!consumer) return null
  const blank = blankForm(kind)
  const content = { ...blank, person: { ...blank.person, ...tools.personOf(consumer) } }
  const id = randomUUID()
  const now = clock.now()
  const row: Omit<RequestRow, 'number'> = {
    ...{ id, consumerId, kind, providerId: null, state: 'draft', version: 1 },
    contentSealed: sealKept(store.keyring, id, { content, received: [], notAnswers: [] }),
    ...{ createdAt: now, updatedAt: now, keptUntil: now + DRAFT_KEPT },
    ...{ sentWay: null, sentAt: null, dueAt: null, answeredAt: null, answeredBy: null, remindedDays: null },
  }
  return store.write(async (tables) => {
    const isThere = (await tables.consumers.byId(consumerId)) !== null
    if (!isThere || (await tables.requests.of(consumerId)).length >= MOST_REQUESTS) return null
    for (;;) {
      const number = drawRequestNumber()
      if (await tables.requests.add({ ...row, number })) return number
    }
  })
}

/** See RequestsDesk.save. */
export async function save<Step extends RequestStep>(
  tools: RequestTools,
  about: { readonly consumerId: string; readonly number: string; readonly step: Step },
  form: StepForms[Step],
): Promise<SaveOutcome> {
  const { consumerId, number, step } = about
  return tools.store.write(async (tables) => {
    const row = await hersByNumber(tables, consumerId, number)
    const consumer = row && (await tables.consumers.byId(consumerId))
    if (!row || !consumer) return { kind: 'not-found' }
    if (row.state !== 'draft') return { kind: 'not-draft' }
    const kept = openKept(tools.store.keyring, row)
    const now = tools.clock.now()
    const provider = step === 'provider' ? await providerOf(tables, (form as StepForms['provider']).slug) : null
    const judged = judgeStep(step, form, { content: kept.content, today: dayThere(now, consumer.timeZone), provider })
    if (judged.kind === 'problems') return judged
    const content = step === 'signature' ? judged.content : withoutStaleSignature(kept.content, judged.content)
    const isKept = await tables.requests.change(row, {
      contentSealed: sealKept(tools.store.keyring, row.id, { ...kept, content }),
      ...(step === 'provider' && { providerId: provider?.id ?? null }),
      ...{ updatedAt: now, keptUntil: now + DRAFT_KEPT },
    })
    return isKept ? { kind: 'saved', next: stepAfter(row.kind, step) } : { kind: 'not-found' }
  })
}

function stepAfter(kind: FormKind, step: RequestStep): RequestStep | 'check' {
  const later = STEPS.slice(STEPS.indexOf(step) + 1)
  return stepsOf(kind).find((each) => later.includes(each)) ?? 'check'
}

async function providerOf(tables: Tables, slug: string) {
  const provider = slug === '' ? null : await tables.providers.bySlug(slug)
  return provider?.state === 'active' ? provider : null
}

/** What she signed is what she read then, and nothing else. */
function withoutStaleSignature(before: FormContent, after: FormContent): FormContent {
  return isDeepStrictEqual(before, after) ? after : { ...after, signature: null }
}
