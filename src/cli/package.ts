// hepoex package: what the people who run HePoEx may do with a package, which they cannot open.

import { systemClock } from '../clock.js'
import { formatPackageNumber, readPackageNumber } from '../hip/number.js'
import { silentLog } from '../log.js'
import { reopenAnswered } from '../requests/awaited.js'
import { RECALL_REASONS, type RecallOutcome, type RecallReason, recall } from '../retrieval/recall.js'
import { type Command, Refusal, required, UsageError } from './command.js'
import { withStore } from './provider.js'

const REASONS = RECALL_REASONS.join('|')

const recalling: Command = {
  name: 'package recall',
  summary: 'Takes a package back that nobody has opened yet, with all sendings of the same documents.',
  usage: `NUMBER --reason ${REASONS}`,
  options: { reason: { type: 'string' } },
  positionals: { least: 1, most: 1 },
  help: [
    '  NUMBER           the package reference, as in the notice and in its link',
    `  --reason REASON  ${RECALL_REASONS.join(', ')}; goes on record`,
    '  The codes open nothing any more, and whoever enters one is told that the sender took the package back.',
    '  It cannot be undone: the clinic can send the records again.',
  ],
  async run(io, given, config) {
    const reason = readReason(required(given, 'reason'))
    const number = readPackageNumber(given.positionals[0] ?? '')
    if (number === null) throw new Refusal('that is not a package reference: it has 12 letters and digits')
    const tools = { clock: systemClock, log: silentLog, requests: { reopen: reopenAnswered } }
    const outcome = await withStore(config(), (store) => recall({ ...tools, store }, number, reason))
    if (outcome.kind !== 'recalled') throw new Refusal(refusalOf(outcome))
    const { packages, isUnderway } = outcome
    if (given.values.json) io.out(JSON.stringify({ number, packages, reason, underway: isUnderway }))
    else
      io.out(
        `${formatPackageNumber(number)} is taken back: ${packages === 1 ? 'its code opens' : `its ${packages} codes open`} nothing any more`,
      )
    if (isUnderway)
      io.err('It is not known whether its code went out. If the clinic’s server sends the message again, that is a new package.')
    return 0
  },
}

function readReason(reason: string): RecallReason {
  const known = RECALL_REASONS.find((each) => each === reason)
  if (!known) throw new UsageError(`--reason takes ${RECALL_REASONS.join(', ')}`)
  return known
}

function refusalOf(outcome: Exclude<RecallOutcome, { kind: 'recalled' }>): string {
  if (outcome.kind === 'unknown') return 'there is no such package: look at its reference again'
  if (outcome.kind === 'opened') return 'it was opened already, so it can no longer be taken back'
  return `it opens nothing any more: it is ${outcome.state}`
}

export const packageCommands: readonly Command[] = [recalling]
