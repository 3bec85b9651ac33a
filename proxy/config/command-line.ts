import {
  Argument,
  Command as Program,
  CommanderError,
  InvalidArgumentError,
  Option,
} from 'commander'

import { type AdminAddress, readAdminAddress } from '../admin/admin-address.ts'
import { ProxyError } from '../errors.ts'
import { standardOutput } from '../output/standard-streams.ts'
import { VERSION } from '../version.ts'
import { type Definition, readFlagDefinition } from './flag-definition.ts'
import type { Overrides } from './overrides.ts'

/** What the command line asks for. Help has been printed. */
export type Command =
  | { readonly kind: 'help' }
  | {
      readonly kind: 'check'
      readonly file: string
      /** Whether to ask the engine of a row, too. */
      readonly connects: boolean
      readonly definitions: readonly Definition[]
    }
  | { readonly kind: 'migrate'; readonly file: string; readonly isJson: boolean }
  | { readonly kind: 'health'; readonly admin: AdminAddress; readonly isReady: boolean }
  | { readonly kind: 'upgrade'; readonly whom: URL | number }
  | { readonly kind: 'verify'; readonly files: readonly string[]; readonly options: VerifyOptions }
  | { readonly kind: 'server'; readonly file: string; readonly options: ServerOptions }

export interface VerifyOptions {
  /** Whether the files are connections of one client, in their order. */
  readonly isOneClient: boolean
  readonly isJson: boolean
}

export interface ServerOptions extends Overrides {
  /** Where to write the two ports when both are bound. */
  readonly portFile: string | undefined
  /** Where to write the id of the process that serves the clients. */
  readonly pidFile: string | undefined
  /** Whether the start-up line is a JSON object. */
  readonly isJson: boolean
  /** `-Ddw.KEY=VALUE` */
  readonly definitions: readonly Definition[]
}

const EXAMPLES = `
Examples:
  sse-proxy server /etc/escenic/sse-proxy/sse-proxy.yaml
  sse-proxy server sse-proxy.yaml --port 0 --port-file ports.txt
  CS_PASSWORD=… sse-proxy check sse-proxy.yaml
  sse-proxy server sse-proxy.yaml -Ddw.logging.level=DEBUG
  sse-proxy migrate /etc/escenic/sse-proxy/sse-proxy.yaml
  sse-proxy health --ready
  sse-proxy health unix:/run/sse-proxy/admin.sock
  sse-proxy upgrade http://127.0.0.1:7090
  curl -N http://127.0.0.1:9080/ > capture.txt; sse-proxy verify capture.txt

-Ddw.KEY=VALUE sets any key of the file, for server and check, and so does the variable DW_KEY:
-Ddw.server.applicationConnectors[0].port=9080, DW_SERVER_APPLICATIONCONNECTORS_0_PORT=9080.
HTTPS_PROXY, HTTP_PROXY and NO_PROXY name a forward proxy for back ends.

The flags of the server: sse-proxy server --help`

/** Reads flags, then the environment of this process. Throws `usage` for the first mistake. */
export function readCommandLine(allArgs: readonly string[]): Command {
  let command: Command = { kind: 'help' }
  // As for a JVM, they may be anywhere.
  const definitions = allArgs.filter(isDefinition).map(readFlagDefinition)
  const args = allArgs.filter((arg) => !isDefinition(arg))
  const program = createProgram(definitions, (chosen) => {
    command = chosen
  })
  try {
    program.parse(args.length === 0 ? ['--help'] : args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return { kind: 'help' }
    const mistake = error.message.replace(/^error: /, '')
    throw new ProxyError('usage', `${mistake}\nsee sse-proxy --help`)
  }
  return command
}

function isDefinition(arg: string): boolean {
  return arg.startsWith('-D')
}

function createProgram(
  definitions: readonly Definition[],
  choose: (command: Command) => void,
): Program {
  const program = new Program('sse-proxy')
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => standardOutput.write(text),
      // The caller prints the error that is thrown.
      outputError: () => {},
    })
    .addHelpText('after', EXAMPLES)
    .configureHelp({ showGlobalOptions: true })
  program
    .command('server')
    .description('run the proxy with a configuration file')
    .argument('<file>')
    .addOption(portOption('--port <port>', 'application port', 'SSE_PROXY_PORT'))
    .addOption(portOption('--admin-port <port>', 'admin port', 'SSE_PROXY_ADMIN_PORT'))
    .addOption(
      new Option(
        '--port-file <path>',
        'write both ports, or paths of Unix sockets, to this file once the proxy listens',
      ).env('SSE_PROXY_PORT_FILE'),
    )
    .addOption(
      new Option(
        '--pid-file <path>',
        'write the process id to this file once the proxy listens; a new process replaces it',
      ).env('SSE_PROXY_PID_FILE'),
    )
    .option('--json', 'print the start-up line as a JSON object')
    .action((file: string, { json, ...flags }: ServerFlags) => {
      const { port, adminPort, portFile, pidFile } = flags
      const options = { port, adminPort, portFile, pidFile, isJson: json === true, definitions }
      choose({ kind: 'server', file, options })
    })
  program
    .command('check')
    .description('check a configuration file and list its mistakes')
    .argument('<file>')
    .option(
      '--connect',
      'also ask the engine of a row what it may lose: exit code 1 if it is unfit',
    )
    .action((file: string, { connect }: { readonly connect?: true }) =>
      choose({ kind: 'check', file, connects: connect === true, definitions }),
    )
  program
    .command('migrate')
    .description(
      "read a file of the vendor's proxy, and say for each key what it does here, why it has no " +
        'effect, or what to change: exit code 0 when the proxy starts with it, or 1',
    )
    .argument('<file>')
    .option('--json', 'print a JSON object')
    .action((file: string, { json }: { readonly json?: true }) =>
      choose({ kind: 'migrate', file, isJson: json === true }),
    )
  program
    .command('health')
    .description('ask a proxy that runs whether it is healthy: exit code 0, or 1 with the reason')
    .addArgument(
      new Argument('[url]', 'its admin port, or unix:PATH of its Unix socket')
        .default(new URL('http://127.0.0.1:7090'), 'http://127.0.0.1:7090')
        .argParser(readAdmin),
    )
    .option('--ready', 'healthy also means that all back ends are connected')
    .action((admin: AdminAddress, { ready }: { readonly ready?: true }) =>
      choose({ kind: 'health', admin, isReady: ready === true }),
    )
  program
    .command('upgrade')
    .description(
      'replace a proxy on this host by the program and the file that are on disk now: its clients ' +
        'move to the new process and stay connected; exit code 0, or 1 with the reason, and the ' +
        'old process keeps its clients',
    )
    .addArgument(
      new Argument('[url]', 'its admin port')
        .default(new URL('http://127.0.0.1:7090'), 'http://127.0.0.1:7090')
        .argParser(readAdminUrl),
    )
    .addOption(
      new Option('--pid <pid>', 'send SIGUSR2 to this process; its log has the result').argParser(
        readPid,
      ),
    )
    .action((adminUrl: URL, { pid }: { readonly pid?: number }) =>
      choose({ kind: 'upgrade', whom: pid ?? adminUrl }),
    )
  program
    .command('verify')
    .description('tell from what clients received whether an event was lost, doubled or reordered')
    .argument('<file...>', 'output of curl -N, HAR file or k6 capture, each of a client of its own')
    .option('--one-client', 'the files are connections of one client, in this order')
    .option('--json', 'print the report as JSON')
    .action((files: string[], { oneClient, json }: VerifyFlags) => {
      const options = { isOneClient: oneClient === true, isJson: json === true }
      choose({ kind: 'verify', files, options })
    })
  return program
}

interface VerifyFlags {
  readonly oneClient?: true
  readonly json?: true
}

function readAdmin(text: string): AdminAddress {
  const admin = readAdminAddress(text)
  if (admin !== undefined) return admin
  throw new InvalidArgumentError('Expected an http or https URL without a login, or unix:PATH.')
}

function readAdminUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && isWeb(url) && url.username === '' && url.password === '') return url
  throw new InvalidArgumentError('Expected an http or https URL without a login.')
}

function readPid(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Expected a process id.')
}

function isWeb({ protocol }: URL): boolean {
  return protocol === 'http:' || protocol === 'https:'
}

interface ServerFlags {
  readonly port?: number
  readonly adminPort?: number
  readonly portFile?: string
  readonly pidFile?: string
  readonly json?: boolean
}

function portOption(flags: string, help: string, variable: string): Option {
  return new Option(flags, `${help}, overrides the file; 0 = any free one`)
    .env(variable)
    .argParser((text) => {
      if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
      throw new InvalidArgumentError('Expected a port from 0 to 65535.')
    })
}
