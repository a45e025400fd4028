// The command line: `hepoex VERB …`. Finds the verb, reads its words, turns what it throws into a line and an exit code.

import { loadConfig } from '../config.js'
import { describeError } from '../log.js'
import { type Command, type ExitCode, type Io, readWords, UsageError, usageOf } from './command.js'
import { problemOf } from './problem.js'

/** By their first word. Each is read when it is asked for: what it needs of the house takes a while to load. */
const VERBS: Readonly<Record<string, () => Promise<readonly Command[]>>> = {
  serve: async () => [(await import('./serve.js')).serveCommand],
  provider: async () => (await import('./provider.js')).providerCommands,
  admin: async () => (await import('./admin.js')).adminCommands,
  package: async () => (await import('./package.js')).packageCommands,
  inspect: async () => [(await import('./inspect.js')).inspectCommand],
  doctor: async () => [(await import('./doctor.js')).doctorCommand],
  backup: async () => (await import('./backup.js')).backupCommands,
  restore: async () => (await import('./backup.js')).restoreCommands,
  keys: async () => (await import('./keys.js')).keysCommands,
}

/** All there are. */
export async function allCommands(): Promise<readonly Command[]> {
  return (await Promise.all(Object.values(VERBS).map((load) => load()))).flat()
}

/** Runs one command line (without `node` and the script). Never throws; resolves with the exit code. */
export async function run(words: readonly string[], io: Io): Promise<ExitCode> {
  const command = await find(words)
  if (!command) return overview(words, io)
  try {
    const given = readWords(command, words.slice(command.name.split(' ').length))
    if (given.values.help === true) {
      // Who asks for JSON gets nothing else on standard output.
      if (given.values.json === true) io.err(usageOf(command))
      else io.out(usageOf(command))
      return 0
    }
    return await command.run(io, given, () => loadConfig(io.environment))
  } catch (error) {
    return explain(error, command, io)
  }
}

async function find([verb = '', ...words]: readonly string[]): Promise<Command | undefined> {
  const commands = Object.hasOwn(VERBS, verb) ? await VERBS[verb]?.() : undefined
  return commands?.find(({ name }) => [verb, ...words].slice(0, name.split(' ').length).join(' ') === name)
}

/** Of all verbs, or of those that begin with the first word. Asked for, it is no mistake. */
async function overview(words: readonly string[], io: Io): Promise<ExitCode> {
  const commands = await allCommands()
  const [first = '', second] = words
  const begun = commands.filter(({ name }) => name.startsWith(`${first} `))
  const isAsked = isHelp(first) || (begun.length > 0 && second !== undefined && isHelp(second))
  const shown = begun.length > 0 ? begun : commands
  const lines = [
    'Usage: hepoex VERB [options]',
    '',
    ...shown.map(({ name, summary }) => `  ${name.padEnd(18)} ${summary}`),
    '',
    'hepoex VERB --help says more.',
  ]
  if (isAsked) {
    io.out(lines.join('\n'))
    return 0
  }
  if (begun.length > 0) io.err(`hepoex: ${first}: which of these?`)
  else io.err(first === '' ? 'hepoex: say what to do' : `hepoex: there is no verb ${JSON.stringify(first)}`)
  io.err(lines.join('\n'))
  return 2
}

function isHelp(word: string): boolean {
  return word === '--help' || word === '-h'
}

function explain(error: unknown, command: Command, io: Io): ExitCode {
  if (error instanceof UsageError) {
    io.err(`hepoex ${command.name}: ${error.message}`)
    io.err(`Usage: hepoex ${command.name} ${command.usage}`.trim())
    return 2
  }
  io.err(`hepoex ${command.name}: ${problemOf(error) ?? `failed: ${JSON.stringify(describeError(error))}`}`)
  return 1
}
