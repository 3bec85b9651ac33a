import { gunzipSync } from 'node:zlib'

import { describe, expect, it } from 'vitest'

import { EVENT, FaultBench, LAST_CHUNK, lengthIn } from '../../testing/fault-bench.ts'
import { RawClient, rawRequest } from '../../testing/raw-client.ts'
import { until } from '../../testing/until.ts'
import type { FaultScope } from '../fault-scope.ts'

const bench = await FaultBench.forFile()

describe('malformed', () => {
  const feeds: readonly (readonly [string, FaultScope, string])[] = [
    ['entity', 'feed', '&undefined;</feed>'],
    ['root', 'item', '</other>'],
    ['namespace', 'feed', 'xmlns="http://example.com/not-atom"'],
    ['invalid-utf-8', 'item', '\xc3(</entry>'],
    ['content-type', 'feed', 'Content-Type: text/html; charset=utf-8\r\n'],
    ['content-type', 'sse-connect', 'Content-Type: text/html; charset=utf-8\r\n'],
    ['gzip', 'feed', '\x1f\x8b\x08'],
    ['bom', 'sse-connect', `\xef\xbb\xbf${EVENT}`],
    ['bom', 'sse-open', `\xef\xbb\xbf${EVENT}`],
    ['nul-in-id', 'sse-open', `id: a\0b\n${EVENT}`],
    ['retry-text', 'sse-open', `retry: abc\n${EVENT}`],
    ['no-colon', 'sse-open', `unknown\n${EVENT}`],
    ['invalid-utf-8', 'sse-open', `: \xc3(\n${EVENT}`],
    ['long-line', 'sse-open', `x\n${EVENT}`],
  ]
  it.each(feeds)('malformed %s in scope %s sends %j', async (defect, scope, expected) => {
    const fault = { name: 'bad', kind: 'malformed', scope, defect }
    if (scope !== 'sse-open') bench.set(fault)
    using client = await bench.send(scope)
    if (scope.startsWith('sse')) {
      await client.read('\r\n\r\n')
      if (scope === 'sse-open') bench.set(fault)
      bench.change()
    }
    await client.read(expected)
    expect(bench.report.strikes).toBeGreaterThan(0)
  })

  it('malformed root renames the start and the end of the root element', async () => {
    bench.set({ name: 'bad', kind: 'malformed', scope: 'feed', defect: 'root' })
    using client = await bench.send('feed')
    await client.read('</other>')
    expect(client.text).toContain('<other ')
    expect(client.text).not.toMatch(/<\/?feed/)
  })

  it('malformed long-line is a comment of a megabyte', async () => {
    using client = await bench.open()
    bench.set({ name: 'bad', kind: 'malformed', scope: 'sse-open', defect: 'long-line' })
    bench.change()
    await client.read(EVENT)
    expect(client.text.match(/:x+(?=\n)/)?.[0]).toHaveLength(1_000_001)
  })

  it('malformed bom comes once, before the first event of a stream', async () => {
    bench.set({ name: 'bad', kind: 'malformed', scope: 'sse-connect', defect: 'bom' })
    using client = await bench.open()
    bench.change()
    bench.change()
    await until(() => client.text.split(EVENT).length === 3, 'two events')
    expect(client.text.split('\xef\xbb\xbf')).toHaveLength(2)
  })

  it('malformed gzip sends a complete gzip member for each event of a stream', async () => {
    bench.set({ name: 'bad', kind: 'malformed', scope: 'sse-connect', defect: 'gzip' })
    using client = await bench.open()
    expect(client.text).toContain('Content-Encoding: gzip\r\n')
    for (const count of [1, 2]) {
      bench.change()
      await until(
        () => unchunked(client.text).split('\x1f\x8b\x08').length === count + 1,
        'a member',
      )
      await until(() => unzipped(client.text) === EVENT.repeat(count), 'the event')
    }
  })
})

describe('split', () => {
  it.each([
    ['utf-8', 'sse-open', '\xc3', '\xa9'],
    ['crlf', 'sse-open', '\r', '\n'],
    ['field-name', 'sse-connect', 'd', 'ata'],
    ['crlf', 'feed', '\r', '\n'],
  ] as const)('split at %s in scope %s cuts %j from %j', async (at, scope, end, start) => {
    const fault = { name: 'cut', kind: 'split', scope, at, delayMs: 5 }
    bench.freeze()
    if (scope !== 'sse-open') bench.set(fault)
    using client = await bench.send(scope)
    await client.read(scope === 'feed' ? 'HTTP' : '\r\n')
    if (scope === 'sse-open') bench.set(fault)
    if (scope !== 'feed') bench.change()
    const { chunks } = client
    const isCut = (): boolean =>
      chunks.some((chunk, n) => chunk.endsWith(end) && chunks[n + 1]?.startsWith(start) === true)
    for (let steps = 0; steps < 20 && !isCut(); steps += 1) await step(5)
    expect(isCut()).toBe(true)
    expect(bench.report.strikes).toBe(1)
  })

  it('split at crlf sends the events of an open stream with CRLF', async () => {
    using client = await bench.open()
    bench.set({ name: 'cut', kind: 'split', scope: 'sse-open', at: 'crlf' })
    bench.change()
    await client.read(EVENT.replaceAll('\n', '\r\n'))
    expect(client.text).not.toContain(EVENT)
  })

  it('split at field-name cuts the name of each field', async () => {
    bench.freeze()
    using client = await bench.open()
    bench.set({ name: 'cut', kind: 'split', scope: 'sse-open', at: 'field-name' })
    bench.store.control.client.sendToAll({ data: 'x', event: 'story', id: '7' })
    bench.store.control.client.sendToAll({ retryMs: 5 })
    const isWhole = (): boolean => client.text.includes('retry: 5\n')
    for (let steps = 0; steps < 20 && !isWhole(); steps += 1) await step(1)
    const starts = client.chunks.filter((chunk) => /^(vent|d|ata|etry): /.test(chunk))
    expect(starts.map((chunk) => chunk.split(':', 1)[0])).toEqual(['vent', 'd', 'ata', 'etry'])
  })

  it('split waits delayMs between two pieces', async () => {
    bench.freeze()
    bench.set({ name: 'cut', kind: 'split', scope: 'feed', maxChunkBytes: 100, delayMs: 50 })
    using client = await bench.send('feed')
    await until(() => client.text.length === 100, 'the first piece')
    await bench.store.control.clock.advance(49)
    await bench.expectServed()
    expect(client.text).toHaveLength(100)
    await bench.store.control.clock.advance(1)
    await until(() => client.text.length === 200, 'the second piece')
  })

  it.each([
    { kind: 'split', at: 'crlf', delayMs: 1_000 },
    { kind: 'bandwidth', bytesPerSecond: 10 },
  ])('when $kind ends, the rest is sent at once, and later events are plain', async (fault) => {
    bench.freeze()
    using client = await bench.open()
    bench.set({ name: 'slow', scope: 'sse-open', ...fault })
    bench.change()
    await bench.expectServed()
    expect(client.text).not.toContain('data:')
    bench.clear()
    await client.read('data: ')
    bench.change()
    await client.read(EVENT)
  })
})

describe('bandwidth', () => {
  it('bandwidth sends one byte at a time below ten bytes a second', async () => {
    bench.freeze()
    bench.set({ name: 'slow', kind: 'bandwidth', scope: 'feed', bytesPerSecond: 4 })
    using client = await bench.send('feed')
    await until(() => client.text.length === 1, 'the first byte')
    await bench.store.control.clock.advance(249)
    await bench.expectServed()
    expect(client.text).toHaveLength(1)
    await bench.store.control.clock.advance(1)
    await until(() => client.text.length === 2, 'the second byte')
  })
})

describe('truncate', () => {
  it.each([
    [{}, (length: number) => Math.floor(length / 2)],
    [{ fraction: 0.25 }, (length: number) => Math.floor(length / 4)],
    [{ fraction: 0 }, () => 0],
    [{ bytes: 40 }, () => 40],
    [{ bytes: 1_000_000 }, (length: number) => length],
  ] as const)('truncate %j sends its share of a document', async (parameters, lengthLeft) => {
    const whole = lengthIn(await bench.healthyText('item'))
    bench.set({ name: 'cut', kind: 'truncate', scope: 'item', ...parameters })
    using client = await bench.send('item')
    await client.read('\r\n\r\n')
    expect(lengthIn(client.text)).toBe(lengthLeft(whole))
  })

  it('truncate keeps the Content-Length of a JSON document correct', async () => {
    bench.set({ name: 'cut', kind: 'truncate', scope: 'feed', bytes: 5 })
    using client = await RawClient.connect(bench.store.port)
    client.send(rawRequest('GET', '/live-center-editorial/event/18/entries'))
    await client.read('\r\n\r\n')
    expect(client.text).toMatch(/\r\nContent-Type: application\/json/)
    expect(lengthIn(client.text)).toBe(5)
  })

  it('truncate sends no whole event, and ends the stream', async () => {
    using client = await bench.open()
    bench.set({ name: 'cut', kind: 'truncate', scope: 'sse-open', bytes: 1_000_000 })
    bench.change()
    await client.read(LAST_CHUNK)
    expect(client.text).toContain(EVENT.slice(0, -1))
    expect(client.text).not.toContain(EVENT)
  })
})

/** One piece leaves, and the client reads it before the next one. */
async function step(ms: number): Promise<void> {
  await bench.expectServed()
  await bench.store.control.clock.advance(ms)
  await bench.expectServed()
}

function unchunked(text: string): string {
  let rest = text.slice(text.indexOf('\r\n\r\n') + 4)
  let body = ''
  for (;;) {
    const end = rest.indexOf('\r\n')
    const size = Number.parseInt(rest.slice(0, Math.max(end, 0)), 16)
    if (Number.isNaN(size) || size === 0) return body
    body += rest.slice(end + 2, end + 2 + size)
    rest = rest.slice(end + 4 + size)
  }
}

function unzipped(text: string): string {
  return gunzipSync(Buffer.from(unchunked(text), 'latin1')).toString()
}
