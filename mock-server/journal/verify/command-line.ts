import { Command, InvalidArgumentError } from 'commander'
import { parse as parseYaml } from 'yaml'

import { parseCommand, readUrl } from '../../command-flags.ts'
import { MockServerError } from '../../errors.ts'
import { mistakeText } from '../../mistake-text.ts'
import { readSmallFile } from '../../small-file.ts'
import { TOO_DEEP, tooDeepAt } from '../../yaml-depth.ts'
import type { VerifyRequest } from './expectation.ts'
import { VERIFY_REQUEST } from './expectation.ts'

export interface VerifyCommand {
  /** The store, or a space of it. */
  readonly url: string
  readonly request: VerifyRequest
  /** Whether the answer is printed as it came. */
  readonly json: boolean
}

interface Flags {
  readonly url: string
  readonly expect?: readonly string[]
  readonly file?: string
  readonly since?: number
  readonly json?: true
}

const MAX_FILE_BYTES = 65_536

const NOTES = `
Expectations:
  exactlyOneConnection      one stream at a time: host, user, userAgent, remoteAddress, stream
  polledPrevious            each event was followed by a poll: withinMs, atLeast, log, host, …
  neverPolledWithoutEvent   no poll without an event: log, pollers, allowFirst, host, …
  requests                  method, path, status, log, page, host, …; exactly, atLeast, atMost
  connections               stream, host, …; exactly, atLeast, atMost

Examples:
  $ mock-content-store verify --url http://127.0.0.1:8080 --expect exactlyOneConnection
  $ mock-content-store verify --url http://127.0.0.1:8080 \\
      --expect 'polledPrevious: {withinMs: 2000}' --expect 'requests: {status: 503, exactly: 0}'
  $ mock-content-store verify --url http://127.0.0.1:8080 --file expectations.yaml

The file is YAML or JSON: a list of expectations, or "expect" with that list and "since".

Exit codes:
  0 passed, 1 failed or inconclusive, 2 usage, 3 no answer of a store, 70 internal error`

/**
 * Reads the arguments after `verify`; undefined when help was printed. Throws `bad-config` for the
 * first mistake.
 */
export function parseVerify(args: readonly string[]): VerifyCommand | undefined {
  const command = commandLine()
  if (!parseCommand(command, args)) return undefined
  const flags = command.opts<Flags>()
  return { url: flags.url, request: readRequest(flags), json: flags.json ?? false }
}

function commandLine(): Command {
  return new Command('mock-content-store verify')
    .description('Asks a running store whether what happened is what was expected.')
    .requiredOption('--url <URL>', 'the store, as it printed it', readUrl('--url'))
    .option(
      '--expect <EXPECTATION>',
      'a name, or YAML such as "requests: {exactly: 0}"; repeatable',
      collect,
    )
    .option('--file <FILE>', 'read expectations from this YAML or JSON file')
    .option('--since <ID>', 'only what came after this entry of the journal', readId)
    .option('--json', 'print the whole answer as JSON')
    .addHelpText('after', NOTES)
    .allowExcessArguments(false)
}

function collect(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text]
}

function readId(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Expected the id of an entry, a whole number.')
}

function readRequest({ expect = [], file, since }: Flags): VerifyRequest {
  const given = expect.map((text) => expectationOf(text, `--expect ${text}`))
  const fromFile = file === undefined ? {} : requestOf(readFile(file))
  const listed = 'expect' in fromFile && Array.isArray(fromFile.expect) ? fromFile.expect : []
  if (given.length + listed.length === 0) {
    throw new MockServerError('bad-config', 'expected --expect EXPECTATION or --file FILE')
  }
  const request = {
    ...fromFile,
    ...(since === undefined ? {} : { since }),
    expect: [...given, ...listed.map(named)],
  }
  const result = VERIFY_REQUEST.safeParse(request, { error: mistakeText })
  if (result.success) return result.data
  const mistakes = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new MockServerError('bad-config', mistakes.join('\n'))
}

/** A file with a list alone is a list of expectations. */
function requestOf(content: unknown): object {
  if (Array.isArray(content)) return { expect: content }
  return typeof content === 'object' && content !== null ? content : { expect: content }
}

function expectationOf(text: string, origin: string): unknown {
  return named(parse(text, origin))
}

/** A name alone is an expectation without members. */
function named(value: unknown): unknown {
  return typeof value === 'string' ? { [value]: {} } : value
}

function readFile(path: string): unknown {
  let text: string
  try {
    text = readSmallFile(path, MAX_FILE_BYTES)
  } catch (error) {
    throw new MockServerError('bad-config', `cannot read ${path}: ${reasonOf(error)}`, {
      cause: error,
    })
  }
  return parse(text, path)
}

function parse(text: string, origin: string): unknown {
  try {
    if (tooDeepAt(text) !== undefined) throw new Error(TOO_DEEP)
    return parseYaml(text)
  } catch (error) {
    throw new MockServerError('bad-config', `${origin}: ${reasonOf(error)}`, { cause: error })
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.trim() : String(error)
}
