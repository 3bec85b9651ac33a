import { afterEach, describe, expect, it, vi } from 'vitest'

import { readCommandLine } from './command-line.ts'

describe('readCommandLine', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('readCommandLine reads ports and port file from flags', () => {
    const flags = ['--port', '0', '--admin-port', '65535', '--port-file', 'ports', '--json']
    expect(readCommandLine(['server', 'a.yaml', ...flags])).toEqual({
      kind: 'server',
      file: 'a.yaml',
      options: { port: 0, adminPort: 65_535, portFile: 'ports', isJson: true, definitions: [] },
    })
  })

  it('readCommandLine prefers a flag to its environment variable', () => {
    vi.stubEnv('SSE_PROXY_PORT', '2')
    vi.stubEnv('SSE_PROXY_ADMIN_PORT', '3')
    expect(readCommandLine(['server', 'a.yaml', '--port', '1'])).toMatchObject({
      options: { port: 1, adminPort: 3, portFile: undefined, isJson: false },
    })
  })

  it('readCommandLine reads the command check', () => {
    expect(readCommandLine(['check', 'a.yaml'])).toEqual({
      kind: 'check',
      connects: false,
      file: 'a.yaml',
      definitions: [],
    })
    expect(readCommandLine(['check', 'a.yaml', '--connect'])).toMatchObject({ connects: true })
  })

  it('readCommandLine reads definitions at any place of the command line', () => {
    const flags = ['-Ddw.proxy.workers=2', 'check', '-Ddw.a[0].b\\.c=d=e', 'a.yaml']
    expect(readCommandLine(flags)).toMatchObject({
      file: 'a.yaml',
      definitions: [
        { path: ['proxy', 'workers'], value: '2' },
        { path: ['a', 0, 'b.c'], value: 'd=e' },
      ],
    })
  })

  it.each([
    '-D',
    '-Ddw.',
    '-Ddw.=1',
    '-Ddw.a',
    '-Ddw.a[x]=1',
    '-Ddw.[0]=1',
    '-Dfile.encoding=UTF-8',
  ])('readCommandLine refuses the definition %s with an example', (flag) => {
    expect(() => readCommandLine(['check', 'a.yaml', flag])).toThrow(
      /^-D\S*: expected -Ddw\.KEY=VALUE, such as /,
    )
  })

  it('readCommandLine reads the command health', () => {
    const admin = new URL('http://127.0.0.1:7090')
    expect(readCommandLine(['health'])).toEqual({ kind: 'health', admin, isReady: false })
    expect(readCommandLine(['health', 'http://[::1]:1', '--ready'])).toEqual({
      kind: 'health',
      admin: new URL('http://[::1]:1'),
      isReady: true,
    })
    const socket = { socketPath: '/run/a b.sock' }
    expect(readCommandLine(['health', 'unix:/run/a b.sock'])).toEqual({
      kind: 'health',
      admin: socket,
      isReady: false,
    })
  })

  it.each(['127.0.0.1:7090', 'ftp://host', 'https://user:secret@host', 'unix:a.sock', 'unix:'])(
    'readCommandLine refuses the admin URL %s',
    (url) => {
      expect(() => readCommandLine(['health', url])).toThrow(
        'Expected an http or https URL without a login, or unix:PATH.',
      )
    },
  )

  it('readCommandLine refuses a wrong port in the environment and names the variable', () => {
    vi.stubEnv('SSE_PROXY_PORT', 'x')
    expect(() => readCommandLine(['server', 'a.yaml'])).toThrow(
      "value 'x' from env 'SSE_PROXY_PORT' is invalid. Expected a port from 0 to 65535.",
    )
  })

  it.each([
    [['serve', 'a'], "unknown command 'serve'\n(Did you mean server?)"],
    [['server'], "missing required argument 'file'"],
    [['server', 'a', 'b'], "too many arguments for 'server'"],
    [['server', 'a', '--prot', '1'], "unknown option '--prot'\n(Did you mean --port?)"],
    [['server', 'a', '--port', '65536'], "argument '65536' is invalid. Expected a port from 0"],
    [['server', 'a', '--port', ''], "argument '' is invalid. Expected a port from 0 to 65535."],
    [['server', 'a', '--port'], "option '--port <port>' argument missing"],
    [['check', 'a', '--port', '1'], "unknown option '--port'"],
  ])('readCommandLine refuses %j and says what to change', (args, mistake) => {
    expect(() => readCommandLine(args)).toThrow(mistake)
    expect(() => readCommandLine(args)).toThrow('see sse-proxy --help')
  })
})
