import { describe, expect, it } from 'vitest'

import { SCRIPT_SETTINGS } from '../lib/settings/settings.ts'
import { readCommandLine } from './command-line.ts'

describe('readCommandLine', () => {
  it('readCommandLine has defaults for everything except the scenario', () => {
    expect(readCommandLine(['smoke'], {})).toMatchObject({
      kind: 'run',
      options: {
        scenario: 'smoke',
        profile: 'smoke',
        streams: undefined,
        transport: 'http',
        targets: undefined,
        store: undefined,
        storeHost: '127.0.0.1',
        storePort: 0,
        login: 'user:password',
        claims: ['ids', 'replay'],
        upstreams: 1,
        metrics: [],
        clientsGauge: 'sse_proxy_clients',
        reportDir: 'reports/load',
        k6: undefined,
        patienceMs: 30_000,
        timeoutMs: 331_000,
        thresholds: {},
        variables: {},
        k6Flags: [],
      },
    })
  })

  it('readCommandLine reads K6_BIN, and --k6 overrides it', () => {
    const environment = { K6_BIN: '/opt/k6' }
    expect(readCommandLine(['smoke'], environment)).toMatchObject({ options: { k6: '/opt/k6' } })
    expect(readCommandLine(['smoke', '--k6', 'mine'], environment)).toMatchObject({
      options: { k6: 'mine' },
    })
  })

  it('readCommandLine reads the login from LOAD_LOGIN, and --login overrides it', () => {
    const environment = { LOAD_LOGIN: 'qa:secret' }
    expect(readCommandLine(['smoke'], environment)).toMatchObject({
      options: { login: 'qa:secret', variables: { LOGIN: 'qa:secret' } },
    })
    expect(readCommandLine(['smoke', '--login', 'a:b'], environment)).toMatchObject({
      options: { login: 'a:b' },
    })
  })

  it.each([
    [['--login', 'not-for-logs'], '--login: expected user:password, got one that is not shown'],
    [
      ['--target', 'http://a:not-for-logs@h', '--target', 'http://h'],
      '"http://***@h" and "http://h"',
    ],
    [
      ['--login', 'a:not-for-logs', '--login', 'b:not-for-logs'],
      '--login: expected one value, got two',
    ],
  ])('readCommandLine shows no login in a message: %j', (flags, message) => {
    const read = (): unknown => readCommandLine(['smoke', ...flags], {})
    expect(read).toThrow(message)
    expect(read).not.toThrow('not-for-logs')
  })

  it('readCommandLine collects repeated thresholds, and leaves what follows -- to k6', () => {
    const own = ['--threshold', 'sse_ttfb:p(95)<200', '--threshold', 'sse_events:count>5']
    const args = ['smoke', ...own, '--', '--out', 'json=a.json', '--tag=build=7']
    expect(readCommandLine(args, {})).toMatchObject({
      options: {
        thresholds: { sse_ttfb: ['p(95)<200'], sse_events: ['count>5'] },
        variables: { THRESHOLD: 'sse_ttfb:p(95)<200;sse_events:count>5' },
        k6Flags: ['--out=json=a.json', '--tag=build=7'],
      },
    })
  })

  it('readCommandLine parses values, and passes script settings on unchanged', () => {
    const flags =
      '--streams 50 --target http://a:1/x --store http://b:2/ --upstreams any --transport http2'
    const runnerFlags = '--timeout 9 --report out --store-port 8080'
    expect(
      readCommandLine(['smoke', ...flags.split(' '), ...runnerFlags.split(' ')], {}),
    ).toMatchObject({
      options: {
        streams: 50,
        targets: ['http://a:1/x'],
        store: 'http://b:2',
        storePort: 8080,
        upstreams: 'any',
        transport: 'http2',
        timeoutMs: 9000,
        reportDir: 'out',
        variables: {
          STREAMS: '50',
          TARGET: 'http://a:1/x',
          STORE: 'http://b:2/',
          UPSTREAMS: 'any',
          TRANSPORT: 'http2',
          TIMEOUT: '9',
        },
      },
    })
  })

  it('readCommandLine has a flag for each setting of scripts that users may set', () => {
    const command = readCommandLine([], {})
    const text = command.kind === 'help' ? command.text : ''
    const flags = Object.values(SCRIPT_SETTINGS)
      .filter(({ placeholder }) => placeholder !== undefined)
      .map(({ name }) => `--${name} `)
    expect(flags.length).toBeGreaterThan(10)
    expect(flags.filter((flag) => !text.includes(flag))).toEqual([])
  })

  it.each([
    [[], 'help'],
    [['--help'], 'help'],
    [['smoke', '-h'], 'help'],
  ])('readCommandLine returns the help for %j', (args, kind) => {
    expect(readCommandLine(args, {}).kind).toBe(kind)
  })

  it.each([
    [['--streams', '5'], "missing required argument 'scenario'"],
    [['smok'], "'smok' is invalid for argument 'scenario'. Expected smoke, scaling"],
    [['smoke', 'more'], 'too many arguments'],
    [['smoke', '--stream', '1'], 'Did you mean --streams?'],
    [['smoke', '-x'], "unknown option '-x'"],
    [
      ['smoke', '--profile', 'huge'],
      '--profile: expected smoke, baseline, scale, soak, got "huge"',
    ],
    [['smoke', '--profile'], "option '--profile <NAME>' argument missing"],
    [['smoke', '--streams', '0'], '--streams: expected a number from 1 to 1000000, got "0"'],
    [['smoke', '--streams', '1e3x'], 'got "1e3x"'],
    [
      ['smoke', '--streams', '1', '--streams', '2'],
      '--streams: expected one value, got "1" and "2"',
    ],
    [['smoke', '--store-port', '65536'], '--store-port: expected a number from 0 to 65535'],
    [['smoke', '--target', 'localhost:9080'], '--target: expected http://HOST:PORT/…'],
    [['smoke', '--target', 'http://127.0.0.1:65536'], '--target: expected http://HOST:PORT/…'],
    [
      ['smoke', '--target', 'http://user:p/w@h:9'],
      '--target: expected http://HOST:PORT/… without a login, got "http://***@h:9"',
    ],
    [
      ['smoke', '--store-host', '0.0.0.0'],
      '--store-host: expected an address, or also --public-url, got 0.0.0.0',
    ],
    [['listen'], '--target: expected the URL of your proxy, because listen starts none'],
    [
      ['listen', '--target', 'http://a/', '--store', 'http://b/'],
      '--store: expected none, because listen uses no control API',
    ],
    [['smoke', '--store', 'none'], '--store: expected http://HOST:PORT/…, got "none"'],
    [['smoke', '--edit-command', 'true'], '--edit-command: expected with listen, got smoke'],
    [['smoke', '--store-host', 'localhost'], '--store-host: expected an IPv4 address'],
    [
      ['smoke', '--public-url', 'http://a/b'],
      '--public-url: expected http://HOST:PORT without a path',
    ],
    [['smoke', '--allow-host', 'a b'], '--allow-host: expected names of hosts'],
    [
      ['smoke', '--threshold', 'sse_delay:p(99)<5'],
      '--threshold: expected METRIC:RULE with one of',
    ],
    [
      ['protocol', '--threshold', 'sse_gaps:count==0'],
      '--threshold: expected a metric of protocol, which has no sse_gaps',
    ],
    [['smoke', '--', '--vus', '3'], '--vus: expected a flag of k6 that cannot change the run'],
    [['smoke', '--', '--out'], '--out: expected a value'],
    [['smoke', '--login', 'user'], '--login: expected user:password'],
    [['smoke', '--local-ips', 'mine'], '--local-ips: expected addresses, ranges or networks'],
    [['smoke', '--local-ips', '10.0.0.1,'], '--local-ips: expected addresses, ranges or networks'],
    [
      ['smoke', '--claim', 'cors'],
      '--claim: expected ids,replay, one of them, or none, got "cors"',
    ],
    [['replay', '--claim', 'ids'], '--claim: expected replay, because replay verifies it'],
    [['reconnect-storm', '--claim', 'none'], '--claim: expected replay'],
  ])('readCommandLine refuses %j', (args, complaint) => {
    expect(() => readCommandLine(args, {})).toThrow(complaint)
  })

  it.each([
    ['none', []],
    ['ids', ['ids']],
    ['replay', ['ids', 'replay']],
  ])('readCommandLine reads --claim %s, and a replay includes ids', (text, claims) => {
    expect(readCommandLine(['smoke', '--claim', text], {})).toMatchObject({
      options: { claims, variables: { CLAIM: text } },
    })
  })

  it('readCommandLine lists all wrong values at once', () => {
    expect(() => readCommandLine(['smoke', '--streams', 'x', '--processes', '0'], {})).toThrow(
      expect.objectContaining({
        name: 'LoadError',
        code: 'usage',
        message: expect.stringMatching(/--streams[^]*--processes/),
      }),
    )
  })
})
