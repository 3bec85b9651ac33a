#!/usr/bin/env node
import { readOptions } from './cli/options.ts'
import { runCommand } from './cli/run-command.ts'
import { ConformanceError } from './errors.ts'

// [protocol §8.3] Usage and files are the caller's to mend; a target that does not come up has the suite's own code.
const EXIT_CODES = { usage: 2, 'target-file': 2, expectations: 2, 'target-start': 3 } as const
const OWN_FAULT = 70

try {
  const command = readOptions(process.argv.slice(2), process.env)
  if (command.kind === 'help') command.print()
  else
    process.exitCode = await runCommand(command.options, (text) => void process.stdout.write(text))
} catch (error) {
  const known = error instanceof ConformanceError
  process.exitCode = known ? EXIT_CODES[error.code] : OWN_FAULT
  process.stderr.write(
    `${error instanceof Error ? (known ? error.message : error.stack) : String(error)}\n`,
  )
}
