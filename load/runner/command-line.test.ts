import { describe, expect, it } from 'vitest'

import { readCommandLine } from './command-line.ts'

describe('the command line', () => {
  it('has a default for everything but the scenario', () => {
    expect(readCommandLine(['smoke'], {})).toEqual({
      kind: 'run',
      options: {
        scenario: 'smoke',
        profile: 'smoke',
        streams: undefined,
        transport: 'http',
        processes: undefined,
        localIps: undefined,
        target: undefined,
        store: undefined,
        storePort: 0,
        login: 'user:password',
        upstreams: 1,
        rounds: undefined,
        metrics: undefined,
        clientsGauge: 'sse_proxy_clients',
        reportDir: 'reports/load',
        k6: undefined,
        patienceMs: 30_000,
        timeoutMs: 331_000,
      },
    })
  })

  it('takes a k6 from the environment, and a flag over it', () => {
    const environment = { K6_BIN: '/opt/k6' }
    expect(readCommandLine(['smoke'], environment)).toMatchObject({ options: { k6: '/opt/k6' } })
    expect(readCommandLine(['smoke', '--k6', 'mine'], environment)).toMatchObject({
      options: { k6: 'mine' },
    })
  })

  it('reads numbers, addresses and "any"', () => {
    const flags = ['--streams', '50', '--target', 'http://a:1/x', '--store', 'http://b:2/']
    const more = [
      '--upstreams',
      'any',
      '--transport',
      'http2',
      '--timeout',
      '9',
      '--report',
      'out',
      '--store-port',
      '8080',
    ]
    expect(readCommandLine(['smoke', ...flags, ...more], {})).toMatchObject({
      options: {
        streams: 50,
        target: 'http://a:1/x',
        store: 'http://b:2',
        storePort: 8080,
        upstreams: undefined,
        transport: 'http2',
        timeoutMs: 9000,
        reportDir: 'out',
      },
    })
  })

  it.each([
    [[], 'help'],
    [['--help'], 'help'],
    [['smoke', '-h'], 'help'],
  ])('%j asks for help', (args, kind) => {
    expect(readCommandLine(args, {}).kind).toBe(kind)
  })

  it.each([
    [['--streams', '5'], 'expected a scenario: smoke, scaling'],
    [['smok'], 'did you mean smoke?'],
    [['zebra'], '"zebra" is no scenario, expected one of smoke'],
    [['smoke', 'more'], 'one scenario at a time, got also more'],
    [['smoke', '--stream', '1'], '--stream: there is no such flag; did you mean --streams?'],
    [['smoke', '-x'], '-x: there is no such flag'],
    [
      ['smoke', '--profile', 'huge'],
      '--profile: expected smoke, baseline, scale, soak, got "huge"',
    ],
    [['smoke', '--profile'], '--profile: expected smoke, baseline, scale, soak, got nothing'],
    [['smoke', '--streams', '0'], '--streams: expected a number from 1 to 1000000, got 0'],
    [['smoke', '--streams', '1e3x'], 'got 1e3x'],
    [['smoke', '--streams'], '--streams: expected one value, got nothing'],
    [['smoke', '--streams', '1', '--streams', '2'], '--streams: expected one value, got [1,2]'],
    [['smoke', '--store-port', '65536'], '--store-port: expected a number from 0 to 65535'],
    [['smoke', '--target', 'localhost:9080'], '--target: expected http://HOST:PORT/…'],
    [['smoke', '--login', 'user'], '--login: expected user:password'],
  ])('%j is refused', (args, complaint) => {
    expect(() => readCommandLine(args, {})).toThrow(complaint)
  })

  it('lists all mistakes at once', () => {
    expect(() => readCommandLine(['nothing', '--streams', 'x', '--nope'], {})).toThrow(
      expect.objectContaining({
        name: 'LoadError',
        code: 'usage',
        message: expect.stringMatching(/nope[^]*nothing[^]*streams/),
      }),
    )
  })
})
