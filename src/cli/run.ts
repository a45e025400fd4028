// The command line: `hepoex VERB …`. Finds the verb, reads its words, turns what it throws into a line and an exit code.

import { ConfigError, loadConfig } from '../config.js'
import { describeError } from '../log.js'
import { adminCommands } from './admin.js'
import { type Command, type ExitCode, type Io, Refusal, readWords, UsageError, usageOf } from './command.js'
import { doctorCommand } from './doctor.js'
import { inspectCommand } from './inspect.js'
import { providerCommands } from './provider.js'
import { serveCommand } from './serve.js'

export const COMMANDS: readonly Command[] = [serveCommand, ...providerCommands, ...adminCommands, inspectCommand, doctorCommand]

/** Runs one command line (without `node` and the script). Never throws; resolves with the exit code. */
export async function run(words: readonly string[], io: Io): Promise<ExitCode> {
  const command = find(words)
  if (!command) return overview(words, io)
  try {
    const given = readWords(command, words.slice(command.name.split(' ').length))
    if (given.values.help === true) {
      io.out(usageOf(command))
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

function overview(words: readonly string[], io: Io): ExitCode {
  const isAsked = words.length === 0 || words.includes('--help') || words.includes('-h')
  const begun = COMMANDS.filter(({ name }) => name.split(' ')[0] === words[0])
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
  io.err(begun.length > 0 ? `hepoex: ${words[0]}: which of these?` : `hepoex: there is no verb ${JSON.stringify(words[0])}`)
  io.err(lines.join('\n'))
  return 2
}

function explain(error: unknown, command: Command, io: Io): ExitCode {
  if (error instanceof UsageError) {
    io.err(`hepoex ${command.name}: ${error.message}`)
    io.err(`Usage: hepoex ${command.name} ${command.usage}`)
    return 2
  }
  // These are written for the operator and hold nothing secret; of any other error only its class and place are told.
  if (
    error instanceof Refusal ||
    error instanceof ConfigError ||
    (error instanceof Error && /^(KeyFileError|TlsConfigError|StartError)$/.test(error.name))
  ) {
    io.err(`hepoex ${command.name}: ${error.message}`)
    return 1
  }
  io.err(`hepoex ${command.name}: failed: ${JSON.stringify(describeError(error))}`)
  return 1
}
