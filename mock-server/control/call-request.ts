import { Command } from 'commander'

import { parseCommand, readUrl } from '../command-flags.ts'
import { MockServerError } from '../errors.ts'
import { suggest } from '../suggest.ts'
import { CONTROL_ENDPOINTS } from './control-endpoints.ts'
import type { Endpoint } from './endpoint.ts'
import { parametersOf } from './openapi.ts'

/** A request of the control API, as the command line describes it. */
export interface CallRequest {
  readonly method: string
  readonly url: string
  /** The text of the body. Undefined: none, or the one in `bodyFile`. */
  readonly body?: string | undefined
  /** `-` is standard input. */
  readonly bodyFile?: string | undefined
}

interface Flags {
  readonly url: string
  readonly body?: string
}

interface Given {
  readonly name: string
  readonly text: string
}

const OPERATIONS = CONTROL_ENDPOINTS.map(({ operation }) => operation)
const WIDTH = Math.max(...OPERATIONS.map(({ length }) => length))

const NOTES = `
Operations, as in store.control and in /__mock/openapi.json:
${CONTROL_ENDPOINTS.map(({ operation, summary }) => `  ${operation.padEnd(WIDTH)}  ${summary}`).join('\n')}

Examples:
  $ mock-content-store call items count=5
  $ mock-content-store call createItem section=12 title=Hello
  $ mock-content-store call setFaults 'faults=[{"name": "slow", "kind": "latency", "scope": "feed", "ms": 500}]'
  $ mock-content-store call client.throttle id=client-1 bytesPerSecond=100
  $ mock-content-store call scenarios.start --body my.yaml

A value is JSON, else a text. --url may name a space: http://127.0.0.1:8080/space/NAME.

Exit codes:
  0 done, 1 refused by the store, 2 usage, 3 no answer of a store, 70 internal error`

/**
 * Reads the arguments after `call`; undefined when help was printed. Throws `bad-config` for the
 * first mistake.
 */
export function parseCall(args: readonly string[]): CallRequest | undefined {
  const command = new Command('mock-content-store call')
    .description('Calls an operation of the control API of a store that runs.')
    .argument('<operation>')
    .argument('[name=value...]', 'parameters, and members of the body')
    .option('--url <URL>', 'the store, or a space of it', readUrl('--url'), 'http://127.0.0.1:8080')
    .option('--body <FILE>', 'the whole body; - is standard input')
    .addHelpText('after', NOTES)
  if (!parseCommand(command, args)) return undefined
  const [operation, ...parts] = command.args
  return requestOf(operation ?? '', parts.map(given), command.opts<Flags>())
}

function requestOf(operation: string, all: readonly Given[], flags: Flags): CallRequest {
  const endpoint = endpointOf(operation)
  const parameters = parametersOf(endpoint)
  const names = new Set(parameters.map(({ name }) => name))
  const twice = all.find(({ name }, index) => all.findIndex((one) => one.name === name) < index)
  if (twice !== undefined)
    throw wrong(`${operation}: expected one ${twice.name}=VALUE, got several`)
  const members = all.filter(({ name }) => !names.has(name))
  const valueOf = (name: string): string | undefined => all.find((one) => one.name === name)?.text
  for (const { name, required } of parameters) {
    if (required && valueOf(name) === undefined)
      throw wrong(`${operation}: expected ${name}=VALUE, got none`)
  }
  const [first] = members
  if (first !== undefined && flags.body !== undefined)
    throw wrong(`${operation}: --body is the whole body, so leave out ${first.name}=VALUE`)
  if (first !== undefined && endpoint.body === undefined) {
    const known = names.size === 0 ? 'none' : [...names].join(', ')
    throw wrong(`${operation}: there is no parameter "${first.name}"; there are: ${known}`)
  }
  const inPath = endpoint.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(valueOf(name) ?? ''),
  )
  const query = new URLSearchParams()
  for (const parameter of parameters) {
    const text = valueOf(parameter.name)
    if (parameter.in === 'query' && text !== undefined) query.set(parameter.name, text)
  }
  const search = query.size === 0 ? '' : `?${query.toString()}`
  const entries = members.map(({ name, text }) => [name, jsonOrText(text)])
  return {
    method: endpoint.method,
    url: `${flags.url}/__mock${inPath}${search}`,
    ...(members.length > 0 && { body: JSON.stringify(Object.fromEntries(entries)) }),
    ...(flags.body !== undefined && { bodyFile: flags.body }),
  }
}

function endpointOf(operation: string): Endpoint {
  const endpoint = CONTROL_ENDPOINTS.find((each) => each.operation === operation)
  if (endpoint !== undefined) return endpoint
  throw wrong(`there is no operation "${operation}"${suggest(operation, OPERATIONS)}`)
}

function given(part: string): Given {
  const equals = part.indexOf('=')
  if (equals > 0) return { name: part.slice(0, equals), text: part.slice(equals + 1) }
  throw wrong(`expected NAME=VALUE, got ${JSON.stringify(part)}`)
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function wrong(message: string): MockServerError {
  return new MockServerError('bad-config', message)
}
