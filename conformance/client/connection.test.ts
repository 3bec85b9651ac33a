import { once } from 'node:events'
import { createServer } from 'node:tls'

import { expect, test } from 'vitest'

import { loopbackCertificate } from '../drivers/certificate.ts'
import { RawClient } from './raw-client.ts'

const CLIENTS = 60

/** Resolves in the turn of the event loop in which `isReached` becomes true. */
async function resetsWhen(frontUrl: string, isReached: (client: RawClient) => boolean) {
  let client: RawClient | undefined
  const reached = new Promise<void>((resolve) => {
    client = new RawClient({
      name: 'client',
      frontUrl,
      connection: { trust: { ca: loopbackCertificate().cert } },
      request: { target: '/' },
      isOwnEvent: () => false,
      record: () => {},
      onChange: () => {
        if (client !== undefined && isReached(client)) resolve()
      },
    })
  })
  await reached
  client?.reset()
  return client
}

// Node 20 ends with a segmentation fault when a TLS socket is destroyed while it reads.
test.each([
  ['connects', (client: RawClient) => client.connected],
  ['receives a response', (client: RawClient) => client.contentBytes > 0],
])(
  'a reset of a client at the moment when it %s over TLS does not crash the suite',
  async (_, isReached) => {
    const server = createServer(loopbackCertificate(), (socket) => {
      socket.on('error', () => {}).resume()
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(100_000)}`)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    for (let round = 0; round < CLIENTS / 20; round += 1)
      await Promise.all(
        Array.from({ length: 20 }, () => resetsWhen(`https://127.0.0.1:${port}`, isReached)),
      )
    server.close()
    await once(server, 'close')
    expect(server.listening).toBe(false)
  },
)
