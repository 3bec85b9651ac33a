import { expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { RawClient, requestText } from '../testing/raw-client.ts'
import { readMetrics } from '../testing/read-metrics.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'
import { spawnProxy } from '../testing/spawn-proxy.ts'

const OPEN_FILES = 400
/** What the proxy keeps for itself: see docs/operations.md. */
const RESERVE = 256
const CAPACITY = OPEN_FILES - RESERVE
const CLIENTS = 'sse_proxy_clients{process="1"}'

it('a proxy accepts as many clients as its open-file limit allows, and refuses further ones', async () => {
  await using backEnd = await startBackEnd()
  await using proxy = spawnProxy(['server', 'FILE'], {
    file: proxyFile({ backEnds: [backEnd.uri] }),
    openFiles: OPEN_FILES,
  })
  const [port, adminPort] = [await proxy.port(), await proxy.adminPort()]
  await backEnd.requested(1)
  const clients: RawClient[] = []
  while (clients.length < CAPACITY) clients.push(await RawClient.get({ port }))
  // As many again, all at once: none may cost the process a file that it does not have.
  const refused = await Promise.all(
    Array.from({ length: CAPACITY }, async () => {
      const client = await RawClient.dial(port)
      client.socket.write(requestText({}))
      await client.closed()
      return client
    }),
  )
  expect(refused.filter(({ head }) => head?.includes('200 OK'))).toEqual([])
  expect(refused.some(({ head }) => head?.startsWith('HTTP/1.1 503 '))).toBe(true)

  const metrics = await readMetrics(adminPort)
  expect(metrics.get(CLIENTS)).toBe(CAPACITY)
  expect(metrics.get('sse_proxy_refused_total{reason="full"}')).toBe(CAPACITY)
  backEnd.send('data: all\n\n')
  for (const client of clients) await client.received(1)
  expect(proxy.stderr).not.toContain('EMFILE')
  expect(backEnd.requests).toHaveLength(1)

  await clients.pop()?.[Symbol.asyncDispose]()
  await using next = await eventually('there is room for one more', async () => {
    const client = await RawClient.get({ port })
    return client.head?.includes('200 OK') === true && client
  })
  expect(next.isClosed).toBe(false)
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()))
})
