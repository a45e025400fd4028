// Builds the mail door: the intake desk with all it is given, and the listener before it.

import { availableParallelism } from 'node:os'
import { verifySmtpPassword } from '../accounts/providers.js'
import type { AwaitedRequests } from '../awaited-request.js'
import { MINUTE } from '../clock.js'
import type { Config } from '../config.js'
import { clamdScanner } from '../documents/clamd.js'
import type { Workshop } from '../documents/workshop/workshop.js'
import { Mint } from '../hip/mint.js'
import { Breaker, DISK_FLOOR, DiskFloor, MemoryBudget } from '../intake/admission.js'
import { IntakeDoor } from '../intake/door.js'
import { createHeldDesk, type HeldDesk, heldRounds } from '../intake/held-desk.js'
import type { Post, PostOptions } from '../intake/post.js'
import { PeerQuota } from '../intake/quota.js'
import { Releases } from '../intake/release.js'
import { VirusScan } from '../intake/virus-scan.js'
import type { Log } from '../log.js'
import { type Resolver, systemResolver } from '../mail/authenticate.js'
import type { Round } from '../rounds.js'
import { Semaphore } from '../semaphore.js'
import { createMailListener } from '../smtp/listener.js'
import type { StageTimes } from '../stages.js'
import type { Store, Tables } from '../store/store.js'
import type { TlsPair } from '../tls-pair.js'
import type { World } from '../world.js'
import { mailTls } from './parts.js'

/** Encoded messages held at once: three of the biggest, or many ordinary scans. What is decoded comes on top, two at a time. */
const BUDGET_MESSAGES = 3
/** What one peer that has not signed in may have of it: never all. */
const STRANGER_MESSAGES = 2
/** How long MAIL may wait for its share of that before it is answered 452. */
const BUDGET_WAIT_MS = 5_000
/** Messages that may wait for a parser before MAIL is answered "busy". */
const MAX_WAITING = 50

/** What a peer that has not signed in may send within ten minutes: three messages a second, or eighty of the biggest. */
const QUOTA_MS = 10 * MINUTE
const QUOTA_MESSAGES = 2_000
const QUOTA_BYTES = 80

export interface MailDoorParts {
  readonly config: Config
  readonly world: World
  readonly store: Store
  readonly log: Log
  readonly tools: PostOptions
  readonly post: Post
  readonly workshop: Workshop
  readonly requests: AwaitedRequests<Tables>
  /** Holds back more slow hashes at once than there are cores. */
  readonly hashes: Semaphore
  /** Whether what is written can be relied on. */
  readonly storage: { readonly isSound: boolean }
  /** What tests hand down instead of the real thing; see ServiceOptions. */
  readonly options: {
    readonly resolver?: Resolver
    readonly deadlineMs?: number
    readonly leaseMs?: number
    readonly codesAhead?: number
    readonly diskFloor?: number
  }
  /** Told how long the steps of each message took. */
  readonly noteStages: (times: StageTimes) => void
  readonly isStopping: () => boolean
  /** How long messages under way may take to finish when the door closes. */
  readonly graceMs: number
  /** Told, as soon as something runs, how to stop it: the last one first. */
  readonly stopLater: (stop: () => unknown) => void
}

export interface OpenMailDoor {
  readonly smtpPort: number
  readonly smtpsPort: number | null
  /** Shows another certificate to the connections to come. */
  readonly reloadTls: (pair: TlsPair) => void
  readonly held: HeldDesk
  readonly rounds: readonly Round[]
  readonly signs: MailSigns
}

/** What may be seen of the desk behind the door while it works. */
export interface MailSigns {
  /** The relay did not take the last notice. */
  readonly relayFails: () => boolean
  /** Messages that wait for a parser. */
  readonly waiting: () => number
  /** Bytes that may still be reserved for messages. */
  readonly freeBudget: () => number
}

/** Opens the mail door. Rejects when a port cannot be had or the certificate cannot be used; what runs by then is with `stopLater`. */
export async function openMailDoor(parts: MailDoorParts): Promise<OpenMailDoor> {
  const { config, log } = parts
  const { door, ...desk } = makeDesk(parts)
  const { smtp, smtpProxies: proxies, intakeDomain: hostname, maxMessageBytes } = config
  const listener = createMailListener({ door, log, tls: await mailTls(config), ...smtp, proxies, hostname, maxMessageBytes })
  const { port, smtpsPort } = await listener.start()
  parts.stopLater(() => listener.close(parts.graceMs))
  return { smtpPort: port, smtpsPort, reloadTls: (pair) => listener.reloadTls(pair), ...desk }
}

function makeDesk(parts: MailDoorParts): { door: IntakeDoor } & Pick<OpenMailDoor, 'held' | 'rounds' | 'signs'> {
  const { config, world, store, tools, post, workshop, requests, hashes, storage, isStopping, options } = parts
  const { keyring, blobs } = store
  const pepperId = keyring.currentPepper
  const pepper = { id: pepperId, key: keyring.pepper(pepperId, 'code') }
  const ahead = options.codesAhead
  const mint = new Mint({ pepper, semaphore: hashes, random: world.random, ...(ahead !== undefined && { size: ahead }) })
  parts.stopLater(() => mint.close())
  const now = () => world.clock.now()
  const { deadlineMs, leaseMs } = options
  const desk = {
    ...tools,
    ...{ post, requests, mint, workshop },
    work: new Semaphore(Math.min(2, availableParallelism())),
    breaker: new Breaker({ now, probe: () => tools.courier.probe() }),
    resolver: options.resolver ?? systemResolver(config.dnsServers),
    virusScan: makeVirusScan(parts),
    operator: config.operator,
    hostname: config.intakeDomain,
    packageDays: config.packageDays,
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(leaseMs !== undefined && { leaseMs }),
    intakeDomain: config.intakeDomain,
  }
  const releases = new Releases(desk)
  parts.stopLater(() => releases.stop())
  const budget = new MemoryBudget(BUDGET_MESSAGES * config.maxMessageBytes, BUDGET_WAIT_MS, STRANGER_MESSAGES * config.maxMessageBytes)
  const door = new IntakeDoor({
    ...desk,
    ...{ releases, storage, isStopping, budget, noteStages: parts.noteStages },
    quota: new PeerQuota({ windowMs: QUOTA_MS, messages: QUOTA_MESSAGES, bytes: QUOTA_BYTES * config.maxMessageBytes }, now),
    disk: new DiskFloor({ blobs, floor: options.diskFloor ?? DISK_FLOOR, now }),
    maxMessageBytes: config.maxMessageBytes,
    maxWaiting: MAX_WAITING,
    checkPassword: (user, password) => verifySmtpPassword(store, user, password),
  })
  const signs = { relayFails: () => desk.breaker.isSuspect, waiting: () => desk.work.waiting, freeBudget: () => budget.free }
  return { door, held: createHeldDesk(desk, releases), rounds: heldRounds(desk, releases), signs }
}

function makeVirusScan({ config, world, log }: MailDoorParts): VirusScan | null {
  if (config.clamd === null) return null
  const scanner = clamdScanner(config.clamd)
  return new VirusScan({ scanner, log, breaker: new Breaker({ now: () => world.clock.now(), probe: () => scanner.probe() }) })
}
