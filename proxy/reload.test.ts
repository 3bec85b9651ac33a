import { describe, expect, it } from 'vitest'

import { type ParsedFile, parseFile } from './config/read-config.ts'
import { ProxyError } from './errors.ts'
import { startProxy as startLibraryProxy } from './library.ts'
import { createLogger } from './logger.ts'
import { expectFile, Reload } from './reload.ts'
import { startProxy } from './start.ts'
import { eventually } from './testing/deadline.ts'
import { RawClient } from './testing/raw-client.ts'
import { startBackEnd } from './testing/scripted-back-end.ts'

const LONG_MS = 600_000

type Block = Readonly<Record<string, unknown>>

/** A file with the back ends `uris`, or with further keys for each. */
function fileWith(backends: readonly (string | Block)[], blocks: Block = {}): ParsedFile {
  const file = {
    server: { applicationConnectors: [{ port: 0 }], adminConnectors: [{ port: 0 }] },
    backends: backends.map((backEnd) => (typeof backEnd === 'string' ? { uri: backEnd } : backEnd)),
    ...blocks,
  }
  return parseFile(JSON.stringify(file), 'proxy.yaml', {})
}

function corsFile(allowedOrigins: string): ParsedFile {
  return fileWith(['http://127.0.0.1:1/'], { cors: { allowedOrigins } })
}

/** A file with a key that needs a restart, one that is reloaded, and one that has no effect. */
function loggingFile(heartbeatMs: number, level: string): ParsedFile {
  return fileWith(['http://127.0.0.1:1/'], {
    proxy: { heartbeatMs },
    logging: { level },
    metrics: { frequency: `${heartbeatMs} seconds` },
  })
}

async function start(running: ParsedFile) {
  const lines: string[] = []
  const logger = createLogger(running.config.logLevel, (line) => void lines.push(line))
  const proxy = await startProxy(running.config, logger, [])
  let next: ParsedFile | ProxyError = running
  const reload = new Reload({
    proxy,
    read: () => {
      if (next instanceof ProxyError) throw next
      return next
    },
    running,
    logger,
  })
  return {
    port: Number(new URL(proxy.url).port),
    adminUrl: proxy.adminUrl,
    /** Reloads this file, or one with this mistake. Returns the lines of the log about it. */
    reload: (file: ParsedFile | ProxyError): readonly string[] => {
      const before = lines.length
      next = file
      reload.run()
      return lines.slice(before).map((line) => String(JSON.parse(line).msg))
    },
    lines,
    [Symbol.asyncDispose]: proxy.close,
  }
}

/** A configuration for the library. */
function configuration(maxConnections: number | string) {
  return {
    server: { applicationConnectors: [{ port: 0 }], adminConnectors: [{ port: 0 }] },
    backends: [{ uri: 'http://127.0.0.1:1/' }],
    proxy: { limits: { maxConnections } },
  }
}

async function statusOf(port: number): Promise<string | undefined> {
  await using client = await RawClient.get({ port })
  return client.head?.slice(0, 'HTTP/1.1 200'.length)
}

function beatsOf(client: RawClient): number {
  return client.body.toString('latin1').split(/^:\n/m).length - 1
}

describe('a reload of back ends', () => {
  it('a reload connects to new back ends, disconnects from old ones, and keeps other connections and streams', async () => {
    await using stays = await startBackEnd()
    await using goes = await startBackEnd()
    await using comes = await startBackEnd()
    await using proxy = await start(fileWith([goes.uri, stays.uri]))
    await using client = await RawClient.get({ port: proxy.port })
    await goes.requested(1)
    await stays.requested(1)
    const log = proxy.reload(fileWith([stays.uri, comes.uri]))
    expect(log).toContain('configuration reloaded: backends[0].uri, backends[1].uri')
    await comes.requested(1)
    await eventually('the old back end has no connection', () => goes.open === 0)
    await eventually('events of both arrive', () => {
      stays.send('data: of the one that stays\n\n')
      comes.send('data: of the new one\n\n')
      return new Set(client.data).size >= 2
    })
    expect(new Set(client.data)).toEqual(new Set(['of the one that stays', 'of the new one']))
    expect(stays.requests).toHaveLength(1)
    const health = await fetch(`${proxy.adminUrl}/healthcheck`)
    expect(Object.keys(Object(await health.json()))).toEqual(
      [`backend ${comes.uri}`, `backend ${stays.uri}`].toSorted(),
    )
    expect(client.isClosed).toBe(false)
  })

  it('a reload that removes a back end ends the announcements after its outage', async () => {
    await using goes = await startBackEnd()
    await using stays = await startBackEnd()
    const quick = { reconnectFirstMs: 20, reconnectCapMs: 20 }
    // Announcements come one after the other.
    const proxyBlock = {
      heartbeatMs: 200,
      backEnd: quick,
      resync: { settleMs: 0, spreadMs: LONG_MS },
    }
    await using proxy = await start(fileWith([goes.uri, stays.uri], { proxy: proxyBlock }))
    await using client = await RawClient.get({ port: proxy.port })
    await goes.requested(1)
    await stays.requested(1)
    const urls = Array.from({ length: 300 }, (_, number) => `${stays.uri}/changelog/${number}`)
    goes.send(urls.map((url) => `data: ${url}\n\n`).join(''))
    await client.received(urls.length)
    goes.drop('reset')
    await eventually('URLs are announced again', () => client.events.length > urls.length + 2)
    proxy.reload(fileWith([stays.uri], { proxy: proxyBlock }))
    stays.send('data: marker\n\n')
    await eventually('the marker arrives', () => client.data.includes('marker'))
    const { length } = client.events
    expect(length).toBeLessThan(2 * urls.length)
    const beats = beatsOf(client)
    await eventually('the stream is silent', () => beatsOf(client) >= beats + 2)
    expect(client.events).toHaveLength(length)
  })

  it('a reload connects again with a changed login, and clients get a gap event', async () => {
    await using backEnd = await startBackEnd()
    const settings = { proxy: { resync: { settleMs: 1 } } }
    const login = (password: string) => [
      { uri: backEnd.uri, credentials: { username: 'reader', password } },
    ]
    await using proxy = await start(fileWith(login('first-secret'), settings))
    await using client = await RawClient.get({ port: proxy.port })
    await backEnd.requested(1)
    await eventually('the first connection is used', () => {
      backEnd.send('data: before\n\n')
      return client.data.includes('before')
    })
    const log = proxy.reload(fileWith(login('second-secret'), settings))
    expect(log).toContain('configuration reloaded: backends[0].credentials.password')
    await backEnd.requested(2)
    const base64 = Buffer.from('reader:second-secret').toString('base64')
    expect(backEnd.requests[1]).toContain(`Authorization: Basic ${base64}`)
    await eventually('the client has the gap event', () =>
      client.events.some(({ type }) => type === 'sse-proxy-gap'),
    )
    expect(client.isClosed).toBe(false)
    await eventually('one connection is left', () => backEnd.open === 1)
    expect(proxy.lines.join('\n')).not.toContain('secret')
  })

  it('a reload of a back end that waits for its next attempt connects at once', async () => {
    let status = '401 Unauthorized'
    await using backEnd = await startBackEnd({
      answer: () =>
        `HTTP/1.1 ${status}\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n`,
    })
    const waits = { proxy: { backEnd: { reconnectFirstMs: LONG_MS, reconnectCapMs: LONG_MS } } }
    const withHeader = (value: string) =>
      fileWith([{ uri: backEnd.uri, httpHeaders: { 'X-Key': value } }], waits)
    await using proxy = await start(withHeader('wrong'))
    await eventually('the login is refused', () =>
      proxy.lines.some((line) => /"msg":"back end: [^"]*401/.test(line)),
    )
    status = '200 OK'
    const log = proxy.reload(withHeader('right'))
    expect(log).toContain('configuration reloaded: backends[0].httpHeaders')
    await eventually('the back end is connected', async () => {
      return (await fetch(`${proxy.adminUrl}/healthcheck`)).ok
    })
    expect(backEnd.requests).toHaveLength(2)
  })

  it('a proxy that is ready stays ready when a new back end does not answer', async () => {
    await using backEnd = await startBackEnd()
    await using silent = await startBackEnd({ answer: () => '' })
    await using proxy = await start(fileWith([backEnd.uri]))
    const isReady = async () => (await fetch(`${proxy.adminUrl}/ready`)).ok
    await eventually('the proxy is ready', isReady)
    proxy.reload(fileWith([backEnd.uri, silent.uri]))
    await silent.requested(1)
    expect(await isReady()).toBe(true)
  })

  it('a reload changes nothing when clients have ids of a back end whose URL changes', async () => {
    await using first = await startBackEnd()
    await using second = await startBackEnd()
    const ids = { proxy: { replay: { ids: 'upstream' } } }
    await using proxy = await start(fileWith([first.uri], ids))
    await first.requested(1)
    // The next file alone would be right: ids of the proxy go with any back ends.
    const [line] = proxy.reload(fileWith([first.uri, second.uri]))
    expect(line).toMatch(/^the configuration is not reloaded, nothing has changed: backends has/)
    expect(second.requests).toEqual([])
  })
})

describe('a reload of settings for clients', () => {
  it('a reload changes limits for new clients, and those that are connected stay and count', async () => {
    await using proxy = await start(fileWith(['http://127.0.0.1:1/']))
    const limits = (maxPerAddress: number) =>
      fileWith(['http://127.0.0.1:1/'], { proxy: { limits: { maxPerAddress } } })
    const old = await RawClient.get({ port: proxy.port })
    await using other = await RawClient.get({ port: proxy.port })
    const log = proxy.reload(limits(2))
    expect(log).toEqual(['configuration reloaded: proxy.limits.maxPerAddress'])
    expect(await statusOf(proxy.port)).toBe('HTTP/1.1 503')
    await old[Symbol.asyncDispose]()
    await eventually('there is room', async () => (await statusOf(proxy.port)) === 'HTTP/1.1 200')
    proxy.reload(limits(1))
    expect(await statusOf(proxy.port)).toBe('HTTP/1.1 503')
    proxy.reload(limits(0))
    expect(await statusOf(proxy.port)).toBe('HTTP/1.1 200')
    expect(other.isClosed).toBe(false)
  })

  it('a reload changes the CORS fields of the next response', async () => {
    await using proxy = await start(corsFile('https://old.example'))
    const allows = async (origin: string) => {
      await using client = await RawClient.get({ port: proxy.port, fields: [`Origin: ${origin}`] })
      return client.head?.includes(`Access-Control-Allow-Origin: ${origin}`)
    }
    expect(await allows('https://old.example')).toBe(true)
    expect(await allows('https://new.example')).toBe(false)
    proxy.reload(corsFile('https://new.example'))
    expect(await allows('https://old.example')).toBe(false)
    expect(await allows('https://new.example')).toBe(true)
  })
})

describe('a reload in a program', () => {
  it('reload of the library takes over a configuration, and throws when it has a mistake', async () => {
    await using proxy = await startLibraryProxy(configuration(0))
    const port = Number(new URL(proxy.url).port)
    await using client = await RawClient.get({ port })
    expect(() => proxy.reload(configuration('many'))).toThrow(/maxConnections: expected/)
    expect(await statusOf(port)).toBe('HTTP/1.1 200')
    proxy.reload(configuration(1))
    expect(await statusOf(port)).toBe('HTTP/1.1 503')
    expect(client.isClosed).toBe(false)
  })
})

describe('the log of a reload', () => {
  it('the log names keys that were taken over, and each time those that need a restart', async () => {
    await using proxy = await start(loggingFile(1000, 'INFO'))
    expect(proxy.reload(loggingFile(1000, 'INFO'))).toEqual([
      'configuration reloaded: no key has changed',
    ])
    expect(proxy.reload(loggingFile(2000, 'DEBUG'))).toEqual([
      'configuration reloaded: logging.level',
      'changed, but needs a restart: proxy.heartbeatMs',
    ])
    expect(proxy.reload(loggingFile(2000, 'WARN'))).toEqual([
      'changed, but needs a restart: proxy.heartbeatMs',
    ])
    expect(proxy.reload(loggingFile(1000, 'INFO'))).toEqual([
      'configuration reloaded: logging.level',
    ])
  })

  it('a file with a mistake changes nothing, and the log has the mistake', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await start(fileWith([backEnd.uri]))
    await backEnd.requested(1)
    const mistake = new ProxyError('bad-config', 'proxy.yaml has a mistake:\n  proxy.yaml:1:2  x')
    expect(proxy.reload(mistake)).toEqual([
      `the configuration is not reloaded, nothing has changed: ${mistake.message}`,
    ])
    expect(proxy.reload(fileWith([backEnd.uri]))).toEqual([
      'configuration reloaded: no key has changed',
    ])
    expect(backEnd.requests).toHaveLength(1)
  })

  it('expectFile refuses what can be read only once', () => {
    expect(() => expectFile('/dev/null')).toThrow('/dev/null is not a file that can be read again')
    expect(() => expectFile('/no/such/file')).not.toThrow()
  })
})
