import { Console } from 'node:console'
import { Writable } from 'node:stream'

import { redact, redactDeep } from '../redact.ts'
import { LineOutput } from './line-output.ts'
import { openSink } from './sink.ts'

const MAX_BYTES = 1_048_576
const OWN_FAULT = 70

// Levels of pino, because its lines are in the same log.
const WARN = 40
const FATAL = 60

/** Standard output: the results of a command. */
export const standardOutput = new LineOutput({
  open: () => openSink(1),
  maxBytes: MAX_BYTES,
  notice: (dropped) => `(${dropped === 1 ? '1 line was' : `${dropped} lines were`} dropped)\n`,
})

/** Standard error: the log, and the reason of a failed command. */
export const standardError = new LineOutput({
  open: () => openSink(2),
  maxBytes: MAX_BYTES,
  notice: (dropped) =>
    logLine(WARN, {
      dropped,
      msg: `${dropped === 1 ? '1 log line was' : `${dropped} log lines were`} dropped: standard error took no more`,
    }),
})

/** Resolves when everything is written, or after this time: the reader may have stopped. */
export async function flushStandardStreams(withinMs: number): Promise<void> {
  await Promise.all([standardOutput.flush(withinMs), standardError.flush(withinMs)])
}

/**
 * Redirects other output to the two streams above: `console`, warnings of Node, and the stack of an
 * uncaught exception, which ends the process with 70.
 */
export function adoptStandardStreams(): void {
  globalThis.console = new Console(writableFor(standardOutput), writableFor(standardError))
  process.removeAllListeners('warning')
  process.on('warning', ({ name, message }) => {
    standardError.write(logLine(WARN, { msg: redact(`${name}: ${message}`) }))
  })
  process.on('uncaughtException', (error) => {
    writeFatal(error)
    process.exit(OWN_FAULT)
  })
  process.on('exit', () => {
    standardOutput.flushNow()
    standardError.flushNow()
  })
}

/** Logs the error that ends the process, at any log level. */
export function writeFatal(error: unknown): void {
  standardError.write(
    logLine(FATAL, {
      pid: process.pid,
      error: redactDeep(error),
      msg: 'the program failed: please report it',
    }),
  )
}

function logLine(level: number, fields: object): string {
  return `${JSON.stringify({ level, time: Date.now(), ...fields })}\n`
}

function writableFor(output: LineOutput): Writable {
  return new Writable({
    decodeStrings: false,
    write: (chunk: unknown, _encoding, done) => {
      output.write(redact(String(chunk)))
      done()
    },
  })
}
