// The command line: `hepoex VERB …`. Finds the verb, reads its words, turns what it throws into a line and an exit code.

import { loadConfig } from '../config.js'
import { describeError } from '../log.js'
import { adminCommands } from './admin.js'
import { backupCommands } from './backup.js'
import { type Command, type ExitCode, type Io, readWords, UsageError, usageOf } from './command.js'
import { doctorCommand } from './doctor.js'
import { inspectCommand } from './inspect.js'
import { keysCommands } from './keys.js'
import { packageCommands } from './package.js'
import { problemOf } from './problem.js'
import { providerCommands } from './provider.js'
import { serveCommand } from './serve.js'

export const COMMANDS: readonly Command[] = [
  serveCommand,
  ...providerCommands,
  ...adminCommands,
  ...packageCommands,
  inspectCommand,
  doctorCommand,
  ...backupCommands,
  ...keysCommands,
]

/** Runs one command line (without `node` and the script). Never throws; resolves with the exit code. */
export async function run(words: readonly string[], io: Io): Promise<ExitCode> {
  const command = find(words)
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

function find(words: readonly string[]): Command | undefined {
  return COMMANDS.find(({ name }) => name.split(' ').every((word, index) => words[index] === word))
}

/** Of all verbs, or of those that begin with the first word. Asked for, it is no mistake. */
function overview(words: readonly string[], io: Io): ExitCode {
  const [first = '', second] = words
  const begun = COMMANDS.filter(({ name }) => name.startsWith(`${first} `))
  const isAsked = isHelp(first) || (begun.length > 0 && second !== undefined && isHelp(second))
  const shown = begun.length > 0 ? begun : COMMANDS
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
