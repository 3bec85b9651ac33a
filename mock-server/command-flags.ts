import { type Command, CommanderError, InvalidArgumentError } from 'commander'

import { MockServerError } from './errors.ts'
import { KNOBS } from './knobs.ts'
import type { Login } from './knobs/server.ts'

/**
 * Parses the arguments of a command. Returns false when help was printed. Throws `bad-config` for
 * the first mistake, which the caller prints.
 */
export function parseCommand(command: Command, args: readonly string[]): boolean {
  command.exitOverride().configureOutput({ outputError: () => {} })
  try {
    command.parse(args, { from: 'user' })
    return true
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return false
    throw new MockServerError('bad-config', error.message.replace(/^error: /, ''), { cause: error })
  }
}

/** The values of a flag that is a whole number. */
export function wholeNumberFlag(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = text.trim() === '' ? Number.NaN : Number(text)
    if (Number.isInteger(number) && number >= min && number <= max) return number
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`)
  }
}

/** The value of a flag that is a URL. The error does not show it: it may contain a password. */
export function readUrl(flag: string): (text: string) => string {
  return (text) => {
    const result = KNOBS.publicUrl.schema.safeParse(text)
    if (result.success && result.data !== '') return result.data
    throw notShown(flag, KNOBS.publicUrl.expects)
  }
}

/** The value of `--login`, which no error shows. */
export function readLogin(text: string): Login {
  const result = KNOBS.login.schema.safeParse(text)
  if (result.success) return result.data
  throw notShown('--login', 'NAME:PASSWORD')
}

/** Not an error of commander, whose message would show the value. */
function notShown(flag: string, expected: string): MockServerError {
  return new MockServerError(
    'bad-config',
    `${flag}: expected ${expected}, got something else (not shown)`,
  )
}
