// The requests desk over a real store, beside a real intake and post, with PDFs on paper: their bytes say what they were made of.

import type { Test } from 'tap'
import { personOf } from '../../src/accounts/preferences.js'
import type { AwaitedRequests } from '../../src/awaited-request.js'
import { requestMailbox } from '../../src/intake/provider-mailbox.js'
import type { FormKind, RequestStep, StepForms, TypedDate } from '../../src/requests/desk.js'
import { createRequests, type Requests } from '../../src/requests/requests.js'
import { FORM_MAIL } from '../../src/requests/sending.js'
import type { FormPdfs, RequestTools } from '../../src/requests/tools.js'
import type { Tables } from '../../src/store/store.js'
import { type Bench, makeBench } from '../support/desk.js'

export const DAY = 86_400_000
export const BLANK_DAY: TypedDate = { day: '', month: '', year: '' }
export const MAILBOX = 'charts@clinic.example'

export interface RequestWorld extends Bench {
  readonly desk: Requests
  readonly tools: RequestTools
  /** Thrown by the craft of PDFs while it is set. */
  readonly broken: { error: Error | null }
}

export async function newRequestWorld(
  t: Test,
  { pdfs, ...change }: Parameters<typeof makeBench>[1] & { readonly pdfs?: FormPdfs } = {},
): Promise<RequestWorld> {
  const later: { awaited: AwaitedRequests<Tables> | null } = { awaited: null }
  const awaited = (): AwaitedRequests<Tables> => {
    if (!later.awaited) throw new Error('asked too early')
    return later.awaited
  }
  const requests: AwaitedRequests<Tables> = {
    find: (...about) => awaited().find(...about),
    answered: (...about) => awaited().answered(...about),
    reopen: (...about) => awaited().reopen(...about),
  }
  const bench = await makeBench(t, { requests, ...change, provider: { receiptsTo: MAILBOX, ...change.provider } })
  const { store, post, options } = bench
  const broken: RequestWorld['broken'] = { error: null }
  const tools: RequestTools = {
    ...{ store, clock: bench.clock, log: options.log, texts: options.texts, pdfs: pdfs ?? paperPdfs(broken) },
    queueMail: (tables, mail) => post.queueMail(tables, mail),
    queueForm: (tables, id, key) => post.queueWritten(tables, FORM_MAIL, id, key),
    personOf: (consumer) => personOf(consumer, store.keyring),
    providerMailbox: requestMailbox,
    ...{ publicUrl: () => 'http://site.test', operatorName: 'Operator', intakeDomain: 'intake.localhost' },
  }
  const desk = createRequests(tools)
  later.awaited = desk.awaited
  post.entrust(FORM_MAIL, desk.formMails)
  return { ...bench, desk, tools, broken }
}

function paperPdfs(broken: RequestWorld['broken']): FormPdfs {
  const paper = (kind: string) => async (about: unknown, language: string, at: number) => {
    if (broken.error) throw broken.error
    return Buffer.from(`%PDF-1.4 ${JSON.stringify({ kind, language, at, about })}`)
  }
  return { form: paper('form'), copy: paper('form'), reminder: paper('reminder'), revocation: paper('revocation') }
}

/** What a paper PDF was made of. */
export function readPaper(bytes: Buffer | undefined) {
  return JSON.parse(bytes?.toString().slice('%PDF-1.4 '.length) ?? 'null')
}

export const day = (text: string): TypedDate => {
  const [year = '', month = '', date = ''] = text.split('-')
  return { day: date, month, year }
}

/** Each step, filled in well. */
export const FILLED: StepForms = {
  person: {
    ...{ name: 'Maria Sample', otherNames: '', bornOn: day('1980-03-27'), postalAddress: '1 Sample Street\nSampletown', phone: '' },
    ...{ recordNumber: '', representativeName: '', representativeAuthority: '' },
  },
  provider: { slug: 'clinic', name: '', postalAddress: '', fax: '' },
  records: {
    ...{ records: ['visits', 'imaging'], otherRecords: '', from: BLANK_DAY, to: BLANK_DAY, initials: {}, isPsychotherapyNotes: false },
  },
  delivery: { formats: ['pdf'], isUnencryptedAccepted: false },
  terms: { purpose: 'care', otherPurpose: '', expiresOn: BLANK_DAY, expiresWith: '' },
  signature: { way: 'typed', typedName: 'Maria Sample', strokes: '', isAgreed: true },
}

/** Saves one step as filled in, with changes; throws unless it is saved. */
export async function fill<Step extends RequestStep>(
  { desk, consumerId }: RequestWorld,
  number: string,
  step: Step,
  change: Partial<StepForms[Step]> = {},
): Promise<void> {
  const outcome = await desk.save(consumerId, number, step, { ...FILLED[step], ...change })
  if (outcome.kind !== 'saved') throw new Error(`${step} not saved: ${JSON.stringify(outcome)}`)
}

/** A draft with every step filled in; its number. */
export async function filled(
  world: RequestWorld,
  kind: FormKind = 'access',
  change: { readonly [Step in RequestStep]?: Partial<StepForms[Step]> } = {},
): Promise<string> {
  const number = await world.desk.begin(world.consumerId, kind)
  if (number === null) throw new Error('no room for a request')
  await fill(world, number, 'person', change.person)
  await fill(world, number, 'provider', change.provider)
  await fill(world, number, 'records', change.records)
  await fill(world, number, 'delivery', change.delivery)
  await fill(world, number, 'terms', change.terms)
  await fill(world, number, 'signature', change.signature)
  return number
}

/** One that was sent by fax. */
export async function sent(world: RequestWorld, kind: FormKind = 'access', change: Parameters<typeof filled>[2] = {}): Promise<string> {
  const number = await filled(world, kind, change)
  const outcome = await world.desk.markSent(world.consumerId, number, 'faxed')
  if (outcome.kind !== 'sent') throw new Error(`not sent: ${outcome.kind}`)
  return number
}

/** An authorization that covers substance-use treatment. */
export const PART_2 = { records: { initials: { 'substance-use': 'MS' } } } as const

export async function viewOf({ desk, consumerId }: RequestWorld, number: string) {
  const view = await desk.view(consumerId, number)
  if (!view) throw new Error('no such request')
  return view
}

/** The acts on record about requests, in their order. */
export async function acts({ store }: Bench): Promise<string[]> {
  return store.database.read('events').where('kind', 'like', 'request-%').orderByRaw('rowid').pluck('kind')
}
