import { describe, expect, it } from 'vitest'

import { migrate } from './migration.ts'
import { override } from './overrides.ts'
import { parseConfig, parseFile } from './read-config.ts'
import { takeOver } from './reloadable.ts'

const backends = [{ uri: 'http://store.example/sse' }]
const fileWith = (applicationConnectors: readonly object[], blocks: object = {}) =>
  JSON.stringify({ server: { applicationConnectors }, backends, ...blocks })
const socketOf = (connector: object) => {
  const text = fileWith([{ type: 'unix-socket', ...connector }])
  return parseConfig(text, 'file.yaml', {}).applicationConnectors[0]?.socket
}
const complaintAbout = (...connectors: readonly object[]): string => {
  try {
    parseConfig(fileWith(connectors), 'file.yaml', {})
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const at = (path: string, level: string) =>
  parseFile(fileWith([{ type: 'unix-socket', path }], { logging: { level } }), 'file.yaml', {})
const warningsWith = (trustedProxies: string) => {
  const proxy = { limits: { maxPerAddress: 5 }, trustedProxies }
  return parseConfig(fileWith([{ type: 'unix-socket' }], { proxy }), 'file.yaml', {}).warnings
}

describe('a connector of type unix-socket', () => {
  it.each([
    [{}, { path: '/tmp/dropwizard.sock', mode: 0o660 }],
    [{ path: '/run/a/../b//c.sock' }, { path: '/run/b/c.sock', mode: 0o660 }],
    [
      { path: '/run/c.sock', mode: '0666' },
      { path: '/run/c.sock', mode: 0o666 },
    ],
    [
      { path: '/run/c.sock', mode: 600 },
      { path: '/run/c.sock', mode: 0o600 },
    ],
  ])('a connector of type unix-socket with %j listens at %j', (keys, socket) => {
    expect(socketOf(keys)).toEqual(socket)
  })

  it.each([
    [{ path: 'run/c.sock' }, /\.path: expected a path from the root, of at most 90 bytes/],
    [{ path: `/${'x'.repeat(90)}` }, /\.path: expected a path from the root, of at most 90 bytes/],
    [{ path: '/run/' }, /\.path: expected a path from the root/],
    [{ path: '/run/a\nb' }, /\.path: expected text without line ends/],
    [{ mode: '0o660' }, /\.mode: expected three octal digits such as 660/],
    [{ mode: '4755' }, /\.mode: expected three octal digits such as 660/],
    [
      { port: 9080 },
      /\.port: expected no such key .* unix-socket, which has no port: it has a path/,
    ],
    [{ bindHost: '0.0.0.0' }, /\.bindHost: no such key .* unix-socket, which has a path/],
    [{ keyStorePath: '/a.p12' }, /\.keyStorePath: expected no such key .* which has no TLS/],
  ])('a connector of type unix-socket with %j is refused', (keys, complaint) => {
    expect(complaintAbout({ type: 'unix-socket', ...keys })).toMatch(complaint)
  })

  it('a connector of another type needs a port, and has no path and no mode', () => {
    expect(complaintAbout({ type: 'http' })).toContain(
      'port is missing: expected a whole number from 0 to 65535',
    )
    expect(complaintAbout({ port: 1, path: '/a.sock', mode: 660 })).toMatch(
      /\.path: expected no such key for a connector of type http, which has no Unix socket.*\n.*\.mode: /,
    )
  })

  it('two connectors at the same file are refused, and two without a port are not', () => {
    const one = { type: 'unix-socket', path: '/run/a.sock' }
    expect(complaintAbout(one, { ...one, path: '/run/./a.sock' })).toMatch(
      /applicationConnectors\[1\]\.path: expected a path that no other connector has/,
    )
    expect(complaintAbout(one, { ...one, path: '/run/b.sock' }, { port: 0 }, { port: 0 })).toBe('')
  })

  it('a flag for the port of a Unix socket is refused', () => {
    const config = parseConfig(fileWith([{ type: 'unix-socket' }]), 'file.yaml', {})
    expect(() => override(config, { port: 9080, adminPort: undefined })).toThrow(
      '--port or SSE_PROXY_PORT: expected no port, since the first connector of the file is a Unix socket (/tmp/dropwizard.sock)',
    )
    expect(override(config, { port: undefined, adminPort: 1 }).adminConnectors[0]?.port).toBe(1)
  })

  it('migrate says that a Unix socket works, and that its mode differs', () => {
    const text = fileWith([{ type: 'unix-socket', path: '/run/a.sock' }, { port: 1 }])
    const lines = migrate(text, {}).keys.map(({ outcome, key }) => `${outcome} ${key}`)
    expect(lines).toContain('works server.applicationConnectors[0].path')
    expect(lines.filter((line) => line.startsWith('check server.app'))).toEqual([
      'check server.applicationConnectors[0].mode',
      'check server.applicationConnectors[1].bindHost',
    ])
  })

  it('a reload that moves a Unix socket changes no certificate, since the connectors need a restart', () => {
    const taken = takeOver(at('/run/a.sock', 'INFO'), at('/run/b.sock', 'WARN'))
    expect(taken.config.applicationConnectors[0]?.socket?.path).toBe('/run/a.sock')
    expect(taken.config.logLevel).toBe('warn')
  })

  it('a limit per address at a Unix socket gets a warning, unless its peers name the clients', () => {
    expect(warningsWith('10.0.0.0/8')).toEqual([
      expect.stringContaining('counts all clients of a Unix socket as one: name unix in'),
    ])
    expect(warningsWith('unix')).toEqual([])
  })

  it('trustedProxies takes unix, beside addresses', () => {
    const text = fileWith([], { proxy: { trustedProxies: 'unix, 10.0.0.0/8' } })
    const { server: _server, ...rest } = JSON.parse(text)
    const { settings } = parseConfig(JSON.stringify(rest), 'file.yaml', {})
    expect(settings.trustedProxies).toEqual(['unix', '10.0.0.0/8'])
  })
})
