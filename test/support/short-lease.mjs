// Run as a process of its own: the service as `hepoex serve --json` runs it, with a lease and waits for the relay of a few seconds.
//   short-lease.mjs LEASE_MS BEFORE_DOT_MS AFTER_DOT_MS

import { loadConfig } from '../../dist/config.js'
import { createLog } from '../../dist/log.js'
import { relayCourier } from '../../dist/mail/courier.js'
import { closedWorkshop } from '../../dist/documents/workshop/workshop.js'
import { startService } from '../../dist/service/service.js'

const [leaseMs, beforeDot, afterDot] = process.argv.slice(2).map(Number)
const config = loadConfig(process.env)
const courier = relayCourier(config.relayUrl, { timeoutsMs: { beforeDot, afterDot }, ehlo: config.intakeDomain })
const service = await startService({ workshop: closedWorkshop, config, log: createLog(), graceMs: 5_000, leaseMs, courier, codesAhead: 0 })
process.once('SIGTERM', () => void service.stop())
process.stdout.write(`${JSON.stringify({ smtpPort: service.smtpPort, webUrl: service.webUrl })}\n`)
