import { cac } from 'cac'

import { MockServerError } from '../errors.ts'
import { KNOBS } from '../knobs.ts'

export interface DemoPorts {
  readonly store: number
  readonly proxy: number
  readonly admin: number
}

const FLAGS = {
  storePort: { flag: '--store-port', port: 8080, help: 'port of the store' },
  proxyPort: { flag: '--proxy-port', port: 9080, help: 'port of the proxy' },
  adminPort: { flag: '--admin-port', port: 7090, help: 'admin port of the proxy' },
} as const

/** Reads the flags of `npm start`. Undefined when help was asked for, and given. Throws one `bad-config`. */
export function readDemoPorts(args: readonly string[]): DemoPorts | undefined {
  const cli = cac('npm start --')
  cli.usage('[flags]\n\n  A Mock Content Store, and an SSE Proxy in front of it.')
  for (const { flag, port, help } of Object.values(FLAGS)) {
    cli.option(`${flag} <PORT>`, `${help} (default: ${port}); 0 takes a free one`)
  }
  cli.example('  $ npm start -- --store-port 0 --proxy-port 0 --admin-port 0')
  cli.help()
  const { options, args: words } = cli.parse(['node', cli.name, ...args], { run: false })
  if (options['help'] === true) return undefined

  const strangers = Object.keys(options).filter(
    (name) => name !== '--' && !Object.hasOwn(FLAGS, name),
  )
  const expected = Object.values(FLAGS).map(({ flag }) => flag)
  const mistakes = [...words, ...strangers].map(
    (word) => `${word}: expected ${expected.join(', ')}`,
  )
  const read = (name: keyof typeof FLAGS): number => {
    const { flag, port } = FLAGS[name]
    const value: unknown = options[name] ?? port
    const checked = KNOBS.port.schema.safeParse(value)
    if (checked.success) return checked.data
    mistakes.push(
      `${flag}: expected ${KNOBS.port.expects}, got ${value === true ? 'no value' : JSON.stringify(value)}`,
    )
    return port
  }
  const ports = { store: read('storePort'), proxy: read('proxyPort'), admin: read('adminPort') }
  if (mistakes.length > 0) throw new MockServerError('bad-config', mistakes.join('\n'))
  return ports
}
