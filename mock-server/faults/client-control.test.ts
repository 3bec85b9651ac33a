import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { FaultBench, LOG } from '../testing/fault-bench.ts'
import type { RawClient } from '../testing/raw-client.ts'
import { until } from '../testing/until.ts'

const EVENT = `data: http://localhost${LOG}\n\n`

let bench: FaultBench
beforeAll(async () => {
  bench = await FaultBench.start()
})
afterEach(() => bench.release())
afterAll(async () => {
  await bench[Symbol.asyncDispose]()
})

async function post(path: string, body: object = {}): Promise<readonly [number, string]> {
  const response = await fetch(`${bench.store.url}/__mock${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
  })
  return [response.status, await response.text()]
}

interface TwoStreams extends Disposable {
  /** Of the first client. */
  readonly id: string
  readonly first: RawClient
  readonly second: RawClient
}

async function twoStreams(): Promise<TwoStreams> {
  const first = await bench.open()
  const id = bench.store.control.clients().at(-1)?.id ?? ''
  const second = await bench.open()
  return {
    id,
    first,
    second,
    [Symbol.dispose]: () => {
      first[Symbol.dispose]()
      second[Symbol.dispose]()
      bench.store.control.closeStreams()
    },
  }
}

/** The stream gets an event of a change. */
async function expectEvent(client: RawClient): Promise<void> {
  const { length } = client.text
  bench.change()
  await until(() => client.text.slice(length).includes(EVENT), 'the event')
}

describe('the commands to one client', () => {
  it.each([
    [
      { data: 'one\ntwo', event: 'story', id: '7' },
      'event: story\nid: 7\ndata: one\ndata: two\n\n',
    ],
    [{ comment: 'still\nhere' }, ': still\n: here\n'],
    [{ retryMs: 1_500 }, 'retry: 1500\n'],
    [{ text: 'data: half' }, 'data: half'],
    [{ base64: Buffer.from([0xc3, 0x28, 0x0a]).toString('base64') }, '\xc3(\n'],
  ])('the command send writes %j to that client alone', async (body, expected) => {
    using streams = await twoStreams()
    const { id, first, second } = streams
    const { length } = Buffer.from(expected, 'latin1')
    expect(await post(`/clients/${id}/send`, body)).toEqual([
      200,
      JSON.stringify({ bytes: length }),
    ])
    await first.read(`\r\n${length.toString(16)}\r\n${expected}\r\n`)
    await expectEvent(second)
    expect(second.text).not.toContain(expected)
  })

  it('the command stall holds the events of one client until resume, and other clients get theirs', async () => {
    using streams = await twoStreams()
    const { id, first, second } = streams
    expect(await post(`/clients/${id}/stall`)).toEqual([204, ''])
    await expectEvent(second)
    expect(first.text).not.toContain('data:')
    expect(bench.store.control.clients()[0]?.backlog).toBeGreaterThan(EVENT.length)
    expect(await post(`/clients/${id}/resume`)).toEqual([204, ''])
    await first.read(EVENT)
    await expectEvent(first)
  })

  it('the command stall with ms ends after that time', async () => {
    using streams = await twoStreams()
    const { id, first, second } = streams
    bench.freeze()
    await post(`/clients/${id}/stall`, { ms: 1_000 })
    await expectEvent(second)
    expect(first.text).not.toContain('data:')
    await bench.store.control.clock.advance(1_000)
    await first.read(EVENT)
  })

  it('the command throttle slows one client until resume', async () => {
    using streams = await twoStreams()
    const { id, first, second } = streams
    bench.freeze()
    await post(`/clients/${id}/throttle`, { bytesPerSecond: 50 })
    const { length } = first.text
    await expectEvent(second)
    await until(() => first.text.length === length + 5, 'the first tenth of a second')
    await bench.store.control.clock.advance(100)
    await until(() => first.text.length === length + 10, 'the second tenth of a second')
    expect(await post(`/clients/${id}/resume`)).toEqual([204, ''])
    await first.read(EVENT)
  })

  it.each([
    ['reset', 'ECONNRESET', true, false],
    ['fin', '', true, false],
    ['close', '', false, true],
  ])('the command %s ends one stream: %j', async (command, errorCode, isClosed, hasLastChunk) => {
    using streams = await twoStreams()
    const { id, first, second } = streams
    expect(await post(`/clients/${id}/${command}`)).toEqual([204, ''])
    if (isClosed) await until(() => first.isClosed, 'the end of the connection')
    else await first.read('\r\n\r\n0\r\n\r\n')
    expect([first.errorCode, first.isClosed]).toEqual([errorCode, isClosed])
    expect(first.text.endsWith('0\r\n\r\n')).toBe(hasLastChunk)
    await expectEvent(second)
    expect(await post(`/clients/${id}/${command}`)).toEqual([
      404,
      expect.stringContaining(`there is no client ${id}`),
    ])
  })

  it.each([
    [{}, 'expected one of data, comment, retryMs, text, base64, got none'],
    [{ text: 'a', data: 'b' }, 'got data and text'],
    [{ comment: 'a', id: '1' }, 'event and id belong to an event'],
    [{ data: 'a', id: '1\n2' }, 'id: expected no CR, LF or NUL'],
    [{ data: 'a', event: 'x\ny' }, 'event: expected no CR, LF or NUL'],
    [{ base64: '?' }, 'base64: '],
    [{ raw: 'a' }, 'raw'],
  ])('the command send refuses %j', async (body, detail) => {
    using streams = await twoStreams()
    const { id } = streams
    expect(await post(`/clients/${id}/send`, body)).toEqual([400, expect.stringContaining(detail)])
  })
})

describe('POST /__mock/stream', () => {
  it.each([
    [{}, 2, [true, true]],
    [{ user: 'user' }, 2, [true, true]],
    [{ user: 'other' }, 0, [false, false]],
    [{ path: '/webservice/*/changelog/sse' }, 2, [true, true]],
    [{ path: '/newsgate/**' }, 0, [false, false]],
    [{ client: 'FIRST' }, 1, [true, false]],
  ])('the stream endpoint sends to %j: %i clients', async (to, clients, expected) => {
    using streams = await twoStreams()
    const { id, first, second } = streams
    const receivers = 'client' in to ? { client: id } : to
    expect(await post('/stream', { text: ': hi\n', to: receivers })).toEqual([
      200,
      JSON.stringify({ clients, bytes: 5 }),
    ])
    await expectEvent(first)
    await expectEvent(second)
    expect([first, second].map(({ text }) => text.includes(': hi\n'))).toEqual(expected)
  })
})
