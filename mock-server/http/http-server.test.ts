import { once } from 'node:events'
import type { RequestListener } from 'node:http'

import { expect, it } from 'vitest'

import { RawClient, rawRequest } from '../testing/raw-client.ts'
import { until } from '../testing/until.ts'
import { createHttpServer } from './http-server.ts'

const handle: RequestListener = (request, response) => {
  if (request.url === '/throw') throw new Error('a defect')
  response.end('fine')
  // Another defect: without a listener its error would end the process.
  response.write('too late')
}

it('createHttpServer reports an exception of its handler and closes only that connection', async () => {
  const faults: unknown[] = []
  const server = createHttpServer(handle, (error) => faults.push(error))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  using other = await RawClient.connect(port)
  using failing = await RawClient.connect(port)
  failing.send(rawRequest('GET', '/throw') + rawRequest('GET', '/'))
  await until(() => failing.isClosed, 'the connection of the exception is closed')
  expect(failing.text).toBe('')
  expect(faults).toEqual([new Error('a defect')])
  other.send(rawRequest('GET', '/'))
  await other.read('fine')
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})
