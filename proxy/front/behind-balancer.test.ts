import { describe, expect, it } from 'vitest'

import { createCertificate } from '../testing/certificate.ts'
import { eventually } from '../testing/deadline.ts'
import { H2Client } from '../testing/h2-client.ts'
import { version2 } from '../testing/proxy-header-bytes.ts'
import { RawClient, requestText } from '../testing/raw-client.ts'
import { readMetrics } from '../testing/read-metrics.ts'
import { runProxy } from '../testing/run-proxy.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'

const backEnds = ['http://127.0.0.1:1/']
const onePerAddress = { limits: { maxPerAddress: 1 } }
const ME = '127.0.0.1'
const line = (address: string): string => `PROXY TCP4 ${address} 192.0.2.9 1024 80\r\n`

interface Balanced {
  readonly connector?: object
  readonly settings?: object
}

const behind = async ({ connector = {}, settings = {} }: Balanced) =>
  await runProxy({ backEnds, connector, settings: { trustedProxies: ME, ...settings } })

/** The status of the response to these bytes; undefined if the connection is closed without one. */
async function statusOf(port: number, ...pieces: readonly (string | Buffer)[]) {
  const client = await RawClient.dial(port)
  for (const piece of pieces) client.socket.write(piece)
  await eventually('there is a response', () => client.head !== undefined || client.isClosed)
  return { client, status: client.head?.slice(9, 12) }
}

const refusedAs = async (adminPort: number, reason: string) =>
  (await readMetrics(adminPort)).get(`sse_proxy_refused_total{reason="${reason}"}`)

const from = (...values: readonly string[]): string =>
  requestText({ fields: values.map((value) => `X-Forwarded-For: ${value}`) })
const both = (address: string, invented: string): string =>
  requestText({ fields: [`Forwarded: for=${address}`, `X-Forwarded-For: ${invented}`] })
const through = (source: string, client: string): string => line(source) + from(client)

describe('useForwardedHeaders', () => {
  it('maxPerAddress counts the clients that a trusted proxy names', async () => {
    await using proxy = await behind({ settings: onePerAddress })
    const first = await statusOf(proxy.port, from('6.6.6.6, 203.0.113.1'))
    expect(first.status).toBe('200')
    expect((await statusOf(proxy.port, from('203.0.113.2'))).status).toBe('200')
    // Whatever the client invents, in one line or in two.
    expect((await statusOf(proxy.port, from('7.7.7.7, 203.0.113.1'))).status).toBe('503')
    expect((await statusOf(proxy.port, from('7.7.7.7', '203.0.113.1'))).status).toBe('503')
    expect(await refusedAs(proxy.adminPort, 'address')).toBe(2)
    await first.client[Symbol.asyncDispose]()
    await eventually('the place of the client that left is free', async () => {
      return (await statusOf(proxy.port, from('203.0.113.1'))).status === '200'
    })
  })

  it('maxPerAddress counts the client of a request that node:http reads', async () => {
    await using proxy = await behind({ settings: onePerAddress })
    const { status } = await statusOf(proxy.port, from('203.0.113.1'))
    expect(status).toBe('200')
    const head = from('203.0.113.1')
    const pieces = [`\r\n${head.slice(0, 20)}`, head.slice(20, 40), head.slice(40)]
    const client = await RawClient.dial(proxy.port)
    for (const piece of pieces) {
      client.socket.write(piece)
      await new Promise((resolve) => {
        setTimeout(resolve, 20)
      })
    }
    await eventually('there is a response', () => client.head)
    expect(client.head).toMatch(/^HTTP\/1.1 503 /)
    expect((await statusOf(proxy.port, requestText({ method: 'HEAD' }))).status).toBe('200')
  })

  it('maxPerAddress counts the clients that a trusted proxy names on https', async () => {
    await using certificate = createCertificate('IP:127.0.0.1')
    const { path: keyStorePath, keyPath } = certificate
    const connector = { type: 'https', keyStorePath, keyPath }
    await using proxy = await behind({ connector, settings: onePerAddress })
    const tls = { ca: certificate.cert, host: ME }
    const head = async (address: string) => {
      const fields = [`X-Forwarded-For: ${address}`]
      const client = await RawClient.get({ port: proxy.port, tls, fields })
      return client.head ?? ''
    }
    expect(await head('203.0.113.1')).toMatch(/^HTTP\/1\.1 200 /)
    expect(await head('203.0.113.2')).toMatch(/^HTTP\/1\.1 200 /)
    expect(await head('203.0.113.1')).toMatch(/^HTTP\/1\.1 503 /)
  })

  it('maxPerAddress counts the clients that a trusted proxy names on streams of HTTP/2', async () => {
    await using proxy = await behind({ connector: { type: 'h2c' }, settings: onePerAddress })
    await using balancer = new H2Client(`http://${ME}:${proxy.port}`)
    const status = async (address: string) => {
      const { head } = await balancer.request({ 'x-forwarded-for': `6.6.6.6, ${address}` })
      return head?.[':status']
    }
    expect(await status('203.0.113.1')).toBe(200)
    expect(await status('203.0.113.2')).toBe(200)
    expect(await status('203.0.113.1')).toBe(503)
  })

  it('a peer that is not trusted cannot name another address', async () => {
    const settings = { ...onePerAddress, trustedProxies: '127.0.0.2, 10.0.0.0/8' }
    await using proxy = await behind({ settings })
    expect((await statusOf(proxy.port, from('203.0.113.1'))).status).toBe('200')
    expect((await statusOf(proxy.port, from('203.0.113.2'))).status).toBe('503')
  })

  it('a connector without useForwardedHeaders counts the proxy itself', async () => {
    const connector = { useForwardedHeaders: false }
    await using proxy = await behind({ connector, settings: onePerAddress })
    expect((await statusOf(proxy.port, from('203.0.113.1'))).status).toBe('200')
    expect((await statusOf(proxy.port, from('203.0.113.2'))).status).toBe('503')
  })

  it('forwardedField Forwarded ignores X-Forwarded-For', async () => {
    await using proxy = await behind({
      settings: { ...onePerAddress, forwardedField: 'Forwarded' },
    })
    expect((await statusOf(proxy.port, both('203.0.113.1', '6.6.6.6'))).status).toBe('200')
    expect((await statusOf(proxy.port, both('203.0.113.1', '7.7.7.7'))).status).toBe('503')
    expect((await statusOf(proxy.port, both('203.0.113.2', '6.6.6.6'))).status).toBe('200')
  })

  it('a trusted proxy whose request does not end is disconnected after headMs', async () => {
    await using proxy = await behind({ settings: { headMs: 200 } })
    await using client = await RawClient.dial(proxy.port)
    client.socket.write('GET / HT')
    await client.closed()
    expect(client.head).toBeUndefined()
  })

  it('whenFull close disconnects the client that a trusted proxy names', async () => {
    const limits = { maxPerAddress: 1, whenFull: 'close' }
    await using proxy = await behind({ settings: { limits } })
    expect((await statusOf(proxy.port, from('203.0.113.1'))).status).toBe('200')
    expect((await statusOf(proxy.port, from('203.0.113.1'))).status).toBeUndefined()
  })
})

describe('useProxyProtocol', () => {
  const connector = { useProxyProtocol: true }
  const request = requestText({})

  it('maxPerAddress counts the clients that headers of the PROXY protocol name', async () => {
    await using proxy = await behind({ connector, settings: onePerAddress })
    const body = [203, 0, 113, 1, 192, 0, 2, 9, 4, 0, 0, 80]
    expect((await statusOf(proxy.port, line('203.0.113.1') + request)).status).toBe('200')
    const second = [version2({ family: 0x11, body }), request]
    expect((await statusOf(proxy.port, ...second)).status).toBe('503')
    expect((await statusOf(proxy.port, line('203.0.113.2') + request)).status).toBe('200')
    // The balancer's own connections count for the balancer.
    const own = [version2({ command: 0, family: 0, body: [] }), request]
    expect((await statusOf(proxy.port, ...own)).status).toBe('200')
    expect((await statusOf(proxy.port, `PROXY UNKNOWN\r\n${request}`)).status).toBe('503')
  })

  it('a header in pieces of one byte, and a request cut anywhere, get events and a replay', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      connector,
      settings: { trustedProxies: ME },
    })
    await proxy.healthy()
    const { client: first } = await statusOf(proxy.port, line('203.0.113.1') + request)
    backEnd.send('data: 1\n\ndata: 2\n\n')
    const [event] = await first.received(2)
    const again = requestText({ fields: [`Last-Event-ID: ${event?.lastEventId}`] })
    const tlv = [0x04, 0, 2, 1, 2]
    const body = [203, 0, 113, 1, 192, 0, 2, 9, 4, 0, 0, 80, ...tlv]
    for (const header of [Buffer.from(line('203.0.113.1')), version2({ family: 0x11, body })]) {
      const client = await RawClient.dial(proxy.port)
      const bytes = Buffer.concat([header, Buffer.from(again)])
      for (let at = 0; at < header.length + 5; at += 1) {
        client.socket.write(bytes.subarray(at, at + 1))
        await new Promise((resolve) => {
          setImmediate(resolve)
        })
      }
      client.socket.write(bytes.subarray(header.length + 5))
      await client.received(1)
      expect(client.data).toEqual(['2'])
    }
  })

  it('a header of the PROXY protocol from a peer that is not trusted closes the connection', async () => {
    const settings = { trustedProxies: '127.0.0.2' }
    await using proxy = await behind({ connector, settings })
    expect((await statusOf(proxy.port, line('203.0.113.1') + request)).status).toBeUndefined()
    expect(await refusedAs(proxy.adminPort, 'proxy-protocol')).toBe(1)
  })

  it('a request without a header of the PROXY protocol closes the connection', async () => {
    await using proxy = await behind({ connector })
    expect((await statusOf(proxy.port, request)).status).toBeUndefined()
    expect(await refusedAs(proxy.adminPort, 'proxy-protocol')).toBe(1)
  })

  it('a header that does not end is closed: after headMs, and with the balancer at once', async () => {
    await using proxy = await behind({ connector, settings: { headMs: 300 } })
    await using slow = await RawClient.dial(proxy.port)
    slow.socket.write('PROXY TCP4 ')
    await slow.closed()
    await using patient = await behind({ connector, settings: { headMs: 600_000 } })
    await using gone = await RawClient.dial(patient.port)
    gone.socket.end('PROXY TCP4 ')
    await gone.closed()
    expect([slow.byteCount, gone.byteCount]).toEqual([0, 0])
  })

  it('the request of a trusted source names the client behind it', async () => {
    const settings = { ...onePerAddress, trustedProxies: `${ME}, 10.0.0.0/8` }
    await using proxy = await behind({ connector, settings })
    expect((await statusOf(proxy.port, through('10.1.1.1', '203.0.113.1'))).status).toBe('200')
    expect((await statusOf(proxy.port, through('10.1.1.1', '203.0.113.2'))).status).toBe('200')
    expect((await statusOf(proxy.port, through('203.0.113.3', '203.0.113.4'))).status).toBe('200')
    expect((await statusOf(proxy.port, through('203.0.113.3', '203.0.113.5'))).status).toBe('503')
  })

  it('a connector without useProxyProtocol answers 400 to a header of the PROXY protocol', async () => {
    await using proxy = await behind({})
    expect((await statusOf(proxy.port, line('203.0.113.1') + request)).status).toBe('400')
  })
})
