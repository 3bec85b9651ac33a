import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createDeflate,
  createDeflateRaw,
  createGzip,
  deflateSync,
  gzipSync,
} from 'node:zlib'

import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { healthOf } from '../testing/health.ts'
import { RawClient } from '../testing/raw-client.ts'
import { runProxy } from '../testing/run-proxy.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'

const headOf = (coding: string, ...fields: readonly string[]) =>
  [
    'HTTP/1.1 200 OK',
    'Content-Type: text/event-stream',
    `Content-Encoding: ${coding}`,
    ...fields,
    '',
    '',
  ].join('\r\n')
/** One attempt; the next one is later than the end of the test. */
const ONCE = { reconnectFirstMs: 60_000, reconnectCapMs: 60_000 }

type Coder = ReturnType<typeof createGzip | typeof createBrotliCompress>

/** The coded text, flushed as by a server that flushes each event. */
async function flushed(coder: Coder, text: string, flush: number): Promise<Buffer> {
  coder.write(text)
  await new Promise<void>((resolve) => {
    coder.flush(flush, resolve)
  })
  let bytes = Buffer.alloc(0)
  // Node 26 calls back before all of it can be read: the head of gzip comes apart.
  await eventually('the coder has flushed', () => {
    const chunk: unknown = coder.read()
    if (Buffer.isBuffer(chunk)) bytes = Buffer.concat([bytes, chunk])
    return flush === SYNC ? bytes.subarray(-4).equals(SYNC_MARK) : bytes.length > 0
  })
  return bytes
}

const SYNC = constants.Z_SYNC_FLUSH
/** What a sync flush ends with: an empty block. */
const SYNC_MARK = Buffer.from([0x00, 0x00, 0xff, 0xff])

describe('a back end that codes its stream', () => {
  it('BackEnd requests Accept-Encoding: identity', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({ backEnds: [backEnd.uri] })
    await proxy.healthy()
    expect(backEnd.requests[0]).toMatch(/^Accept-Encoding: identity\r$/m)
  })

  it.each([
    ['gzip', () => createGzip(), SYNC],
    ['GZip', () => createGzip(), SYNC],
    ['x-gzip', () => createGzip(), SYNC],
    [' identity , gzip ,', () => createGzip(), SYNC],
    ['deflate', () => createDeflate(), SYNC],
    ['Deflate', () => createDeflateRaw(), SYNC],
    ['br', () => createBrotliCompress(), constants.BROTLI_OPERATION_FLUSH],
  ] as const)(
    'BackEnd decodes Content-Encoding %j event by event, each before the next is sent',
    async (name, create, flush) => {
      const coder = create()
      await using backEnd = await startBackEnd({ answer: () => headOf(name) })
      await using proxy = await runProxy({ backEnds: [backEnd.uri] })
      await proxy.healthy()
      await using client = await RawClient.get({ port: proxy.port })
      for (const number of [1, 2, 3]) {
        backEnd.send(await flushed(coder, `data: ${number} ü\n\n`, flush))
        await client.received(number)
      }
      expect(client.data).toEqual(['1 ü', '2 ü', '3 ü'])
      coder.destroy()
    },
  )

  it('BackEnd decodes a stream that arrives byte by byte, up to the end of the body', async () => {
    await using backEnd = await startBackEnd({ answer: () => headOf('deflate, gzip') })
    await using proxy = await runProxy({ backEnds: [backEnd.uri] })
    await proxy.healthy()
    await using client = await RawClient.get({ port: proxy.port })
    const coded = gzipSync(deflateSync('data: 1\n\ndata: 2\n\n'))
    for (const byte of coded) {
      backEnd.send(Buffer.from([byte]))
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
    }
    backEnd.drop('end')
    await client.received(2)
    expect(client.data.slice(0, 2)).toEqual(['1', '2'])
  })

  it.each(['zstd', 'compress', 'gzip, zstd', 'br, gzip, gzip', 'x'.repeat(5000)])(
    'BackEnd refuses Content-Encoding %.20s, and the health check names it',
    async (coding) => {
      await using backEnd = await startBackEnd({ answer: () => headOf(coding) })
      await using proxy = await runProxy({ backEnds: [backEnd.uri], settings: { backEnd: ONCE } })
      const message = await eventually('it is refused', async () => {
        const health = await healthOf(proxy.adminPort)
        return health.message.includes('Content-Encoding') && health.message
      })
      expect(message).toContain(JSON.stringify(JSON.stringify(coding.slice(0, 100))).slice(1, -1))
      expect(message).toContain('expected none')
      expect(message.length).toBeLessThan(700)
      await eventually('it is let go', () => backEnd.open === 0)
    },
  )

  it.each(['gzip, chunked', 'gzip', 'chunked, gzip', 'x'])(
    'BackEnd refuses Transfer-Encoding %j',
    async (transfer) => {
      const head = headOf('identity', `Transfer-Encoding: ${transfer}`)
      await using backEnd = await startBackEnd({ answer: () => `${head}data: coded\n\n` })
      await using proxy = await runProxy({ backEnds: [backEnd.uri], settings: { backEnd: ONCE } })
      const { message } = await eventually('it is refused', async () => {
        const health = await healthOf(proxy.adminPort)
        return health.message.includes('not connected') && health
      })
      expect(message).toMatch(/Transfer-Encoding|Parse Error/)
    },
  )

  it.each([
    ['gzip', 'text that is not coded\n\n'],
    ['br', 'text that is not coded\n\n'],
    ['deflate', 'x'],
  ])('BackEnd ends only the connection when %s bytes are invalid', async (coding, bytes) => {
    await using bad = await startBackEnd({ answer: () => headOf(coding) })
    await using good = await startBackEnd()
    await using proxy = await runProxy({ backEnds: [bad.uri, good.uri] })
    await proxy.healthy()
    await using client = await RawClient.get({ port: proxy.port })
    bad.send(Buffer.concat([Buffer.from(bytes), Buffer.alloc(64, 0xff)]))
    await bad.requested(2)
    good.send('data: good\n\n')
    await eventually('the other one is heard', () => client.data.includes('good'))
    expect(client.isClosed).toBe(false)
  })

  it.each([
    ['gzip', ':\n'],
    ['br', ':\n'],
    ['gzip', 'x'],
  ] as const)(
    'BackEnd ends only the connection when a few %s bytes decode to very many of %j',
    async (coding, text) => {
      const plain = Buffer.alloc(24 * 1_048_576, text)
      const bomb = coding === 'gzip' ? gzipSync(plain) : brotliCompressSync(plain, FAST_BROTLI)
      await using bad = await startBackEnd({ answer: () => headOf(coding) })
      await using proxy = await runProxy({
        backEnds: [bad.uri],
        settings: { maxFrameBytes: 1_048_576, backEnd: ONCE },
      })
      await proxy.healthy()
      bad.send(bomb)
      const message = await eventually('it is let go', async () => {
        const health = await healthOf(proxy.adminPort)
        return health.message.includes('not connected') && health.message
      })
      expect(message).toMatch(/decode to more than|proxy\.maxFrameBytes/)
    },
  )
})

const FAST_BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }
