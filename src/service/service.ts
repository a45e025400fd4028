// The service: builds each part once, hands it down, starts and stops it. Nothing else in the house knows how parts are made.

import { availableParallelism } from 'node:os'
import { createAccounts } from '../accounts/accounts.js'
import { accountLinks } from '../accounts/desk.js'
import { Certificates, type Served } from '../certificates.js'
import { HOUR, MINUTE } from '../clock.js'
import { type Config, isLoopbackHost } from '../config.js'
import type { Workshop } from '../documents/workshop/workshop.js'
import { PUBLIC, TEMPLATES } from '../folders.js'
import type { deriveAnswerKey } from '../hip/keys.js'
import { journalDesk } from '../intake/journal-desk.js'
import { Post, type PostOptions } from '../intake/post.js'
import { providerMailbox } from '../intake/provider-mailbox.js'
import type { Log } from '../log.js'
import type { Resolver } from '../mail/authenticate.js'
import type { Courier } from '../mail/courier.js'
import { listKept, readKept } from '../mail/outgoing.js'
import { createMetrics, type Metrics } from '../metrics.js'
import type { OverviewDesk } from '../overview/desk.js'
import type { Requests } from '../requests/requests.js'
import { packageRemoval } from '../retrieval/removal.js'
import { createRetrieval } from '../retrieval/retrieval.js'
import { type Round, Rounds } from '../rounds.js'
import { Semaphore } from '../semaphore.js'
import { openStore, type Store } from '../store/store.js'
import { readTlsPair } from '../tls-pair.js'
import { createWebServer, reloadTls } from '../web/server.js'
import { realWorld, type World } from '../world.js'
import { countedCourier, readGauges } from './gauges.js'
import { type OpenMailDoor, openMailDoor } from './mail-door.js'
import { makeOverview } from './overview.js'
import { explainStart, makeCourier, makeWorkshop, outgoingFolder, postOptions, siteOf } from './parts.js'
import { makeRequests } from './requests.js'
import { type WatchedStorage, watchStorage } from './storage.js'

export interface ServiceOptions {
  readonly config: Config
  readonly log: Log
  /** How long messages under way may take to finish when the service stops. */
  readonly graceMs?: number
  /** Tests look SPF, DKIM and DMARC up here instead of in the DNS. */
  readonly resolver?: Resolver
  /** Tests hand down a world that fails. */
  readonly world?: World
  /** Tests hand down one that fails; otherwise the relay or the trying-out folder. */
  readonly courier?: Courier
  /** From the final dot to the hand-off; 60 s if not given. */
  readonly deadlineMs?: number
  /** How long a passage may hold its transmission; LEASE_MS if not given. Longer than the courier may take. */
  readonly leaseMs?: number
  /** Codes that are drawn ahead, each for the price of a slow hash; see MintOptions. */
  readonly codesAhead?: number
  /** After a write that failed, how long until the disk is tried again; a minute if not given. */
  readonly storageWaitMs?: number
  /** Bytes of free space that are left alone; 200 MB if not given. */
  readonly diskFloor?: number
  /** Tests hand down one that copies nothing; otherwise workers in processes of their own. */
  readonly workshop?: Workshop
  /** Tests of what is decided hand down a quick one in place of the slow hash of answers. */
  readonly deriveAnswer?: typeof deriveAnswerKey
}

export interface Service {
  readonly smtpHost: string
  readonly smtpPort: number
  readonly smtpsPort: number | null
  readonly webUrl: string
  /** The folder mail goes to while no relay is set. */
  readonly tryingOut: string | null
  /** No provider is registered yet. */
  readonly isFirstStart: boolean
  readonly store: Store
  /** Reads the configured certificates again. A pair that can't be used leaves the old one in force, and an alert in the log. */
  reloadCertificates(): Promise<void>
  stop(): Promise<void>
}

const GRACE_MS = 30_000

const cores = () => Math.max(1, availableParallelism())

/** Opens the store and both doors. Rejects, with nothing left open, when anything it needs is missing. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { config, world } = options
  const store = await openStore({ mailboxes: config.mailboxes, keyFile: config.keyFile, ...(world && { world }) })
  const running = new Running(options, store)
  try {
    return await running.start()
  } catch (error) {
    await running.stop()
    throw explainStart(error, config)
  }
}

interface OpenWebDoor {
  readonly rounds: readonly Round[]
  readonly reloadWebTls: Served['apply']
}

/** The parts of one running service, and how they are stopped: the last one started first. */
class Running {
  readonly #config: Config
  readonly #options: ServiceOptions
  readonly #world: World
  readonly #store: Store
  readonly #storage: WatchedStorage
  readonly #metrics: Metrics
  readonly #log: Log
  readonly #stops: Array<() => unknown>
  readonly #hashes = new Semaphore(cores(), 64)
  #isStopping = false
  #isReady = false
  #site: string

  constructor(options: ServiceOptions, store: Store) {
    this.#options = options
    this.#config = options.config
    this.#world = options.world ?? realWorld
    this.#metrics = createMetrics(options.log)
    this.#log = this.#metrics.log
    this.#storage = watchStorage(store, { log: this.#log, clock: this.#world.clock, waitMs: options.storageWaitMs })
    this.#store = this.#storage.store
    this.#site = siteOf(options.config)
    this.#stops = [() => this.#storage.health.stop(), () => store.close()]
  }

  async start(): Promise<Service> {
    const config = this.#config
    const isFirstStart = (await this.#store.read.providers.list()).length === 0
    const { courier, workshop = makeWorkshop() } = this.#options
    this.#stops.unshift(() => workshop.close())
    const own = { clock: this.#world.clock, workshop, courier: countedCourier(courier ?? makeCourier(config), this.#metrics) }
    const tools = await postOptions(config, this.#store, this.#log, () => this.#site, own)
    this.#stops.unshift(() => tools.courier.close())
    const post = new Post(tools)
    this.#storage.tellThrough({ post, texts: tools.texts, publicUrl: () => this.#site, operatorEmail: config.operator.email })
    const requests = makeRequests(config, tools, post)
    const mail = await this.#openMailDoor(tools, post, workshop, requests)
    this.#metrics.watch(() => readGauges({ ...this.#own(), signs: mail.signs, now: () => this.#world.clock.now() }))
    const { rounds: webRounds, reloadWebTls } = await this.#openWebDoor(tools, post, mail, requests)
    const rounds = [...mail.rounds, ...webRounds, ...requests.rounds]
    post.start()
    this.#stops.unshift(() => post.stop())
    const certificates = this.#certificates(mail.reloadTls, reloadWebTls)
    this.#keepRounds([...rounds, { name: 'certificates', everyMs: MINUTE, run: async () => void (await certificates.reload('changed')) }])
    this.#isReady = true
    this.#log.event('started', { fingerprint: this.#store.keyring.fingerprint })
    if (config.relayUrl === null) this.#log.event('trying-out')
    const tryingOut = config.relayUrl === null ? outgoingFolder(config) : null
    const { smtpPort, smtpsPort } = mail
    return {
      ...{ smtpHost: config.smtp.host, smtpPort, smtpsPort, webUrl: this.#site, tryingOut, isFirstStart, store: this.#store },
      reloadCertificates: () => certificates.reload('all'),
      stop: () => this.stop(),
    }
  }

  #openMailDoor(tools: PostOptions, post: Post, workshop: Workshop, { awaited }: Requests): Promise<OpenMailDoor> {
    return openMailDoor({
      ...{ config: this.#config, world: this.#world, store: this.#store, log: this.#log, tools, post, workshop, hashes: this.#hashes },
      requests: awaited,
      storage: this.#storage.health,
      noteStages: (times) => this.#metrics.noteStages(times),
      options: this.#options,
      isStopping: () => this.#isStopping,
      graceMs: this.#options.graceMs ?? GRACE_MS,
      stopLater: (stop) => this.#stops.unshift(stop),
    })
  }

  async #openWebDoor(tools: PostOptions, post: Post, mail: OpenMailDoor, requests: Requests): Promise<OpenWebDoor> {
    const config = this.#config
    const store = this.#store
    const queueMail = post.queueMail.bind(post)
    const { clock } = this.#world
    const desk = { store, clock, semaphore: this.#hashes, queueMail, log: this.#log }
    const links = accountLinks(() => this.#site)
    const { deriveAnswer } = this.#options
    const accounts = createAccounts({
      ...desk,
      links,
      languages: tools.texts.languages,
      oidc: config.oidc,
      removal: packageRemoval(desk),
      ...(deriveAnswer && { derive: deriveAnswer }),
    })
    const retrieval = createRetrieval({
      ...{ ...desk, answerCheck: accounts.answerCheck, texts: tools.texts, publicUrl: () => this.#site, packageDays: config.packageDays },
      requests: requests.awaited,
      providerMailbox: (tables, row) => providerMailbox({ post, keyring: store.keyring, log: this.#log }, tables, row),
    })
    const tls = config.webTls && (await readTlsPair(config.webTls, clock.now()))
    const folder = outgoingFolder(config)
    const server = await createWebServer({
      ...{
        retrieval,
        accounts,
        journal: journalDesk({ store, clock, texts: tools.texts, maxMessageBytes: config.maxMessageBytes }),
        held: mail.held,
        overview: this.#overview(tools, mail),
        requests,
        templates: tools.templates,
        texts: tools.texts,
        clock,
        log: this.#log,
      },
      settings: { ...config, ...config.web, tls },
      templateFolder: TEMPLATES,
      publicFolder: PUBLIC,
      cookieKey: store.keyring.subkey('cookie'),
      readiness: () => this.#readiness(),
      metrics: { render: () => this.#metrics.render(), token: config.metricsToken },
      ...(this.#isPrivate() && { outgoing: { list: () => listKept(folder), read: (id: string) => readKept(folder, id) } }),
    })
    await server.start()
    this.#site = siteOf(config, Number(server.info.port))
    this.#stops.unshift(() => server.stop({ timeout: 5_000 }))
    return { rounds: [...accounts.rounds, ...retrieval.rounds], reloadWebTls: (pair) => reloadTls(server, pair) }
  }

  #overview({ courier }: PostOptions, mail: OpenMailDoor): OverviewDesk {
    return makeOverview({ ...this.#own(), courier, mail, isStopping: () => this.#isStopping, site: () => this.#site })
  }

  #own() {
    return { config: this.#config, world: this.#world, store: this.#store, log: this.#log, storage: this.#storage.health }
  }

  /** Those the operator has given; our own pair is good for ten years. */
  #certificates(mail: Served['apply'], web: Served['apply']): Certificates {
    const { mailTls, webTls } = this.#config
    const served: Served[] = [
      ...(mailTls ? [{ door: 'mail', files: mailTls, apply: mail } as const] : []),
      ...(webTls ? [{ door: 'web', files: webTls, apply: web } as const] : []),
    ]
    return new Certificates(served, { log: this.#log, now: () => this.#world.clock.now() })
  }

  /** Mail with codes in the clear is shown only where nobody but this machine can look. */
  #isPrivate(): boolean {
    const { relayUrl, web, smtp } = this.#config
    return relayUrl === null && isLoopbackHost(web.host) && isLoopbackHost(smtp.host)
  }

  /** What has to be done every now and then, whoever calls. */
  #keepRounds(rounds: readonly Round[]): void {
    const store = this.#store
    const now = () => this.#world.clock.now()
    const own: Round[] = [
      { name: 'claims', everyMs: HOUR, run: () => store.write((tables) => tables.claims.sweep(now())) },
      { name: 'outbox', everyMs: HOUR, run: () => store.write((tables) => tables.outbox.sweep(now() - 30 * 24 * HOUR)) },
      { name: 'reverse-paths', everyMs: HOUR, run: () => store.write((tables) => tables.reversePaths.sweep(now())) },
      { name: 'temporary-files', everyMs: HOUR, run: () => store.blobs.sweepTemporary(now() - HOUR) },
    ]
    const keeper = new Rounds([...own, ...rounds], this.#log)
    keeper.start(MINUTE)
    this.#stops.unshift(() => keeper.stop())
  }

  async #readiness(): Promise<{ ready: boolean; reasons: string[] }> {
    if (!this.#isReady) return { ready: false, reasons: [this.#isStopping ? 'stopping' : 'starting'] }
    const isSound = await this.#store.read.providers.list().then(
      () => true,
      () => false,
    )
    const reasons = [...(isSound ? [] : ['database']), ...(this.#storage.health.isSound ? [] : ['storage'])]
    return { ready: reasons.length === 0, reasons }
  }

  /** Stops everything, the last one started first; what fails to stop does not keep the rest from it. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#isReady = false
    for (const stop of this.#stops.splice(0)) {
      try {
        await stop()
      } catch (error) {
        this.#log.failure('service', error)
      }
    }
    this.#log.event('stopped')
  }
}
