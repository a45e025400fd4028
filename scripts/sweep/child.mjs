// One life after another of the real service, in a process that the sweep may lose: it takes orders from its parent and tells how they
// went. Compiled code, as the service runs.

import { appendFileSync } from 'node:fs'
import './known-answers.mjs'
import { loadConfig } from '../../dist/config.js'
import { closedWorkshop } from '../../dist/documents/workshop/workshop.js'
import { createLog, silentLog } from '../../dist/log.js'
import { relayCourier } from '../../dist/mail/courier.js'
import { reopenAnswered } from '../../dist/requests/awaited.js'
import { recall } from '../../dist/retrieval/recall.js'
import { startService } from '../../dist/service/service.js'
import { openStore } from '../../dist/store/store.js'
import { countedCourier, countedWorld, Touches } from './touches.mjs'

/** Short, so that a stall outlasts them all; in the order the real ones have: relay, deadline, lease. */
export const TIMES = { beforeDot: 400, afterDot: 600, deadlineMs: 2500, leaseMs: 3000, stallMs: 3500 }

let life = null

const orders = {
  /** Starts a life. `settings`: as in the environment. `aheadMs`: of the clock. `arm`: touches count from the very start. */
  async start({ settings, relay, fault, at, aheadMs, arm, logFile, diskFloor }) {
    const touches = new Touches({ fault, at, stallMs: TIMES.stallMs })
    touches.isArmed = arm
    const config = loadConfig(settings)
    life = { touches, config, service: null, world: countedWorld(touches, aheadMs) }
    const courier = countedCourier(relayCourier(relay, { timeoutsMs: TIMES, ehlo: config.intakeDomain }), touches)
    life.service = await startService({
      ...{ config, courier, world: life.world, log: createLog({ write: (line) => appendFileSync(logFile, line) }) },
      ...{ graceMs: 1000, storageWaitMs: 50, deadlineMs: TIMES.deadlineMs, leaseMs: TIMES.leaseMs, resolver: noDns },
      // Copies touch no disk: their workers are tried apart.
      workshop: closedWorkshop,
      // Codes drawn ahead would be thrown away with each short life: half of all there was to compute.
      codesAhead: 0,
      ...(diskFloor !== undefined && { diskFloor }),
    })
    touches.isArmed = true
    return { smtpPort: life.service.smtpPort, webUrl: life.service.webUrl }
  },
  /** As the command line does it beside the running service, each touch counted too. */
  async recall({ number }) {
    const { config, world } = life
    const store = await openStore({ mailboxes: config.mailboxes, keyFile: config.keyFile, world })
    try {
      return await recall({ store, clock: world.clock, log: silentLog, requests: { reopen: reopenAnswered } }, number, 'wrong-person')
    } finally {
      await store.close()
    }
  },
  async look() {
    return { count: life.touches.count, struck: life.touches.struck }
  },
  async stop() {
    const { touches, service } = life
    touches.isArmed = false
    await service?.stop()
    return { count: touches.count, struck: touches.struck }
  },
}

async function noDns() {
  throw Object.assign(new Error('there is no DNS here'), { code: 'ENOTFOUND' })
}

process.on('message', async ({ id, order, about }) => {
  try {
    process.send({ id, result: await orders[order](about) })
  } catch (error) {
    process.send({ id, error: `${error?.name ?? 'error'} ${error?.code ?? ''}` })
  }
})
process.on('disconnect', () => process.exit())
