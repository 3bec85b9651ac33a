import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent, createServer, request as send } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { until } from '../testing/until.ts'
import { readAhead } from './read-ahead.ts'

const MOST = 67_108_864
const LARGE = MOST + 16_777_216

interface Waiting {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly putBack: () => void
}

const waiting: Waiting[] = []
const server = createServer((request, response) => {
  if (request.method === 'GET') response.end()
  else waiting.push({ request, response, putBack: readAhead(request, response) })
})
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterAll(() => {
  agent.destroy()
  server.closeAllConnections()
  server.close()
})

function port(): number {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on TCP.
  return (server.address() as AddressInfo).port
}

/** Sends a body to the server. Returns what the server has of it, once `readAhead` was called. */
async function post(bytes: number, through?: Agent): Promise<Waiting> {
  const { length } = waiting
  const options = { port: port(), method: 'POST', agent: through }
  send(options, (response) => response.resume()).end(Buffer.alloc(bytes))
  await until(() => waiting.length > length, 'the request')
  const found = waiting.at(-1)
  if (found === undefined) throw new Error('no request')
  return found
}

async function get(through?: Agent): Promise<void> {
  const [response] = await once(send({ port: port(), agent: through }).end(), 'response')
  response.resume()
}

async function isFull({ request }: Waiting): Promise<void> {
  await until(() => request.socket.bytesRead >= MOST, 'as many bytes as are read ahead')
}

async function sizeOf({ request, response }: Waiting): Promise<number> {
  let size = 0
  for await (const chunk of request) size += chunk.length
  response.end()
  return size
}

it('readAhead holds at most 64 MiB of all bodies, and each body is whole after it is put back', async () => {
  const first = await post(LARGE)
  await isFull(first)
  const second = await post(1_048_576)
  // Time for both, if they were read on.
  for (let count = 0; count < 20; count += 1) await get()
  expect([first.request.complete, second.request.complete]).toEqual([false, false])
  for (const each of [first, second]) each.putBack()
  expect(await Promise.all([sizeOf(first), sizeOf(second)])).toEqual([LARGE, 1_048_576])
})

it('readAhead drops a body that is not read, and its connection serves the next request', async () => {
  const unread = await post(LARGE, agent)
  // It is full again, so the bodies that were put back no longer count.
  await isFull(unread)
  unread.putBack()
  unread.response.end()
  await get(agent)
  expect(unread.request.complete).toBe(true)
})
