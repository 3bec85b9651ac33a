import { expect, test } from 'vitest'
import { openClient } from '../testing/client.ts'
import { eventually } from '../testing/eventually.ts'
import { CHUNKED_HEAD, chunk, startOrigin } from '../testing/origin.ts'
import { startHttpGateway } from './http-gateway.ts'

async function gatewayTo(url: string) {
  const gateway = await startHttpGateway({ role: 'gateway', backends: [{ url }] })
  return { ...gateway, [Symbol.asyncDispose]: () => gateway.close() }
}

test('the second reference gateway forwards a head before its body, each event, and a proper end', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using gateway = await gatewayTo(origin.url)
  await using client = await openClient(gateway.frontUrl)
  await client.receives('\r\n\r\n')
  const { socket } = await origin.request(1)
  for (const nth of [1, 2]) {
    socket.write(chunk(`data: ${nth}\n\n`))
    await client.receives(`data: ${nth}\n\n`)
  }
  socket.write('0\r\n\r\n')
  await client.receives('\r\n0\r\n\r\n')
  expect(client.end()).toBeUndefined()
})

test('the second reference gateway closes its request when the client leaves, and ends no broken response', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using gateway = await gatewayTo(origin.url)
  await using leaving = await openClient(gateway.frontUrl)
  await leaving.receives('\r\n\r\n')
  leaving.socket.end()
  await eventually(
    'the upstream connection to close',
    () => origin.connections[0]?.gone() || undefined,
  )
  await using client = await openClient(gateway.frontUrl)
  await client.receives('\r\n\r\n')
  const { socket } = await origin.request(2)
  socket.write(chunk('data: 1\n\n'))
  await client.receives('data: 1\n\n')
  socket.resetAndDestroy()
  await client.ended()
  expect(client.text()).not.toContain('\r\n0\r\n\r\n')
})

test.each([
  ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n', 400],
  ['a malformed Host', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
  ['chunked HTTP/1.0', 'GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
  ['another version', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', 505],
])('the second reference gateway refuses %s', async (_name, head, status) => {
  await using origin = await startOrigin()
  await using gateway = await gatewayTo(origin.url)
  await using client = await openClient(gateway.frontUrl, { head })
  await client.receives(`HTTP/1.1 ${status} `)
  expect(origin.connections).toHaveLength(0)
})
