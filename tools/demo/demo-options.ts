import { Command, InvalidArgumentError, Option } from 'commander'

import { fixturePath } from '../../fixtures/read-fixture.ts'

export interface DemoOptions {
  readonly storePort: number
  readonly proxyPort: number
  readonly adminPort: number
  /** Settings of the store, `name=value` each. */
  readonly storeSet: readonly string[]
  /** Path of the configuration of the proxy. */
  readonly proxyConfig: string
  /** Settings that replace those of that file, `path.of.key=value` each. */
  readonly proxySet: readonly string[]
}

const examples = (command: string): string => `
Examples:
  $ ${command} --store-port 0 --proxy-port 0 --admin-port 0
  $ ${command} --store-set ids=true --store-set label=demo
  $ ${command} --proxy-set proxy.heartbeatMs=5000 --proxy-set logging.level=DEBUG`

/**
 * Reads the flags of the demo, which users start by `command`. Prints the help and exits with 0, or
 * the mistake and exits with 2.
 */
export function readDemoOptions(command: string, args: readonly string[]): DemoOptions {
  return new Command(command)
    .description('A Mock Content Store, and an SSE Proxy in front of it.')
    .addOption(portOption('--store-port', 'port of the store', 8080))
    .addOption(portOption('--proxy-port', 'port of the proxy', 9080))
    .addOption(portOption('--admin-port', 'admin port of the proxy', 7090))
    .addOption(settingOption('--store-set', 'a setting of the store; may be repeated'))
    .option('--proxy-config <FILE>', 'configuration of the proxy', fixturePath('config/demo.yaml'))
    .addOption(settingOption('--proxy-set', 'a key of that file and its value; may be repeated'))
    .addHelpText('after', examples(command))
    .allowExcessArguments(false)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse(args, { from: 'user' })
    .opts<DemoOptions>()
}

/** The name and the value of a setting, cut at the first `=`. */
export function cutSetting(setting: string): readonly [name: string, value: string] {
  const at = setting.indexOf('=')
  return [setting.slice(0, at), setting.slice(at + 1)]
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

function settingOption(flag: string, help: string): Option {
  return new Option(`${flag} <NAME=VALUE>`, help).default([], 'none').argParser(addSetting)
}

function addSetting(text: string, earlier: readonly string[]): readonly string[] {
  if (!/^[\w.]+=/.test(text)) throw new InvalidArgumentError('Expected NAME=VALUE.')
  return [...earlier, text]
}
