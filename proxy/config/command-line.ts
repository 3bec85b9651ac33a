import { cac } from 'cac'

import { ProxyError } from '../errors.ts'
import { nearestName } from './nearest-name.ts'

/** What the command line asks for. */
export type Command =
  | { readonly kind: 'help'; readonly print: () => void }
  | { readonly kind: 'check'; readonly file: string }
  | { readonly kind: 'server'; readonly file: string; readonly overrides: Overrides }

/** What stands over the file [protocol §8.4]; undefined = not given. */
export interface Overrides {
  readonly port: number | undefined
  readonly adminPort: number | undefined
  /** Where to write the two ports when both are bound. */
  readonly portFile: string | undefined
  /** Whether the start-up line is a JSON object. */
  readonly isJson: boolean
}

type Environment = Readonly<Record<string, string | undefined>>

const COMMANDS = ['server', 'check'] as const
const OPTIONS = ['port', 'adminPort', 'portFile', 'json', 'help', 'h', '--'] as const

/** Flag, then environment. Throws one `usage` that lists every mistake. */
export function readCommandLine(args: readonly string[], environment: Environment): Command {
  const cli = createCli()
  const { options, args: words } = cli.parse(['node', 'sse-proxy', ...args], { run: false })
  const name = cli.matchedCommandName
  if (options['help'] === true || args.length === 0)
    return { kind: 'help', print: () => cli.outputHelp() }

  const mistakes: string[] = []
  if (name === undefined) mistakes.push(unknownCommand(words[0]))
  else if (words.length !== 1)
    mistakes.push(`${name} takes one configuration file, got ${words.length}`)
  for (const option of Object.keys(options)) {
    if (!isOneOf(option, OPTIONS)) mistakes.push(unknownFlag(option))
  }
  const port = readPort('--port', options['port'], 'SSE_PROXY_PORT', environment, mistakes)
  const adminPort = readPort(
    '--admin-port',
    options['adminPort'],
    'SSE_PROXY_ADMIN_PORT',
    environment,
    mistakes,
  )
  const portFile: unknown = options['portFile'] ?? environment['SSE_PROXY_PORT_FILE']
  if (portFile !== undefined && typeof portFile !== 'string') {
    mistakes.push('--port-file: expected a path')
  }
  if (mistakes.length > 0) {
    throw new ProxyError('usage', `${mistakes.join('\n')}\nsee sse-proxy --help`)
  }
  const file = words[0] ?? ''
  if (name === 'check') return { kind: 'check', file }
  return {
    kind: 'server',
    file,
    overrides: {
      port,
      adminPort,
      portFile: typeof portFile === 'string' ? portFile : undefined,
      isJson: options['json'] === true,
    },
  }
}

function createCli() {
  const cli = cac('sse-proxy')
  cli.command('server <file>', 'Run the proxy with this configuration file')
  cli.command('check <file>', 'Say whether the file is a valid configuration')
  cli.option('--port <port>', 'Application port, over the file (SSE_PROXY_PORT); 0 = any free one')
  cli.option('--admin-port <port>', 'Admin port, over the file (SSE_PROXY_ADMIN_PORT)')
  cli.option('--port-file <path>', 'Write both ports here when bound (SSE_PROXY_PORT_FILE)')
  cli.option('--json', 'Print the start-up line as a JSON object')
  cli.example('sse-proxy server /etc/escenic/sse-proxy/sse-proxy.yaml')
  cli.example('sse-proxy server sse-proxy.yaml --port 0 --port-file ports.txt')
  cli.example('CS_PASSWORD=… sse-proxy check sse-proxy.yaml')
  cli.help()
  // Printed by main, as everything is.
  cli.showHelpOnExit = false
  return cli
}

function unknownCommand(word: string | undefined): string {
  if (word === undefined) return 'expected a command: server FILE or check FILE'
  const near = nearestName(word, COMMANDS)
  const hint = near === undefined ? '' : `; did you mean ${near}?`
  return `${word} is not a command, expected server FILE or check FILE${hint}`
}

function unknownFlag(option: string): string {
  const flag = option.length === 1 ? `-${option}` : `--${kebab(option)}`
  const known = OPTIONS.filter((name) => /^[a-z]{2}/i.test(name)).map((name) => `--${kebab(name)}`)
  const near = nearestName(flag, known)
  return `${flag} is not a known flag${near === undefined ? '' : `; did you mean ${near}?`}`
}

function readPort(
  flag: string,
  given: unknown,
  variable: string,
  environment: Environment,
  mistakes: string[],
): number | undefined {
  const fromEnvironment = environment[variable]
  const value = given ?? fromEnvironment
  if (value === undefined) return undefined
  const port = typeof value === 'string' && /^[0-9]+$/.test(value) ? Number(value) : value
  if (typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  const origin = given === undefined ? variable : flag
  mistakes.push(`${origin}: expected a port from 0 to 65535, got ${shown(value)}`)
  return undefined
}

function shown(value: unknown): string {
  return value === true ? 'nothing' : JSON.stringify(value)
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function isOneOf(name: string, names: readonly string[]): boolean {
  return names.includes(name)
}
