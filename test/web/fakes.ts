// The web door with desks made of paper: each test says what a desk answers, and reads what it was asked.

import { existsSync } from 'node:fs'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { buildCss, publicFolder } from '../../scripts/build-css.mjs'
import type { Account, AccountsDesk, ListedProvider, PreferencesOutcome, SetOutcome, SignInOutcome } from '../../src/accounts/desk.js'
import type { AddOutcome, ListedPasskey, OidcOutcome, OidcStart, PasskeyOutcome, ToAdd } from '../../src/accounts/ways.js'
import { SECOND } from '../../src/clock.js'
import type { ManifestDocument } from '../../src/hip/manifest.js'
import type { AssignOutcome, HeldDesk, HeldEntry } from '../../src/intake/held-desk.js'
import { type Log, silentLog } from '../../src/log.js'
import type { Overview } from '../../src/overview/desk.js'
import type {
  AnswerOutcome,
  CodeOutcome,
  PackageEntry,
  PackageList,
  QuestionOutcome,
  Records,
  RetrievalDesk,
} from '../../src/retrieval/desk.js'
import { createTemplates } from '../../src/templates.js'
import { loadTexts, type Texts } from '../../src/texts.js'
import type { WebDeps, WebSettings } from '../../src/web/deps.js'
import { createWebServer } from '../../src/web/server.js'
import { type LifeWorld, lifeDesk, newLifeWorld } from './life-fakes.js'
import { journalFake, type LogWorld, newLogWorld } from './log-fakes.js'
import { newOverview } from './overview-fakes.js'
import { newRequestsWorld, type RequestsWorld, requestsDesk } from './requests-fakes.js'

export const NOW = Date.UTC(2026, 10, 22, 14, 5)
export const NUMBER = 'ABCD2345EFGH'
/** Fails the Luhn check, as real codes do. */
export const CODE = '4821007391556241'
export const ANSWER = 'the blue kettle in the rain'

const top = fileURLToPath(new URL('../..', import.meta.url))
export const templateFolder = `${top}templates`
export const libraryFolder = `${top}node_modules/nhsuk-frontend/dist`

if (!existsSync(`${publicFolder}/log.js`)) await buildCss()

export const texts = loadTexts(`${templateFolder}/texts`)
export const t = texts.in('en')

/** What the paper desks answer next, and what they were asked. */
export interface World {
  life: LifeWorld
  requests: RequestsWorld
  log: LogWorld
  asked: string[]
  code: CodeOutcome
  question: QuestionOutcome
  answer: AnswerOutcome
  records: Records | null
  /** Of a document, the ZIP and the sealed file; these two have no index, -1. */
  documentStream: (index: number) => Readable
  /** Of a document's copy or thumbnail, and of records.pdf. */
  copyStream: (what: 'copy' | 'thumbnail' | 'readable', index: number) => Readable
  deleted: boolean
  /** The new expiry. */
  extended: number | null
  packages: PackageList
  account: Account | null
  providers: ListedProvider[]
  signIn: SignInOutcome
  ask: Awaited<ReturnType<AccountsDesk['askSignIn']>>
  set: SetOutcome
  preferences: PreferencesOutcome
  cancelled: boolean
  /** Whether the site's address lets passkeys work. */
  passkeysOffered: boolean
  passkeys: ListedPasskey[]
  passkey: PasskeyOutcome
  toAdd: ToAdd
  added: AddOutcome['kind']
  removed: boolean
  /** Null: no provider. */
  oidc: { readonly name: string; start: OidcStart; finish: OidcOutcome } | null
  held: HeldEntry[]
  overview: Overview
  assigned: AssignOutcome
  page: Awaited<ReturnType<HeldDesk['look']>>
  /** Whether forms come too fast: until when. */
  postWait: number | null
  ready: boolean
  /** Makes the desk throw. */
  broken: Error | null
}

export function document(name: string, mediaType: string, bytes: number): ManifestDocument {
  return {
    file: `documents/${name}`,
    name,
    sentName: name,
    mediaType,
    bytes,
    sha256: '00'.repeat(32),
    origin: 'mime',
    part: '2',
    role: 'attachment',
  }
}

export const CONTENT = Buffer.from('%PDF-1.4 a small sample')

export function newWorld(): World {
  const day = 86_400 * SECOND
  return {
    life: newLifeWorld(NOW),
    requests: newRequestsWorld(NOW),
    log: newLogWorld(NOW),
    asked: [],
    code: { kind: 'question', ticket: { packageId: 'p1', codeSecret: Buffer.alloc(32, 7).toString('base64'), until: NOW + 600 * SECOND } },
    question: {
      kind: 'question',
      question: 'What stood on the stove that night, and what was the weather?',
      triesLeft: 10,
      waitUntil: null,
    },
    answer: { kind: 'opened', pass: { id: 's1', key: Buffer.alloc(32, 9).toString('base64') } },
    records: {
      number: NUMBER,
      providerName: 'Sample Clinic',
      fax: null,
      receivedAt: NOW - day,
      expiresAt: NOW + 29 * day,
      extendsTo: NOW + 59 * day,
      firstOpenedAt: NOW - 3600 * SECOND,
      lastOpenedAt: NOW - 3600 * SECOND,
      documents: [
        document('Blood test results.pdf', 'application/pdf', CONTENT.length),
        document('Fax of March 3.tiff', 'image/tiff', 1_234_567),
        document(
          'Brief für Frau Łuczak – "Übersicht".docx',
          'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
          45_678,
        ),
        document('letter.html', 'text/html', 4321),
      ],
      readable: null,
      zipBytes: 2_345_678,
      sealedBytes: 2_346_000,
      passphrase: `hepoex1-${'abcdefghijklmnopqrstuvwxyz234567'.repeat(2).slice(0, 52)}`,
      idleUntil: NOW + 900 * SECOND,
      endsAt: NOW + 3600 * SECOND,
    },
    documentStream: () => Readable.from([CONTENT.subarray(0, 8), CONTENT.subarray(8)]),
    copyStream: () => Readable.from([CONTENT]),
    deleted: true,
    extended: NOW + 59 * day,
    packages: { entries: [packageEntry()], isMore: false },
    account: {
      role: 'consumer',
      id: 'c1',
      address: 'maria@example.org',
      language: 'en',
      postboxNumber: 'K7M2QX9DP',
      signedInAt: NOW,
      question: 'set',
      answerState: 'ok',
      reset: null,
      preferences: { timeZone: null, showProvider: false, person: { name: '', postalAddress: '' } },
    },
    providers: [{ slug: 'clinic', name: 'Sample Clinic', fax: '+1 555 010 0199' }],
    signIn: { kind: 'signed-in', session: 'session-1', role: 'consumer', language: 'en' },
    ask: { kind: 'sent' },
    set: { kind: 'set' },
    preferences: { kind: 'saved' },
    cancelled: true,
    passkeysOffered: true,
    passkeys: [{ id: 'm1', name: 'my phone', createdAt: NOW - day, lastUsedAt: null }],
    passkey: { kind: 'signed-in', session: 'session-p', role: 'consumer', language: 'en' },
    toAdd: { kind: 'ask', ask: { options: '{"challenge":"add"}', origin: 'http://localhost' } },
    added: 'added',
    removed: true,
    oidc: null,
    held: [heldEntry()],
    overview: newOverview(NOW),
    assigned: 'assigned',
    page: Buffer.from('89504e470d0a1a0a', 'hex'),
    postWait: null,
    ready: true,
    broken: null,
  }
}

export function packageEntry(change: Partial<PackageEntry> = {}): PackageEntry {
  const day = 86_400 * SECOND
  return {
    ...{ number: NUMBER, providerName: null, documents: 3, receivedAt: NOW - day, expiresAt: NOW + 29 * day, extendsTo: NOW + 59 * day },
    ...{ lastOpenedAt: null, ended: null },
    ...change,
  }
}

export function heldEntry(change: Partial<HeldEntry> = {}): HeldEntry {
  return {
    ...{
      id: 'held-1',
      intakeNumber: '20261122-K7M2QXAB',
      providerName: 'Sample Clinic',
      reason: 'no-id',
      documents: 2,
      pages: 5,
      bytes: 48_000,
    },
    ...{ receivedAt: NOW - 3600 * SECOND, expiresAt: NOW + 14 * 86_400 * SECOND, isAssigned: false },
    ...change,
  }
}

/** Notes what was asked, and gives the answer. */
function asker(world: World) {
  return <Value>(line: string, value: Value): Value => {
    world.asked.push(line)
    if (world.broken) throw world.broken
    return value
  }
}

function retrievalDesk(world: World): RetrievalDesk {
  const ask = asker(world)
  const download = (name: string) => (world.records ? { stream: world.documentStream(-1), bytes: CONTENT.length, name } : null)
  return {
    enterCode: async (number, code, peer) => ask(`enterCode ${number} ${code} ${peer}`, world.code),
    question: async (ticket) => ask(`question ${ticket.packageId}`, world.question),
    enterAnswer: async (ticket, answer, peer) => ask(`enterAnswer ${ticket.packageId} ${answer} ${peer}`, world.answer),
    records: async (pass) => ask(`records ${pass.id}`, world.records),
    document: async (pass, index) => {
      const found = ask(`document ${pass.id} ${index}`, world.records?.documents[index])
      return found ? { document: found, stream: world.documentStream(index) } : null
    },
    copy: async (pass, index) => {
      const found = ask(`copy ${pass.id} ${index}`, world.records?.documents[index])
      if (found?.copy?.kind !== 'html') return null
      return { document: found, stream: world.copyStream('copy', index), bytes: found.copy.bytes, mediaType: 'text/html' }
    },
    thumbnail: async (pass, index) => {
      const found = ask(`thumbnail ${pass.id} ${index}`, world.records?.documents[index])
      return found?.thumbnail ? { document: found, stream: world.copyStream('thumbnail', index), ...found.thumbnail } : null
    },
    readable: async (pass) => {
      const found = ask(`readable ${pass.id}`, world.records?.readable)
      return found ? { stream: world.copyStream('readable', 0), bytes: found.bytes, name: 'health-records.pdf' } : null
    },
    zip: async (pass) => ask(`zip ${pass.id}`, download('records.zip')),
    sealedFile: async (pass) => {
      const found = ask(`sealedFile ${pass.id}`, download('records.zip.age'))
      return found && { ...found, passphrase: world.records?.passphrase ?? '' }
    },
    deleteNow: async (pass) => ask(`deleteNow ${pass.id}`, world.deleted),
    extend: async (pass) => ask(`extend ${pass.id}`, world.extended),
    notMine: async (pass) => ask(`notMine ${pass.id}`, world.deleted),
    packages: async (consumerId) => ask(`packages ${consumerId}`, world.packages),
    extendOwn: async (consumerId, number) => ask(`extendOwn ${consumerId} ${number}`, world.extended),
    signOut: async (pass) => ask(`signOut ${pass.id}`, undefined),
  }
}

function heldDesk(world: World): HeldDesk {
  const ask = asker(world)
  const live = (id: string) => world.held.find((each) => each.id === id) ?? null
  return {
    list: async () => ask('held.list', world.held),
    count: async () => world.held.length,
    byId: async (id) => ask(`held.byId ${id}`, live(id)),
    assign: async (id, to, { actor, why }) => ask(`held.assign ${id} ${to} ${actor} ${why}`, live(id) ? world.assigned : 'gone'),
    refuse: async (id, { actor, why }) => ask(`held.refuse ${id} ${actor} ${why}`, live(id) !== null),
    look: async (id, { actor, why }) => ask(`held.look ${id} ${actor} ${why}`, live(id) ? world.page : null),
  }
}

function accountsDesk(world: World): AccountsDesk {
  const ask = asker(world)
  return {
    passkeys: {
      toSignIn: async (browser) =>
        world.passkeysOffered ? { options: `{"challenge":"${browser.length}"}`, origin: 'http://localhost' } : null,
      signIn: async (response, browser, peer) => ask(`passkeys.signIn ${response} ${browser.length} ${peer}`, world.passkey),
      list: async () => ({ isOffered: world.passkeysOffered, passkeys: world.passkeys }),
      toAdd: async () => world.toAdd,
      add: async (session, browser, { response, name }) =>
        ask(`passkeys.add ${session} ${browser.length} ${response} ${name}`, { kind: world.added }),
      remove: async (session, id) => ask(`passkeys.remove ${session} ${id}`, world.removed),
    },
    oidc: world.oidc && {
      name: world.oidc.name,
      start: async () => world.oidc?.start ?? { kind: 'unreachable', detail: 'none' },
      finish: async (search, { state }, { peer, language }) =>
        ask(`oidc.finish ${search} ${state} ${peer} ${language}`, world.oidc?.finish ?? { kind: 'over' }),
    },
    life: lifeDesk(world.life, ask),
    takePost: async () => world.postWait,
    providers: async () => world.providers,
    askSignIn: async (address, browser, peer, language, role) =>
      ask(`askSignIn ${address} ${browser.length} ${peer} ${language} ${role}`, world.ask),
    byCode: async (code, _browser, address, peer) => ask(`byCode ${code} ${address} ${peer}`, world.signIn),
    byLink: async (token) => ask(`byLink ${token}`, world.signIn),
    account: async (session) => ask(`account ${session}`, world.account),
    isSignedIn: async () => world.account !== null,
    signOut: async (session) => ask(`signOut ${session}`, undefined),
    savePreferences: async (session, form) => ask(`savePreferences ${session} ${JSON.stringify(form)}`, world.preferences),
    setQuestion: async (session, form) => ask(`setQuestion ${session} ${JSON.stringify(form)}`, world.set),
    startReset: async (session) => ask(`startReset ${session}`, { kind: 'started', effectiveAt: NOW }),
    cancelReset: async (token) => ask(`cancelReset ${token}`, world.cancelled),
    finishReset: async (session, form) => ask(`finishReset ${session} ${JSON.stringify(form)}`, world.set),
  }
}

export const settings: WebSettings = {
  host: '127.0.0.1',
  port: 0,
  tls: null,
  publicUrl: null,
  intakeDomain: 'intake.example.org',
  operator: { name: 'Sample Postbox Company', email: 'help@example.org', phone: '+1 555 0100', fax: '' },
  trustedProxies: [],
  packageDays: 30,
  maxMessageBytes: 52_428_800,
}

export interface Options {
  settings?: Partial<WebSettings>
  outgoing?: WebDeps['outgoing']
  metrics?: WebDeps['metrics']
  log?: Log
  /** Our own catalogue unless given. */
  texts?: Texts
  now?: () => number
  bounds?: WebDeps['bounds']
  live?: WebDeps['live']
}

/** A web door over `world`. Not listening. */
export function webServer(world: World, options: Options = {}) {
  return createWebServer({
    settings: { ...settings, ...options.settings },
    retrieval: retrievalDesk(world),
    accounts: accountsDesk(world),
    held: heldDesk(world),
    journal: journalFake(world.log, asker(world)),
    overview: { look: async () => asker(world)('overview.look', world.overview) },
    requests: requestsDesk(world.requests, asker(world)),
    templates: createTemplates([templateFolder, libraryFolder], options.texts ?? texts),
    templateFolder,
    texts: options.texts ?? texts,
    publicFolder,
    cookieKey: Buffer.alloc(32, 3),
    clock: { now: options.now ?? (() => NOW) },
    log: options.log ?? silentLog,
    readiness: async () => ({ ready: world.ready, reasons: world.ready ? [] : ['mail-door'] }),
    ...(options.outgoing && { outgoing: options.outgoing }),
    ...(options.bounds && { bounds: options.bounds }),
    ...(options.live && { live: options.live }),
    ...(options.metrics && { metrics: options.metrics }),
  })
}

export type WebServer = Awaited<ReturnType<typeof webServer>>
export type Answer = Awaited<ReturnType<WebServer['inject']>>

/** A visitor's browser: keeps cookies, fills in the hidden field of forms. */
export class Visitor {
  readonly cookies = new Map<string, string>()
  readonly #server: WebServer

  constructor(server: WebServer) {
    this.#server = server
  }

  async get(url: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET'): Promise<Answer> {
    return this.#keep(await this.#server.inject({ method, url, headers: { ...headers, ...this.#header() } }))
  }

  /** Posts a form with the hidden field that a page before gave; `crumb` overrides it. A list is sent as a field for each of its values. */
  async post(url: string, form: Record<string, string | readonly string[]>, headers: Record<string, string> = {}): Promise<Answer> {
    if (![...this.cookies.keys()].some((name) => name.endsWith('crumb'))) await this.get('/sign-in')
    const crumb = [...this.cookies].find(([name]) => name.endsWith('crumb'))?.[1] ?? ''
    const pairs = Object.entries({ crumb, ...form }).flatMap(([name, value]) =>
      [value].flat().map((each) => [name, each] as [string, string]),
    )
    const payload = new URLSearchParams(pairs).toString()
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    return this.#keep(await this.#server.inject({ method: 'POST', url, payload, headers: { ...type, ...headers, ...this.#header() } }))
  }

  #header(): Record<string, string> {
    return this.cookies.size > 0 ? { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') } : {}
  }

  #keep(answer: Answer): Answer {
    for (const line of setCookies(answer)) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/Max-Age=0/.test(line)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return answer
  }
}

export function setCookies(answer: Answer): string[] {
  const lines = answer.headers['set-cookie'] ?? []
  return Array.isArray(lines) ? lines : [lines]
}

/** A visitor with the records open. */
export async function opened(server: WebServer): Promise<Visitor> {
  const visitor = new Visitor(server)
  await visitor.post(`/open/${NUMBER}`, { code: CODE })
  await visitor.post(`/open/${NUMBER}/question`, { answer: ANSWER })
  return visitor
}

/** A visitor signed in as the world's account says. */
export async function signedIn(server: WebServer): Promise<Visitor> {
  const visitor = new Visitor(server)
  await visitor.post('/sign-in/link/token-1', {})
  return visitor
}
