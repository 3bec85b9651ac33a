import { CommanderError, InvalidArgumentError, type Command } from 'commander'

import { ConformanceError } from '../errors.ts'

/**
 * Parses a command line and runs the action of its command. Returns the text to print for `--help`
 * and `--version`. Throws a `usage` error that names the first mistake and, for a misspelt flag, the
 * nearest one.
 */
export function parseArguments(command: Command, args: readonly string[]): string | undefined {
  let text = ''
  for (const each of [command, ...command.commands]) {
    each.exitOverride()
    each.configureOutput({ writeOut: (part) => void (text += part), writeErr: () => {} })
  }
  try {
    command.parse([...args], { from: 'user' })
    return undefined
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return text
    const message = error.message.replace(/^error: /, '')
    throw new ConformanceError('usage', `${message}${wordsHint(error, command)}\nTry --help.`)
  }
}

function wordsHint({ code }: CommanderError, { commands }: Command): string {
  if (code !== 'commander.excessArguments' || commands.length === 0) return ''
  return ` Expected flags, or one of ${commands.map((each) => each.name()).join(', ')}.`
}

/** Parses the value of a flag as a whole number. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`)
  }
}
