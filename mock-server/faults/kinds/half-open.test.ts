import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'

import { expect, it } from 'vitest'

import { StoreClock } from '../../clock/store-clock.ts'
import { RawClient, rawRequest } from '../../testing/raw-client.ts'
import { until } from '../../testing/until.ts'
import { Lifetime } from '../lifetime.ts'
import { HalfOpenConnections } from './half-open.ts'

it('HalfOpenConnections reads the oldest connection again when there are more than its limit', async () => {
  const clock = new StoreClock({ setting: { frozen: true } })
  const connections = new HalfOpenConnections(2)
  const fault = new Lifetime()
  const sockets: Socket[] = []
  const ended = new Set<number>()
  const server = createServer(({ socket }, response) => {
    const index = sockets.push(socket) - 1
    socket.once('end', () => ended.add(index))
    connections.stopReading({ socket, clock, lives: [fault] })
    response.end('served')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const clients: RawClient[] = []
  for (let n = 0; n < 3; n += 1) {
    const client = await RawClient.connect(port)
    clients.push(client)
    client.send(rawRequest('GET', '/'))
    await client.read('served')
    client.end()
  }
  await until(() => ended.size > 0, 'the end of the oldest client')
  // The next client is served after all that the server has read until now.
  using last = await RawClient.connect(port)
  last.send(rawRequest('GET', '/'))
  await until(() => ended.size > 1, 'the end of the second client')
  await last.read('served')
  expect([...ended]).toEqual([0, 1])
  fault.end()
  await until(() => ended.size === 3, 'the end of the third client')
  for (const client of clients) client[Symbol.dispose]()
  server.close()
  await once(server, 'close')
})
