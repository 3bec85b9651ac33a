#!/usr/bin/env node
import { readOptions } from './cli/options.ts'
import { probeCommand } from './cli/probe-command.ts'
import { runCommand } from './cli/run-command.ts'
import { ConformanceError } from './errors.ts'
import { escapeConsole } from './report/escape.ts'

// [protocol §8.3] Mistakes in usage and files exit with 2. A target that does not start has its own
// code.
const EXIT_CODES = { usage: 2, 'target-file': 2, expectations: 2, 'target-start': 3 } as const
const OWN_FAULT = 70

const args = process.argv.slice(2)
const print = (text: string): void => void process.stdout.write(escapeConsole(text))
const streams = { print, stderr: process.stderr, env: process.env }
// A reader that has left, such as `head`, costs its output, and no verdict.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

try {
  process.exitCode = await run()
} catch (error) {
  const known = error instanceof ConformanceError
  process.exitCode = known ? EXIT_CODES[error.code] : OWN_FAULT
  const message = error instanceof Error ? (known ? error.message : error.stack) : String(error)
  process.stderr.write(`${escapeConsole(message ?? '')}\n`)
}

async function run(): Promise<number> {
  const command = readOptions(args, process.env)
  switch (command.kind) {
    case 'judge':
      return await runCommand(command.options, streams)
    case 'probe':
      return await probeCommand(command.options, streams)
    default:
      print(command.text)
      return 0
  }
}
