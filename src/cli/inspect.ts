// hepoex inspect: what intake would make of a message, without sending anything anywhere and without touching the data folder.

import { readFile } from 'node:fs/promises'
import type { Workshop } from '../documents/workshop/workshop.js'
import { TEXTS } from '../folders.js'
import { type CollectedDocument, collect } from '../intake/collect.js'
import { because, type Disposition, outcomeOf, type Reason, replyFor } from '../intake/disposition.js'
import { missesFax } from '../intake/fax.js'
import { checkForm } from '../intake/form.js'
import { numbersOnPages } from '../intake/page-numbers.js'
import { namesNobody, routeByPages, routeTo } from '../intake/route.js'
import { isFaxSender, isRegistered } from '../intake/trust.js'
import { canonicalAddress, findAddresses } from '../mail/address.js'
import type { Message } from '../mail/envelope.js'
import { parseMessage, UnparsableError } from '../mail/message.js'
import { makeWorkshop } from '../service/parts.js'
import type { Provider } from '../store/providers.js'
import type { Store } from '../store/store.js'
import { loadTexts } from '../texts.js'
import { type Command, type ExitCode, type Given, type Io, Refusal, text } from './command.js'
import { withStore } from './provider.js'

interface Inspection {
  from: string | null
  subject: { ids: string[] }
  documents: Array<{ name: string; mediaType: string; bytes: number; sha256: string; origin: string; part: string }>
  disposition: { outcome: string; reason: string; reply: string }
  /** Lost content. */
  notes: Array<{ part: string; reason: string }>
  /** What is whole although other programs would lose it; absent where there is none. */
  recovered?: Array<{ part: string; detail: string }>
}

export const inspectCommand: Command = {
  name: 'inspect',
  summary: 'Says what intake would make of the content of each message.',
  usage: 'FILE.eml… [--provider SLUG]',
  options: { provider: { type: 'string' } },
  positionals: { least: 1, most: 100_000 },
  help: [
    '  FILE.eml          a message as it came over the wire; again for each',
    '  --provider SLUG   judge sender and consumer too, by the service’s data (SPF and DKIM are not looked up)',
  ],
  async run(io, given, config) {
    const slug = text(given, 'provider')
    if (slug === null) return inspectAll(io, given, null)
    return withStore(config(), async (store) => inspectAll(io, given, { store, provider: await providerOf(store, slug) }))
  },
}

/** By whose data sender and consumer are judged too. */
interface Desk {
  readonly store: Store
  readonly provider: Provider
}

async function providerOf(store: Store, slug: string): Promise<Provider> {
  const provider = await store.read.providers.bySlug(slug.toLowerCase())
  if (!provider) throw new Refusal('there is no provider with that slug: "hepoex provider list" shows them')
  return provider
}

/** A file that can't be read keeps none of the others from being looked at. */
async function inspectAll(io: Io, given: Given, desk: Desk | null): Promise<ExitCode> {
  let worst: ExitCode = 0
  const workshop = makeWorkshop()
  try {
    for (const file of given.positionals) {
      const bytes = await readFile(file).catch(() => null)
      if (bytes) {
        const inspection = await inspect(bytes, desk, workshop)
        if (given.values.json) io.out(JSON.stringify(inspection))
        else for (const line of inWords(file, inspection)) io.out(line)
      } else {
        io.err(`hepoex inspect: cannot read ${file}`)
        worst = 1
      }
    }
  } finally {
    workshop.close()
  }
  return worst
}

async function inspect(bytes: Buffer, desk: Desk | null, workshop: Workshop): Promise<Inspection> {
  try {
    const message = await parseMessage([bytes])
    const documents = await collect(message, workshop)
    const disposition = checkForm(message) ?? (desk && (await judgeFor(message, desk, documents, workshop))) ?? firstDefect(message)
    return describe(message, documents, disposition ?? ('reason' in documents ? documents : because('accepted')))
  } catch (error) {
    if (!(error instanceof UnparsableError)) throw error
    const notes = [{ part: '', reason: 'malformed-message' }]
    return { from: null, subject: { ids: [] }, documents: [], disposition: spoken(because('malformed-message', error.detail)), notes }
  }
}

function firstDefect({ defects }: Message): Disposition | null {
  return defects[0] ? because(defects[0].reason, defects[0].detail) : null
}

async function judgeFor(
  message: Message,
  { store, provider }: Desk,
  documents: readonly CollectedDocument[] | Disposition,
  workshop: Workshop,
): Promise<Disposition | null> {
  const from = canonicalAddress(message.from[0]?.address ?? '')
  const isFax = from !== null && isFaxSender(provider, from)
  if (from === null || (!isFax && !isRegistered(provider, from))) return because('sender-not-registered')
  const named = await routeTo(store.read, message, null, Date.now())
  if ('reason' in named && !namesNobody(named)) return named
  const faxless = isFax ? missesFax(message, documents) : null
  if (faxless) return faxless
  if ('reason' in documents) return documents
  if (!isFax && !namesNobody(named)) return null
  const consumer = await routeByPages(store.read, (await numbersOnPages(workshop, documents)).postboxes, named, Date.now())
  return 'reason' in consumer ? consumer : null
}

function describe(message: Message, documents: Awaited<ReturnType<typeof collect>>, disposition: Disposition): Inspection {
  const listed = 'reason' in documents ? [] : documents
  return {
    from: canonicalAddress(message.from[0]?.address ?? ''),
    subject: { ids: findAddresses(message.subject) },
    documents: listed.map(({ name, mediaType, bytes, sha256, origin, part }) => ({
      name,
      mediaType,
      bytes: bytes.length,
      sha256,
      origin,
      part,
    })),
    disposition: spoken(disposition),
    notes: message.defects.map(({ part, reason }) => ({ part, reason })),
    ...(message.notes.length > 0 && { recovered: message.notes.map(({ part, detail }) => ({ part, detail })) }),
  }
}

function spoken({ reason }: { reason: Reason }): Inspection['disposition'] {
  const said = replyFor(reason, loadTexts(TEXTS).in('en'), { intakeNumber: 'NUMBER', megabytes: 37 })
  return { outcome: outcomeOf(reason), reason, reply: `${said.replyCode} ${said.enhancedCode} ${said.text}` }
}

function inWords(file: string, { from, subject, documents, disposition, notes, recovered = [] }: Inspection): string[] {
  return [
    file,
    `  from      ${from ?? 'nobody'}`,
    `  HePoEx id ${subject.ids.join(', ') || 'none'}`,
    ...documents.map(({ name, mediaType, bytes, part }) => `  document  ${part}  ${mediaType}  ${bytes} bytes  ${name}`),
    ...notes.map(({ part, reason }) => `  note      ${part || 'message'}  ${reason}`),
    ...recovered.map(({ part, detail }) => `  recovered ${part || 'message'}  ${detail}`),
    `  ${disposition.outcome}: ${disposition.reason} (${disposition.reply})`,
  ]
}
