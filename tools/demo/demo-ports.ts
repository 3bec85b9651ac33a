import { Command, InvalidArgumentError, Option } from 'commander'

export interface DemoPorts {
  readonly storePort: number
  readonly proxyPort: number
  readonly adminPort: number
}

/**
 * Reads the flags of `npm start`. Prints the help and exits with 0, or the mistake and exits with
 * 2.
 */
export function readDemoPorts(args: readonly string[]): DemoPorts {
  return new Command('npm start --')
    .description('A Mock Content Store, and an SSE Proxy in front of it.')
    .addOption(portOption('--store-port', 'port of the store', 8080))
    .addOption(portOption('--proxy-port', 'port of the proxy', 9080))
    .addOption(portOption('--admin-port', 'admin port of the proxy', 7090))
    .addHelpText(
      'after',
      '\nExample:\n  $ npm start -- --store-port 0 --proxy-port 0 --admin-port 0',
    )
    .allowExcessArguments(false)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse(args, { from: 'user' })
    .opts<DemoPorts>()
}

function portOption(flag: string, help: string, port: number): Option {
  return new Option(`${flag} <PORT>`, `${help}; 0 selects a free one`)
    .default(port)
    .argParser(readPort)
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(port <= 65_535)) throw new InvalidArgumentError('Expected a whole number from 0 to 65535.')
  return port
}
