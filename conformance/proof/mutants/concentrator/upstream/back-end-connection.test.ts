import { setTimeout as delay } from 'node:timers/promises'

import { expect, test } from 'vitest'
import { openClient } from '../../testing/client.ts'
import { concentrate, data } from '../../testing/concentrate.ts'
import { eventually } from '../../testing/eventually.ts'
import { CHUNKED_HEAD, chunk, startOrigin } from '../../testing/origin.ts'
import { growingWaitMs } from './back-end-connection.ts'

const credentials = { username: 'Ann', password: 'Secret' }

test.each([301, 302, 303, 307, 308])(
  'the reference concentrator follows a redirect with %i',
  async (status) => {
    await using origin = await startOrigin()
    await using target = await concentrate([{ url: origin.url, credentials }])
    await using client = await openClient(target.frontUrl)
    const first = await origin.request(1)
    first.socket.write(`HTTP/1.1 ${status} Moved\r\nLocation: /elsewhere?a=b\r\n\r\n`)
    const second = await origin.request(2)
    expect(second.received()).toMatch(/^GET \/elsewhere\?a=b /)
    expect(second.received()).toContain('Authorization: Basic ')
    second.socket.write(Buffer.concat([Buffer.from(CHUNKED_HEAD), chunk('data: 1\n\n')]))
    await client.receives('data: 1\n\n')
    expect(data(client)).toEqual(['1'])
  },
)

test('the reference concentrator sends no credentials, cookies or configured fields to another host', async () => {
  await using origin = await startOrigin()
  await using other = await startOrigin(CHUNKED_HEAD)
  const httpHeaders = { 'X-Secret': 'a' }
  await using target = await concentrate([{ url: origin.url, credentials, httpHeaders }])
  const { socket } = await origin.request(1)
  socket.write(`HTTP/1.1 307 Moved\r\nSet-Cookie: node=1\r\nLocation: ${other.url}\r\n\r\n`)
  const { received } = await other.request(1)
  expect(received()).not.toMatch(/^(?:authorization|cookie|x-secret):/im)
  expect(target.frontUrl).toBeDefined()
})

test('the reference concentrator stops following a redirect loop and retries later', async () => {
  await using origin = await startOrigin('HTTP/1.1 307 Moved\r\nLocation: /events\r\n\r\n')
  await using target = await concentrate([{ url: origin.url }])
  await origin.request(8)
  expect(target.frontUrl).toBeDefined()
})

test('the reference concentrator returns cookies only to the back end that set them', async () => {
  const head = 'HTTP/1.1 503 No\r\nSet-Cookie: node=7; Path=/\r\nSet-Cookie: b=c\r\n\r\n'
  await using origin = await startOrigin(head)
  await using other = await startOrigin('HTTP/1.1 503 No\r\n\r\n')
  await using target = await concentrate([{ url: origin.url }, { url: other.url }])
  const again = await origin.request(2)
  expect(again.received()).toContain('Cookie: node=7; b=c\r\n')
  const elsewhere = await other.request(2)
  expect(elsewhere.received()).not.toMatch(/^cookie:/im)
  expect(target.frontUrl).toBeDefined()
})

test.each([
  [50, [50, 100, 200, 400, 400]],
  [300, [300, 400, 400, 400, 400]],
  [900, [900, 900, 900, 900, 900]],
])('growingWaitMs doubles a first wait of %i ms up to a cap', (firstMs, waits) => {
  expect([0, 1, 2, 3, 4].map((attempt) => growingWaitMs(attempt, firstMs))).toEqual(waits)
})

test('the reference concentrator waits longer after each failure, also of a stream that ends at once', async () => {
  await using origin = await startOrigin()
  const waits: number[] = []
  const waitMs = (attempt: number, firstMs: number) => {
    const wait = growingWaitMs(attempt, firstMs)
    waits.push(wait)
    return wait
  }
  await using target = await concentrate([{ url: origin.url }], { backend: { waitMs } })
  const askedMs: number[] = []
  for (let nth = 1; nth <= 5; nth += 1) {
    const { socket } = await origin.request(nth)
    askedMs.push(performance.now())
    socket.end(nth === 3 ? CHUNKED_HEAD : 'HTTP/1.1 503 No\r\n\r\n')
  }
  expect(waits).toEqual([50, 100, 200, 400])
  for (const [index, wait] of waits.entries()) {
    const tookMs = (askedMs[index + 1] ?? 0) - (askedMs[index] ?? 0)
    // A timer may fire a millisecond early.
    expect(tookMs).toBeGreaterThanOrEqual(wait - 1)
  }
  expect(target.frontUrl).toBeDefined()
})

test('the reference concentrator starts its waits again after a stream that lasted', async () => {
  await using origin = await startOrigin()
  const waits: number[] = []
  const waitMs = (attempt: number, firstMs: number) => {
    waits.push(growingWaitMs(attempt, firstMs))
    return 1
  }
  await using target = await concentrate([{ url: origin.url }], { backend: { waitMs } })
  await using client = await openClient(target.frontUrl)
  for (let nth = 1; nth <= 2; nth += 1) {
    const { socket } = await origin.request(nth)
    socket.end('HTTP/1.1 503 No\r\n\r\n')
  }
  const { socket } = await origin.request(3)
  socket.write(Buffer.concat([Buffer.from(CHUNKED_HEAD), chunk('data: 1\n\n')]))
  // The stream has begun for the reference as well. From now on it has to last for half a second.
  await client.receives('data: 1\n\n')
  await delay(600)
  socket.end()
  await origin.request(4)
  expect(waits).toEqual([50, 100, 50])
})

test('the reference concentrator uses the retry field as its first wait', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using target = await concentrate([{ url: origin.url }])
  const { socket } = await origin.request(1)
  await using client = await openClient(target.frontUrl)
  await client.receives('\r\n\r\n')
  socket.write(chunk('retry: 300\ndata: 1\n\n'))
  await client.receives('data: 1\n\n')
  const lostMs = performance.now()
  socket.destroy()
  await origin.request(2)
  expect(performance.now() - lostMs).toBeGreaterThanOrEqual(298)
})

test('the reference concentrator ends streams properly and closes upstream connections at shutdown', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  const target = await concentrate([{ url: origin.url }])
  await using client = await openClient(target.frontUrl)
  await client.receives('\r\n\r\n')
  await origin.request(1)
  await target.close()
  await client.ended()
  await eventually(
    'the upstream connection to close',
    () => origin.connections[0]?.gone() || undefined,
  )
  expect(client.text()).toMatch(/\r\n0\r\n\r\n$/)
})

test('the fault leaves-upstreams keeps upstream connections open after shutdown', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  const target = await concentrate([{ url: origin.url }], { stop: 'leaves-upstreams' })
  const { socket, gone } = await origin.request(1)
  await target.close()
  // A write without a reset in response shows that the connection is still open.
  await new Promise((resolve) => {
    socket.write(chunk('data: 1\n\n'), resolve)
  })
  expect(gone()).toBe(false)
})
