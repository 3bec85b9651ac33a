import { gunzipSync } from 'node:zlib'

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { FaultBench, LOG } from '../../testing/fault-bench.ts'
import { until } from '../../testing/until.ts'
import type { FaultScope } from '../fault-scope.ts'

const EVENT = `data: http://localhost${LOG}\n\n`

let bench: FaultBench
beforeAll(async () => {
  bench = await FaultBench.start()
})
afterEach(async () => {
  bench.clear()
  bench.release()
  bench.store.control.closeStreams()
  await until(() => bench.store.control.info().workers.busy === 0, 'no worker is busy')
})
afterAll(async () => {
  await bench[Symbol.asyncDispose]()
})

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
    ['long-line', 'sse-open', `${'x'.repeat(1_000)}\n${EVENT}`],
  ]
  it.each(feeds)('%s in scope %s sends %j', async (defect, scope, expected) => {
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

  it('gzip of a stream is whole after each event', async () => {
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
    // One piece leaves with each step, and the client reads it before the next one.
    const { chunks } = client
    const isCut = (): boolean =>
      chunks.some((chunk, n) => chunk.endsWith(end) && chunks[n + 1]?.startsWith(start) === true)
    for (let steps = 0; steps < 20 && !isCut(); steps += 1) {
      await bench.expectServed()
      await bench.store.control.clock.advance(5)
      await bench.expectServed()
    }
    expect(isCut()).toBe(true)
    expect(bench.report.strikes).toBe(1)
  })
})

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
