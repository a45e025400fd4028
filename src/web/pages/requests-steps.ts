// Filling in a form: one page a step. Each saves what it holds, and shows what was typed where something has to be mended.

import { notFound } from '@hapi/boom'
import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import { EXPIRY_DAYS, FORMATS, PURPOSES, RECORD_TYPES, SENSITIVE } from '../../documents/forms/content.js'
import { formatRequestNumber } from '../../request-number.js'
import { type RequestStep, type RequestsDesk, type RequestView, type StepForms, stepsOf } from '../../requests/desk.js'
import { type App, field, type PageOptions, param, query, seeOther } from '../app.js'
import { ownedRequest } from './own-request.js'
import { signatureOf } from './requests-about.js'
import { formatChoices, savedStep, typedStep } from './requests-fields.js'
import { inWords } from './requests-problems.js'

const PATH = '/forms/{number}/{step}'

export function requestStepsRoutes(app: App, desk: RequestsDesk): ServerRoute[] {
  const owned = ownedRequest(app, desk)
  return [
    { method: 'GET', path: PATH, handler: owned((view, _consumerId, request, h) => show(app, view, request, h)) },
    { method: 'POST', path: PATH, handler: owned((view, consumerId, request, h) => save(app, desk, view, consumerId, request, h)) },
  ]
}

/** The step that the path names; undefined: there is no such step to fill in, or not any more. */
function stepOf({ kind, state }: RequestView, request: Request): RequestStep | undefined {
  return state === 'draft' ? stepsOf(kind).find((each) => each === param(request, 'step')) : undefined
}

async function show(app: App, view: RequestView, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const step = stepOf(view, request)
  if (!step) return seeOther(h, `/forms/${view.number}`)
  return stepPage(app, request, h, { view, step, form: savedStep[step](view.content), isChange: query(request, 'change') === '1' })
}

interface Shown {
  readonly view: RequestView
  readonly step: RequestStep
  readonly form: StepForms[RequestStep]
  /** She came from the page with all answers, and goes back there. */
  readonly isChange: boolean
}

async function stepPage(app: App, request: Request, h: ResponseToolkit, shown: Shown, options: PageOptions = {}): Promise<ResponseObject> {
  const { view, step, form, isChange } = shown
  const t = app.t(request)
  const steps = stepsOf(view.kind)
  const place = steps.indexOf(step)
  const before = steps[place - 1]
  const here = `/forms/${view.number}`
  const context = {
    ...{ step, form, isChange, content: view.content, action: `${here}/${step}`, check: here },
    shownNumber: formatRequestNumber(view.number),
    caption: t('requests.step.of', { number: place + 1, count: steps.length }),
    back: isChange ? here : before ? `${here}/${before}` : '/forms',
    ...(await choicesOf(app, step)),
    formats: 'formats' in form ? formatChoices(form.formats) : [],
    signature: view.content.signature && signatureOf(t, app.words(request), view.content),
    nextYear: new Date(app.now()).getUTCFullYear() + 1,
    expiryDays: EXPIRY_DAYS,
  }
  return app.page(request, h, 'requests-step', context, options)
}

async function choicesOf(app: App, step: RequestStep) {
  const providers = step === 'provider' ? await app.deps.accounts.providers() : []
  return { providers, recordTypes: RECORD_TYPES, sensitive: SENSITIVE, formatTypes: FORMATS, purposes: PURPOSES }
}

async function save(
  app: App,
  desk: RequestsDesk,
  view: RequestView,
  consumerId: string,
  request: Request,
  h: ResponseToolkit,
): Promise<ResponseObject> {
  const step = stepOf(view, request)
  if (step) return saveStep(app, desk, consumerId, request, h, view, step)
  return seeOther(h, view.state === 'draft' ? `/forms/${view.number}` : tooLate(view))
}

/** It was sent from another window, or answered, while she wrote: she is told that nothing of it was kept. */
function tooLate({ number }: RequestView): string {
  return `/forms/${number}?done=not`
}

async function saveStep<Step extends RequestStep>(
  app: App,
  desk: RequestsDesk,
  consumerId: string,
  request: Request,
  h: ResponseToolkit,
  view: RequestView,
  step: Step,
): Promise<ResponseObject> {
  const form = typedStep[step](request)
  const isChange = field(request, 'change') === '1'
  const outcome = await desk.save(consumerId, view.number, step, form)
  switch (outcome.kind) {
    case 'not-found':
      throw notFound()
    case 'not-draft':
      return seeOther(h, tooLate(view))
    case 'problems': {
      const problems = inWords(app.t(request), step, outcome.problems)
      return stepPage(app, request, h, { view, step, form, isChange }, { status: 422, problems })
    }
    case 'saved':
      if (field(request, 'go') === 'later') return seeOther(h, `/forms?saved=${view.number}`)
      return seeOther(h, isChange || outcome.next === 'check' ? `/forms/${view.number}` : `/forms/${view.number}/${outcome.next}`)
  }
}
