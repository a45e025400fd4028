// What outlives a crash and what only the run decides: the relay and the mailboxes behind it, the disk, the time and chance. A fuse sits in
// every port through which a world acts.

import { createHash } from 'node:crypto'
import * as nodeFiles from 'node:fs/promises'
import type { Courier, Handoff } from '../../src/mail/courier.js'
import type { Files } from '../../src/world.js'
import type { Fuse } from './fuse.js'

export const CONSUMER = 'pat@home.example'

/** What the relay does with a notice; with `-crash` the power goes before anybody hears of it, with `-arrived` it has the mail on its way although it does not say so. */
export type RelayOutcome =
  | 'accepted'
  | 'accepted-crash'
  | 'put-off'
  | 'put-off-otherwise'
  | 'put-off-arrived'
  | 'refused-address'
  | 'refused-otherwise'
  | 'unreachable'
  | 'unknown'
  | 'unknown-arrived'

const HANDOFFS: Readonly<Record<RelayOutcome, Handoff>> = {
  accepted: { outcome: 'accepted', reply: '250 ok' },
  'accepted-crash': { outcome: 'accepted', reply: '250 ok' },
  'put-off': { outcome: 'refused', permanent: false, about: 'recipient', replyCode: 450 },
  'put-off-otherwise': { outcome: 'refused', permanent: false, about: 'other', replyCode: 421 },
  'put-off-arrived': { outcome: 'refused', permanent: false, about: 'other', replyCode: 451 },
  'refused-address': { outcome: 'refused', permanent: true, about: 'recipient', replyCode: 550 },
  'refused-otherwise': { outcome: 'refused', permanent: true, about: 'other', replyCode: 535 },
  unreachable: { outcome: 'unreachable' },
  unknown: { outcome: 'unknown' },
  'unknown-arrived': { outcome: 'unknown' },
}

/** A notice as it was handed to the relay. */
export interface Handed {
  readonly outcome: RelayOutcome
  readonly number: string
  readonly code: string
  /** Whether it lies in her mailbox now. */
  readonly hasArrived: boolean
}

/** What outlives a crash, and what only the test can see: the time, the mailboxes of the people, and when files were written. */
export interface Outside {
  time: number
  /** Of the notices still to be handed over; afterwards every one is accepted. */
  plan: RelayOutcome[]
  readonly handed: Handed[]
  /** Other mails, by whom they are for. */
  readonly mails: Array<{ readonly to: string; readonly raw: string }>
  readonly written: Map<string, number>
  readonly random: (size: number) => Buffer
  /** Peers are counted apart: each visit comes from another address. */
  visits: number
}

/** Random bytes that a seed decides. */
export function seededBytes(seed: number): (size: number) => Buffer {
  let count = 0
  return (size) => {
    const blocks: Buffer[] = []
    for (let length = 0; length < size; length += 32) blocks.push(createHash('sha256').update(`${seed}/${count++}`).digest())
    return Buffer.concat(blocks).subarray(0, size)
  }
}

/** Files whose every change may be the last one, and whose times follow the clock of the run. */
export function fusedFiles(fuse: Fuse, outside: Outside, folder: string, handles: nodeFiles.FileHandle[]): Files {
  const failure = () => Object.assign(new Error('broken disk'), { code: 'EIO' })
  const within = (path: unknown) => String(path).slice(folder.length)
  return {
    ...nodeFiles,
    open: (path, ...rest) =>
      fuse.step(async () => {
        const handle = await nodeFiles.open(path, ...rest)
        handles.push(handle)
        return handle
      }, failure),
    mkdir: nodeFiles.mkdir,
    rename: (from, to) =>
      fuse.step(async () => {
        await nodeFiles.rename(from, to)
        outside.written.set(within(to), outside.time)
      }, failure),
    unlink: (path) => fuse.step(() => nodeFiles.unlink(path), failure),
    stat: (async (path: string) => {
      const about = await nodeFiles.stat(path)
      const at = outside.written.get(within(path))
      return at === undefined ? about : Object.assign(about, { mtimeMs: at })
    }) as typeof nodeFiles.stat,
  }
}

/** Her mailbox and the clinic's, behind a relay that does what was planned for it. */
export function relay(fuse: Fuse, outside: Outside): Courier {
  return {
    hand: (raw, { to }) =>
      fuse.step(async () => {
        const text = raw.toString()
        const [code] = text.match(/\b\d{4} \d{4} \d{4} \d{4}\b/) ?? []
        if (to !== CONSUMER || code === undefined) {
          outside.mails.push({ to, raw: text })
          return HANDOFFS.accepted
        }
        const planned = outside.plan.shift() ?? 'accepted'
        if (planned === 'accepted-crash') fuse.arm(0, 'crash')
        const outcome = planned === 'accepted-crash' ? 'accepted' : planned
        const number = text.match(/\/open\/(\w{12})/)?.[1] ?? ''
        const hasArrived = outcome === 'accepted' || outcome.endsWith('-arrived')
        outside.handed.push({ outcome, number, code: code.replaceAll(' ', ''), hasArrived })
        return HANDOFFS[outcome]
      }),
    probe: async () => true,
    offersDsn: async () => false,
    close: async () => {},
  }
}
