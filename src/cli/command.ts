// What a verb of the command line is, and how its words are read. JSON alone goes to standard output, the rest to standard error.

import { type ParseArgsConfig, parseArgs } from 'node:util'
import type { Config } from '../config.js'

export interface Io {
  /** One line on standard output. */
  out(line: string): void
  /** One line on standard error. */
  err(line: string): void
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Whether standard output is a terminal: secrets that are shown once go only there, or into `--json`. */
  readonly isTerminal: boolean
}

/** 0 done, 1 refused or failed (the reason is on standard error), 2 wrong usage. */
export type ExitCode = 0 | 1 | 2

export type Options = NonNullable<ParseArgsConfig['options']>
export interface Given {
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>
  readonly positionals: readonly string[]
}

export interface Command {
  /** One or two words: `serve`, `provider add`. */
  readonly name: string
  readonly summary: string
  /** What follows the name, and a line for each option. */
  readonly usage: string
  readonly options: Options
  readonly help: readonly string[]
  /** How many words may follow the options. */
  readonly positionals?: { readonly least: number; readonly most: number }
  run(io: Io, given: Given, config: () => Config): Promise<ExitCode>
}

/** The words were wrong: shown with the usage, exit 2. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** The words were right, but it can't be done: one line that says why and what to do, exit 1. */
export class Refusal extends Error {
  override name = 'Refusal'
}

const COMMON: Options = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } }

/** Reads the words after a command's name. Throws UsageError. */
export function readWords(command: Command, words: readonly string[]): Given {
  const options = { ...command.options, ...COMMON }
  const given = parse(words, options)
  if (given.values.help === true) return given
  checkValues(given, options)
  const { least, most } = command.positionals ?? { least: 0, most: 0 }
  const extra = given.positionals[most]
  if (extra !== undefined)
    throw new UsageError(`one word too many: ${JSON.stringify(extra)} (an option takes one value: give it again for each)`)
  if (given.positionals.length < least) throw new UsageError('something is missing')
  return given
}

function parse(words: readonly string[], options: Options): Given & { readonly tokens: readonly Token[] } {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, strict: true, tokens: true })
  } catch (error) {
    // The parser's message names the option at fault, which is what a person needs here, and nothing secret is given as an option.
    throw new UsageError(error instanceof Error ? (error.message.split(/\.\s|\n/)[0] ?? 'wrong option') : 'wrong option')
  }
}

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number]

/** An empty value is mostly a shell variable that was not set, and of two values one would be forgotten: neither is guessed at. */
function checkValues({ tokens }: { readonly tokens: readonly Token[] }, options: Options): void {
  const seen = new Set<string>()
  for (const token of tokens) {
    if (token.kind !== 'option' || token.value === undefined) continue
    if (token.value.trim() === '') throw new UsageError(`--${token.name} is empty`)
    if (seen.has(token.name) && !options[token.name]?.multiple) throw new UsageError(`--${token.name} is given twice`)
    seen.add(token.name)
  }
}

export function text(given: Given, name: string): string | null {
  const value = given.values[name]
  return typeof value === 'string' ? value.trim() : null
}

export function texts(given: Given, name: string): string[] {
  const value = given.values[name]
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : []
}

export function required(given: Given, name: string): string {
  const value = text(given, name)
  if (value === null) throw new UsageError(`--${name} is missing`)
  return value
}

export function usageOf(command: Command): string {
  return [
    `Usage: hepoex ${command.name} ${command.usage}`.trim(),
    '',
    command.summary,
    '',
    ...command.help,
    '  --json   JSON alone on standard output',
    '  --help   this text',
  ].join('\n')
}
