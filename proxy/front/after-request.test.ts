import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { RawClient, requestText } from '../testing/raw-client.ts'
import { readMetrics } from '../testing/read-metrics.ts'
import { type ScriptedBackEnd, startBackEnd } from '../testing/scripted-back-end.ts'
import { type SpawnedProxy, spawnProxy } from '../testing/spawn-proxy.ts'

const MIB = 1_048_576
const SENT_BYTES = 32 * MIB
/**
 * Room for the heap to breathe; pipelined requests that are kept cost some twenty times what was
 * sent.
 */
const MOST_GROWTH_BYTES = 96 * MIB

const HEAD = requestText({ path: '/first' })
const PIPELINED = Buffer.from(requestText({ path: '/pipelined' }).repeat(1000))
const GARBAGE = Buffer.from('\0\r\n\r\nno request at all '.repeat(2000))

/**
 * How the request comes: whole for the fast path, with more behind it or in two pieces for
 * `node:http`.
 */
const FIRST_PIECES: ReadonlyArray<readonly [name: string, pieces: readonly string[]]> = [
  ['a request in one piece', [HEAD]],
  ['a request with another one behind it', [HEAD + requestText({ path: '/second' })]],
  ['a request with garbage behind it', [`${HEAD}\0\0garbage\r\n\r\n`]],
  ['a request in two pieces', [HEAD.slice(0, 40), HEAD.slice(40)]],
  ['a request in three pieces', [HEAD.slice(0, 20), HEAD.slice(20, 30), HEAD.slice(30)]],
]

let backEnd: ScriptedBackEnd
let proxy: SpawnedProxy
let port: number
let adminPort: number

beforeAll(async () => {
  backEnd = await startBackEnd()
  proxy = spawnProxy(['server', 'FILE'], { file: proxyFile({ backEnds: [backEnd.uri] }) })
  port = await proxy.port()
  adminPort = await proxy.adminPort()
  await backEnd.requested(1)
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await backEnd[Symbol.asyncDispose]()
})

async function metric(name: string): Promise<number> {
  return (await readMetrics(adminPort)).get(`sse_proxy_${name}{process="1"}`) ?? Number.NaN
}

/** Writes the bytes again and again; settles when the kernel has taken them all. */
async function sendMuch(client: RawClient, bytes: Buffer): Promise<void> {
  for (let sent = 0; sent < SENT_BYTES; sent += bytes.length) {
    if (client.isClosed) throw new Error(`the proxy closed the connection after ${sent} bytes`)
    client.socket.write(bytes)
    await eventually(
      'the proxy reads what the client sends',
      () => client.socket.writableLength < MIB,
    )
  }
  await eventually('the proxy has read everything', () => client.socket.writableLength === 0)
}

describe.each(FIRST_PIECES)('after %s', (_name, pieces) => {
  it.each([
    ['pipelined requests', PIPELINED],
    ['garbage', GARBAGE],
  ])('32 MiB of %s after a request are discarded', async (_kind, bytes) => {
    const before = await metric('resident_bytes')
    const client = await RawClient.dial(port)
    for (const piece of pieces) {
      client.socket.write(piece, 'latin1')
      await new Promise(setImmediate)
    }
    await eventually('the head is there', () => client.head)
    await sendMuch(client, bytes)

    const grown = (await metric('resident_bytes')) - before
    expect(grown, 'growth of the process in bytes').toBeLessThan(MOST_GROWTH_BYTES)
    const marker = `marker-${Math.random()}`
    backEnd.send(`data: ${marker}\n\n`)
    await eventually('an event still arrives', () => client.data.includes(marker))
    expect(client.bytes.toString('latin1').match(/HTTP\/1\.1/g)).toHaveLength(1)

    client.socket.destroy()
    await eventually('the proxy notices that the client left', async () => {
      return (await metric('clients')) === 0
    })
  })

  it('a stream ends when the client ends its side', async () => {
    await using client = await RawClient.dial(port)
    for (const piece of pieces) {
      client.socket.write(piece, 'latin1')
      await new Promise(setImmediate)
    }
    await eventually('the head is there', () => client.head)
    client.socket.end('more')
    await client.closed()
    expect(client.error).toBeUndefined()
    await eventually('the proxy has no stream left', async () => (await metric('clients')) === 0)
  })
})
