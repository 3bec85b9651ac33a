import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { numberFrames, numbers } from '../testing/frames.ts'
import { RawClient } from '../testing/raw-client.ts'
import { readMetrics } from '../testing/read-metrics.ts'
import { hasNginx, runNginx } from '../testing/run-nginx.ts'
import { runProxy } from '../testing/run-proxy.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'

const FRONT = `proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
  proxy_set_header Connection ''; proxy_http_version 1.1;
  proxy_buffering off; proxy_cache off; chunked_transfer_encoding off;`

/** The two front servers that the vendor gives: one in the manual, one in its installer. */
const FRONTS = [
  {
    name: "the manual's, on a path",
    path: '/sse',
    location: (port: number) =>
      `location /sse { proxy_read_timeout 300; proxy_connect_timeout 300; proxy_pass http://127.0.0.1:${port}; ${FRONT} }`,
  },
  {
    name: "the installer's, on a host of its own",
    path: '/',
    location: (port: number) => `location / { proxy_pass http://127.0.0.1:${port}; ${FRONT} }`,
  },
]

/** A location that waits a second for the next byte. */
function impatient(port: number): string {
  return `location / { proxy_read_timeout 1s; proxy_pass http://127.0.0.1:${port}; ${FRONT} }`
}

describe.skipIf(!hasNginx)(
  "behind the vendor's nginx (needs nginx: apt-get install nginx-light)",
  () => {
    it.each(FRONTS)(
      'clients get each event as it comes, and what they missed: $name',
      async ({ path, location }) => {
        await using backEnd = await startBackEnd()
        await using proxy = await runProxy({ backEnds: [backEnd.uri] })
        await using front = await runNginx(location(proxy.port))
        await proxy.healthy()
        await using client = await RawClient.get({ port: front.port, path })
        // Before any event, and dechunked, as it was told.
        expect(client.head).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
        expect(client.head).toMatch(/^content-type: text\/event-stream$/im)
        expect(client.head).not.toMatch(/transfer-encoding|content-encoding|content-length/i)
        for (let number = 1; number <= 50; number += 1) {
          backEnd.send(numberFrames(number, number))
          await client.received(number)
        }
        expect(client.data).toEqual(numbers(1, 50))
        const id = client.events[19]?.lastEventId ?? ''
        await using back = await RawClient.get({
          port: front.port,
          path,
          fields: [`Last-Event-ID: ${id}`],
        })
        await back.received(30)
        expect(back.data).toEqual(numbers(21, 50))
      },
    )

    it('clients of nginx get each event through a Unix socket, and each has its own address', async () => {
      await using folder = temporaryFolder('nginx-socket-')
      await using backEnd = await startBackEnd()
      const path = join(folder.path, 'clients.sock')
      await using proxy = await runProxy({
        backEnds: [backEnd.uri],
        socket: { path, mode: '666' },
        settings: { trustedProxies: 'unix', limits: { maxPerAddress: 1 } },
      })
      await using front = await runNginx(`location / { proxy_pass http://unix:${path}; ${FRONT} }`)
      await proxy.healthy()
      await using client = await RawClient.get({ port: front.port })
      await using other = await RawClient.get({ port: front.port, localAddress: '127.0.0.2' })
      await using third = await RawClient.get({ port: front.port })
      expect(third.head).toMatch(/^HTTP\/1\.1 503 /)
      for (let number = 1; number <= 50; number += 1) {
        backEnd.send(numberFrames(number, number))
        await client.received(number)
      }
      await other.received(50)
      expect(client.data).toEqual(numbers(1, 50))
    })

    it('a client that disconnects from nginx is disconnected from the proxy', async () => {
      await using backEnd = await startBackEnd()
      await using proxy = await runProxy({ backEnds: [backEnd.uri] })
      const [, front] = FRONTS
      await using nginx = await runNginx(front?.location(proxy.port) ?? '')
      const streams = async () =>
        (await readMetrics(proxy.adminPort)).get('sse_proxy_clients{process="1"}')
      const client = await RawClient.get({ port: nginx.port })
      expect(await streams()).toBe(1)
      await client[Symbol.asyncDispose]()
      await eventually('the proxy has no stream left', async () => (await streams()) === 0)
    })

    it('heartbeats keep a stream that nginx would close for silence', async () => {
      await using backEnd = await startBackEnd()
      await using silent = await runProxy({
        backEnds: [backEnd.uri],
        settings: { heartbeatMs: 0 },
      })
      await using beating = await runProxy({
        backEnds: [backEnd.uri],
        settings: { heartbeatMs: 300 },
      })
      await using before = await runNginx(impatient(silent.port))
      await using after = await runNginx(impatient(beating.port))
      await using kept = await RawClient.get({ port: after.port })
      await using lost = await RawClient.get({ port: before.port })
      await lost.closed()
      expect(kept.isClosed).toBe(false)
      backEnd.send('data: on\n\n')
      await kept.received(1)
    })
  },
)
