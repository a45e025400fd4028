// Types of house.mjs, for the journeys.

import type { ChildProcess } from 'node:child_process'
import type { ParsedMail } from 'mailparser'

/** The checkout. */
export const ROOT: string

export interface House {
  readonly folder: string
  readonly mailboxes: string
  readonly environment: Record<string, string>
  /** Lines of standard error and output so far. */
  readonly log: string[]
  readonly output: string[]
  readonly smtpPort: number
  readonly webUrl: string
  readonly child: ChildProcess
  start(): Promise<House>
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** Runs one verb against the house's data. */
  cli(...words: string[]): Promise<{ code: number; out: string; err: string }>
  mails(): Promise<Array<ParsedMail & { name: string; raw: Buffer }>>
  close(): Promise<void>
}

export function openHouse(options?: {
  settings?: Record<string, string | number>
  relay?: string | null
  env?: Record<string, string>
  /** Started in place of `hepoex serve`. */
  program?: readonly string[]
}): Promise<House>

export function until<T>(look: () => Promise<T> | T, what: string, seconds?: number): Promise<NonNullable<T>>
