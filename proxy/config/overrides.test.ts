import { describe, expect, it } from 'vitest'

import { spawnProxy } from '../testing/spawn-proxy.ts'
import { override } from './overrides.ts'
import { parseConfig } from './read-config.ts'

const connectors = (application: string, admin: string) =>
  `{applicationConnectors: [${application}], adminConnectors: [${admin}]}`
const FILE = `
backends: [{uri: "http://a/"}]
server: ${connectors('{port: 1}, {port: 2}', '{port: 3}, {port: 4}')}`

const portsWith = (port: number | undefined, adminPort: number | undefined) => {
  const { applicationConnectors, adminConnectors } = override(parseConfig(FILE, 'file.yaml', {}), {
    port,
    adminPort,
  })
  return [...applicationConnectors, ...adminConnectors].map((connector) => connector.port)
}

describe('override', () => {
  it.each([
    [
      [undefined, undefined],
      [1, 2, 3, 4],
    ],
    [
      [5, undefined],
      [5, 2, 3, 4],
    ],
    [
      [undefined, 5],
      [1, 2, 5, 4],
    ],
    [
      [3, 1],
      [3, 2, 1, 4],
    ],
    [
      [0, 0],
      [0, 2, 0, 4],
    ],
  ])('override sets the first port of each kind: %j makes %j', ([port, adminPort], ports) => {
    expect(portsWith(port, adminPort)).toEqual(ports)
  })

  it.each([
    ['--port and --admin-port', 5, 5],
    ['--port and the admin port of the file', 3, undefined],
    ['--admin-port and the second port of the file', undefined, 2],
  ])('override refuses one port for two connectors: %s', (_case, port, adminPort) => {
    expect(() => portsWith(port, adminPort)).toThrow(/^port \d is given to two connectors: /)
  })
})

describe('sse-proxy server', () => {
  it('sse-proxy server exits with 2 if --port and --admin-port are the same', async () => {
    const file = 'backends: [{uri: "http://127.0.0.1:1/"}]'
    const args = ['server', 'FILE', '--port', '50080', '--admin-port', '50080']
    await using proxy = spawnProxy(args, { file })
    expect(await proxy.exited).toBe(2)
    expect(proxy.stderr).toMatch(/^port 50080 is given to two connectors: .*--admin-port.*\n$/)
    expect(proxy.stdout).toBe('')
  })
})
