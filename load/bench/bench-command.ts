import { Command, InvalidArgumentError } from 'commander'

import { LoadError } from '../errors.ts'
import { killPrograms } from '../process/program.ts'
import { consoleText } from '../report/escape.ts'

/** A line about the progress of a benchmark; standard output is for figures. */
export function log(line: string): void {
  process.stderr.write(`${consoleText(line)}\n`)
}

/** The command line of a benchmark, `npm run bench -- NAME`. */
export function benchCommand(name: string): Command {
  return new Command(`npm run bench -- ${name}`)
    .allowExcessArguments(false)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
}

/** Reads a flag as a number from 1. */
export function positive(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new InvalidArgumentError('Expected a number from 1.')
}

/** Reads a flag as ascending numbers, `1000,10000`. */
export function ascending(text: string): readonly number[] {
  const values = text.split(',').map(positive)
  if (values.every((value, index) => value > (values[index - 1] ?? 0))) return values
  throw new InvalidArgumentError('Expected ascending numbers.')
}

/** Reads a flag as a selection of names, `ours,nchan`. */
export function selection<T extends string>(names: readonly T[]): (text: string) => readonly T[] {
  return (text) => {
    return text.split(',').map((word) => {
      const found = names.find((name) => name === word)
      if (found !== undefined) return found
      throw new InvalidArgumentError(`Expected ${names.join(', ')}.`)
    })
  }
}

/** Runs a benchmark. A signal stops it and all its child processes. */
export async function runBench(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  process.once('exit', killPrograms)
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => stop.abort(new LoadError('interrupted', `stopped by ${name}`)))
  }
  try {
    await work(stop.signal)
  } catch (error) {
    const reason: unknown = stop.signal.aborted ? stop.signal.reason : error
    if (!(reason instanceof LoadError)) throw reason
    log(reason.message)
    process.exitCode = reason.code === 'usage' ? 2 : 3
  }
}
