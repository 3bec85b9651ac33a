import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { ProxyError } from '../errors.ts'
import { createLogger } from '../logger.ts'
import { startProxy } from '../start.ts'
import { type ScriptedBackEnd, startBackEnd } from '../testing/scripted-back-end.ts'
import type { Config } from './config.ts'
import { parseConfig } from './read-config.ts'

/** Any character. `unit: 'binary'` does the same with a table that takes a second. */
const character = fc
  .nat({ max: 0x10_ffff })
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))

/** Mostly valid values, so that most files are accepted, and some that may be invalid. */
const mostly = <Value>(fine: fc.Arbitrary<Value>, odd: fc.Arbitrary<Value>) =>
  fc.oneof({ arbitrary: fine, weight: 12 }, { arbitrary: odd, weight: 1 })

const text = mostly(
  fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom('0123', 'true', 'null', ' a ', '*', '\u00e9', '# a', '$A', "'", '"'),
  ),
  fc.oneof(
    fc.string({ unit: character, maxLength: 12 }),
    fc.constantFrom('', '\u20ac', 'a\r\nb', '\ud800', '${A}'),
  ),
)
const name = mostly(
  fc.constantFrom('Host', 'Cookie', 'X-Test', 'Accept', 'Authorization', 'last-event-id'),
  fc.oneof(text, fc.constantFrom('Trailer', 'Content-Length', '__proto__', 'constructor')),
)
const number = mostly(
  fc.integer({ min: 1024, max: 60_000 }),
  fc.constantFrom(-1, 0, 1, 0.5, 86_400_000, 2_592_000_000, 2 ** 31, 2 ** 53, 1e21),
)
const part = mostly(fc.constantFrom(0, 0.1, 1), number)
const often = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined })
const names = fc.array(name, { maxLength: 3 }).map((list) => list.join(','))

const server = fc.record(
  {
    bindHost: often(
      mostly(fc.constantFrom('127.0.0.1', 'localhost'), fc.constantFrom('', '*', '[::1]')),
    ),
    idleTimeout: often(mostly(fc.constantFrom('30 seconds', '5 min', '1d'), text)),
    maxRequestHeaderSize: often(mostly(fc.constantFrom('8KiB', '1MB', '4096'), text)),
  },
  { requiredKeys: [] },
)
const backEndBlock = (uri: string) =>
  fc.record({
    uri: fc.constant(uri),
    credentials: often(fc.record({ username: text, password: text })),
    httpHeaders: often(fc.dictionary(name, text, { maxKeys: 3 })),
  })
const settings = fc.record(
  {
    heartbeatMs: number,
    stallMs: number,
    headMs: number,
    maxHeadBytes: number,
    maxFrameBytes: number,
    maxStreamMs: number,
    returnSpreadMs: number,
    drainMs: number,
    crashSpreadMs: number,
    workers: mostly(fc.constantFrom(1, 'auto'), fc.constantFrom(0, 'many', '1e0')),
    limits: fc.record(
      { maxPerAddress: number, connectionsPerSecond: number },
      { requiredKeys: [] },
    ),
    replay: fc.record(
      { maxFrames: number, maxBytes: number, maxAgeMs: number },
      { requiredKeys: [] },
    ),
    resync: fc.record({ maxPointers: number, spreadMs: number }, { requiredKeys: [] }),
    backEnd: fc.record(
      { silenceMs: number, reconnectFirstMs: number, reconnectJitter: part },
      { requiredKeys: [] },
    ),
    admin: fc.record(
      { allowHosts: names, maxConnections: number, idleMs: number },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
)
const cors = fc.record(
  {
    allowedOrigins: names,
    exposedHeaders: names,
    allowedHeaders: names,
    allowedMethods: names,
    preflightMaxAge: number,
  },
  { requiredKeys: [] },
)

const file = (uri: string) =>
  fc
    .record({
      connector: server,
      backEnd: backEndBlock(uri),
      proxy: often(settings),
      cors: often(cors),
    })
    .map(({ connector, backEnd: one, proxy, cors: block }) =>
      JSON.stringify({
        server: {
          applicationConnectors: [{ type: 'http', port: 0, ...connector }],
          adminConnectors: [{ type: 'http', port: 0 }],
        },
        backends: [one],
        ...(proxy === undefined ? {} : { proxy }),
        ...(block === undefined ? {} : { cors: block }),
      }),
    )

/** Undefined = refused with a message. */
function configOf(yaml: string): Config | undefined {
  try {
    return parseConfig(yaml, 'file.yaml', {})
  } catch (error) {
    if (error instanceof ProxyError && error.code === 'bad-config') return undefined
    throw error
  }
}

/** The request head that the back end got, as Latin-1. */
async function requestBy(config: Config, backEnd: ScriptedBackEnd): Promise<string> {
  const before = backEnd.requests.length
  const proxy = await startProxy(config, createLogger('silent'), [])
  try {
    const ping = await fetch(`${proxy.adminUrl}/ping`)
    expect(await ping.text()).toBe('pong\n')
    await openStream(proxy.url)
    await backEnd.requested(before + 1)
    return backEnd.requests[before] ?? ''
  } finally {
    await proxy.close()
  }
}

/** Opens a stream like a web page. The limits of the file may refuse or close it. */
async function openStream(url: string): Promise<void> {
  const abort = new AbortController()
  const headers = { Origin: 'http://a.example' }
  try {
    await fetch(url, { signal: abort.signal, headers })
  } catch {
    // Closed by the proxy.
  }
  abort.abort()
}

/** The header lines that the file requires. */
function linesFor({ httpHeaders, credentials }: Config['backEnds'][number]): readonly string[] {
  const lines = Object.entries(httpHeaders).map(([key, value]) => `\r\n${key}: ${value}\r\n`)
  const isOwn = Object.keys(httpHeaders).some((key) => key.toLowerCase() === 'authorization')
  if (credentials === undefined || isOwn) return lines
  const login = Buffer.from(`${credentials.username}:${credentials.password}`)
  return [...lines, `\r\nAuthorization: Basic ${login.toString('base64')}\r\n`]
}

describe('a file that parseConfig accepts', () => {
  it('a file that parseConfig accepts starts a proxy that serves, and that sends headers and login as they are written', async () => {
    await using target = await startBackEnd()
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(file(target.uri), async (yaml) => {
        const config = configOf(yaml)
        if (config === undefined) return
        accepted += 1
        const head = await requestBy(config, target)
        for (const line of config.backEnds.flatMap(linesFor)) expect(head).toContain(line)
      }),
      { numRuns: 200 },
    )
    // Otherwise the property would hold without any case.
    expect(accepted).toBeGreaterThan(10)
  })
})
