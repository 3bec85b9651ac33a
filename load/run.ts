import { readCommandLine } from './runner/command-line.ts'
import { LoadError, type LoadErrorCode } from './errors.ts'
import { killPrograms } from './process/program.ts'
import { consoleLine, consoleText } from './report/escape.ts'
import { ProgressLine } from './report/progress-line.ts'
import { runLoad } from './runner/run-load.ts'

// [protocol §8.3] A shell reports 130 for an interrupted program.
const EXIT_CODES: Readonly<Record<LoadErrorCode, number>> = {
  usage: 2,
  'cannot-start': 3,
  crashed: 1,
  timeout: 4,
  interrupted: 130,
}
const OWN_FAULT = 70

process.once('exit', killPrograms)
// A reader that has left, such as `head`, costs its output, and no verdict.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
try {
  const command = readCommandLine(process.argv.slice(2), process.env)
  if (command.kind === 'help') process.stdout.write(command.text)
  else process.exitCode = await run(command.options)
} catch (error) {
  const known = error instanceof LoadError
  process.exitCode = known ? EXIT_CODES[error.code] : OWN_FAULT
  const message = known ? error.message : String(error instanceof Error ? error.stack : error)
  process.stderr.write(`${consoleText(message)}\n`)
}

async function run(options: Parameters<typeof runLoad>[0]): Promise<number> {
  const stop = new AbortController()
  let activity = 'starting'
  using progress = new ProgressLine({
    stream: process.stderr,
    env: process.env,
    isQuiet: options.isQuiet,
    text: () => `${options.scenario}: ${activity}`,
  })
  const print = (line: string): void => {
    progress.above(() => void process.stdout.write(`${consoleLine(line)}\n`))
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stop.abort(new LoadError('interrupted', `stopped by ${signal}`)))
  }
  try {
    const outcome = await runLoad(options, stop.signal, print, (what) => {
      activity = consoleLine(what)
    })
    print(`${options.scenario}: ${outcome.isOk ? 'passed' : 'FAILED'}`)
    return outcome.isOk ? 0 : 1
  } catch (error) {
    // An interrupted run fails in many ways. The signal has the real reason.
    throw stop.signal.aborted ? stop.signal.reason : error
  }
}
