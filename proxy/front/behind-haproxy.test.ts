import { describe, expect, it } from 'vitest'

import { RawClient } from '../testing/raw-client.ts'
import { hasHaproxy, runHaproxy } from '../testing/run-haproxy.ts'
import { runProxy } from '../testing/run-proxy.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'

/** How HAProxy names clients, and the connector for that. */
const WAYS = [
  ['send-proxy', 'send-proxy', ['mode tcp'], { useProxyProtocol: true }],
  ['send-proxy-v2', 'send-proxy-v2', ['mode tcp'], { useProxyProtocol: true }],
  [
    'send-proxy-v2 with TLVs',
    'send-proxy-v2 proxy-v2-options unique-id,crc32c',
    ['mode http', 'unique-id-format %[uuid]'],
    { useProxyProtocol: true },
  ],
  ['option forwardfor', '', ['mode http', 'option forwardfor'], {}],
] as const

describe.skipIf(!hasHaproxy)('behind HAProxy (needs HAProxy: apt-get install haproxy)', () => {
  it.each(WAYS)(
    'clients behind HAProxy with %s get their events and are counted by their own addresses',
    async (_way, server, lines, connector) => {
      await using backEnd = await startBackEnd()
      await using proxy = await runProxy({
        backEnds: [backEnd.uri],
        connector,
        settings: { trustedProxies: '127.0.0.1', limits: { maxPerAddress: 1 } },
      })
      await using haproxy = await runHaproxy(proxy.port, server, lines)
      await proxy.healthy()
      // HAProxy makes its own chunks, in another way than the proxy.
      const version = '1.0'
      const get = async (localAddress: string) =>
        await RawClient.get({ port: haproxy.port, localAddress, version })
      await using one = await get('127.0.0.2')
      await using other = await get('127.0.0.3')
      await using again = await get('127.0.0.2')
      expect(again.head).toMatch(/^HTTP\/1.1 503 /)
      backEnd.send('data: 1\n\n')
      for (const client of [one, other]) {
        await client.received(1)
        expect(client.data).toEqual(['1'])
      }
    },
  )
})
