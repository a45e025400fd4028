// The retrieval desk, put together.

import { HOUR, MINUTE } from '../clock.js'
import type { Round } from '../rounds.js'
import { enterAnswer, question } from './answer.js'
import { enterCode } from './code.js'
import type { Pass, RetrievalDesk } from './desk.js'
import { dropLeftovers, expireDue, orphanRound } from './expiry.js'
import { extend, extendOwn } from './extension.js'
import { listPackages } from './listing.js'
import { notMine } from './not-mine.js'
import { activeOpening } from './opening.js'
import { copy, document, readable, records, sealedFile, thumbnail, zip } from './records.js'
import { remindDue } from './reminders.js'
import { dropBlobs, endGroup } from './removal.js'
import type { RetrievalTools } from './tools.js'

export interface Retrieval extends RetrievalDesk {
  /** Reminders, expiry and sweeping. */
  readonly rounds: readonly Round[]
}

export function createRetrieval(tools: RetrievalTools): Retrieval {
  const { store, clock } = tools
  const sweepOrphans = orphanRound(tools)
  return {
    enterCode: (number, code, peer) => enterCode(tools, number, code, peer),
    question: (ticket) => question(tools, ticket),
    enterAnswer: (ticket, answer, peer) => enterAnswer(tools, ticket, answer, peer),
    records: (pass) => records(tools, pass),
    document: (pass, index) => document(tools, pass, index),
    copy: (pass, index) => copy(tools, pass, index),
    thumbnail: (pass, index) => thumbnail(tools, pass, index),
    readable: (pass) => readable(tools, pass),
    zip: (pass) => zip(tools, pass),
    sealedFile: (pass) => sealedFile(tools, pass),
    deleteNow: (pass) => deleteNow(tools, pass),
    extend: (pass) => extend(tools, pass),
    notMine: (pass) => notMine(tools, pass),
    packages: (consumerId) => listPackages(tools, consumerId),
    extendOwn: (consumerId, number) => extendOwn(tools, consumerId, number),
    signOut: (pass) => signOut(tools, pass),
    rounds: [
      { name: 'expired-packages', everyMs: MINUTE, run: () => expireDue(tools, clock.now()) },
      { name: 'expiry-reminders', everyMs: HOUR / 4, run: () => remindDue(tools, clock.now()) },
      { name: 'leftover-blobs', everyMs: MINUTE, run: () => dropLeftovers(tools) },
      { name: 'orphan-blobs', everyMs: HOUR, run: () => sweepOrphans(clock.now()) },
      { name: 'openings', everyMs: HOUR, run: () => store.write(({ openings }) => openings.forget(clock.now())) },
    ],
  }
}

async function deleteNow(tools: RetrievalTools, pass: Pass): Promise<boolean> {
  const active = await activeOpening(tools, pass)
  if (!active) return false
  const about = { state: 'deleted', at: tools.clock.now(), actor: 'consumer' } as const
  const ended = await tools.store.write((tables) => endGroup(tables, active.row.groupId, about))
  for (const { id } of ended) tools.log.event('deleted', { packageId: id })
  await dropBlobs(tools, ended)
  return ended.length > 0
}

/** Only with the key of the cookie: an id alone ends nobody's session. */
async function signOut(tools: RetrievalTools, pass: Pass): Promise<void> {
  const active = await activeOpening(tools, pass)
  if (!active) return
  await tools.store.write(({ openings }) => openings.remove(pass.id))
  tools.log.event('signed-out', { packageId: active.row.id })
}
