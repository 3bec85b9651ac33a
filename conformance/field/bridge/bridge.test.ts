import { createServer, type IncomingMessage, type Server } from 'node:http'

import { execa } from 'execa'
import { expect, test } from 'vitest'

import { findFreePort } from '../../origin/free-port.ts'
import { eventually } from '../../proof/mutants/testing/eventually.ts'
import { nodeArguments } from '../../proof/node-arguments.ts'
import { CHUNKED_HEAD, chunk, startOrigin } from '../../proof/mutants/testing/origin.ts'

/** A hub that records every publication. */
async function startHub() {
  const published: { readonly request: IncomingMessage; readonly body: string }[] = []
  const server: Server = createServer((request, response) => {
    let body = ''
    request.on('data', (bytes: Buffer) => {
      body += bytes.toString()
    })
    request.on('end', () => {
      published.push({ request, body })
      response.end('{}')
    })
  })
  const port = await findFreePort()
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${port}/publish`,
    published,
    [Symbol.asyncDispose]: async () => void server.close(),
  }
}

async function startBridge(hub: string, url: string, backEnd: object, flags: string[] = []) {
  const port = await findFreePort()
  const command = nodeArguments('conformance/field/bridge/main.ts')
  const settings = ['--port', String(port), '--back-ends', JSON.stringify([backEnd])]
  const args = [...command, ...settings, `--${hub}`, url, ...flags]
  const child = execa(process.execPath, args, { reject: false, forceKillAfterDelay: false })
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM')
      expect((await child).exitCode).toBe(0)
    },
  }
}

const FRAMES = 'event: blåbær\ndata: a\ndata: b\n\ndata: c\n\n'

test('the bridge publishes events to nchan one by one, with the type in a header field', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using hub = await startHub()
  const credentials = { username: 'Ann', password: 'pa:ss' }
  const httpHeaders = { Host: 'public.example' }
  await using bridge = await startBridge('nchan', hub.url, {
    uri: origin.url,
    credentials,
    httpHeaders,
  })
  const { socket, received } = await origin.request(1)
  expect(received()).toContain(`Authorization: Basic ${btoa('Ann:pa:ss')}\r\n`)
  expect(received()).toMatch(/^host: public\.example\r$/im)
  socket.write(chunk(Buffer.from(FRAMES).toString('latin1')))
  await eventually('two publications', () => hub.published[1])
  expect(hub.published.map(({ body }) => body)).toEqual(['a\nb', 'c'])
  const [first, second] = hub.published.map(({ request }) => request.headers['x-eventsource-event'])
  expect(Buffer.from(String(first), 'latin1').toString()).toBe('blåbær')
  expect(second).toBeUndefined()
  expect(bridge.url).toBeDefined()
})

test('the bridge publishes events to Pushpin as frames and holds its clients as streams', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using hub = await startHub()
  await using bridge = await startBridge('pushpin', hub.url, { uri: origin.url })
  const { socket } = await origin.request(1)
  socket.write(chunk(Buffer.from(FRAMES).toString('latin1')))
  await eventually('two publications', () => hub.published[1])
  expect(hub.published[0]?.body).toBe(
    '{"items":[{"channel":"changes","formats":{"http-stream":{"content":"event: blåbær\\ndata: a\\ndata: b\\n\\n"}}}]}',
  )
  const answer = await fetch(bridge.url)
  expect(answer.headers.get('grip-hold')).toBe('stream')
})

test('the bridge with --replay numbers events for Pushpin and replays them after Last-Event-ID', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using hub = await startHub()
  await using bridge = await startBridge('pushpin', hub.url, { uri: origin.url }, ['--replay'])
  const { socket } = await origin.request(1)
  socket.write(chunk('data: a\n\ndata: b\n\ndata: c\n\n'))
  await eventually('three publications', () => hub.published[2])
  expect(hub.published[0]?.body).toContain(String.raw`"content":"id: 1\ndata: a\n\n"`)
  const replayed = async (id: string) => {
    const response = await fetch(bridge.url, { headers: { 'Last-Event-ID': id } })
    return response.text()
  }
  expect(await replayed('1')).toBe('id: 2\ndata: b\n\nid: 3\ndata: c\n\n')
  expect(await replayed('3')).toBe('')
  expect(await (await fetch(bridge.url)).text()).toBe('')
})

test('the bridge publishes forms with a token to Mercure and JSON to Centrifugo', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using mercure = await startHub()
  await using bridge = await startBridge('mercure', mercure.url, { uri: origin.url }, [
    '--token',
    'secret',
  ])
  const { socket } = await origin.request(1)
  socket.write(chunk('event: x\ndata: {"n":1}\n\n'))
  const [published] = await eventually(
    'a publication',
    () => mercure.published[0] && mercure.published,
  )
  expect(bridge.url).not.toBe('')
  expect(published?.request.headers.authorization).toBe('Bearer secret')
  expect(published?.body).toBe('topic=changes&data=%7B%22n%22%3A1%7D&type=x')

  await using centrifugo = await startHub()
  await using other = await startBridge('centrifugo', centrifugo.url, { uri: origin.url })
  const { socket: second } = await origin.request(2)
  second.write(chunk('data: {"n":1}\n\ndata: text\n\n'))
  await eventually('two publications', () => centrifugo.published[1])
  expect(other.url).not.toBe(bridge.url)
  expect(centrifugo.published.map(({ body }) => body)).toEqual([
    '{"channel":"changes","data":{"n":1}}',
    '{"channel":"changes","data":"text"}',
  ])
})

test.each([
  [
    'a switch of protocols',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
  ],
  ['a compressed stream', CHUNKED_HEAD.replace('\r\n\r\n', '\r\nContent-Encoding: gzip\r\n\r\n')],
])('the bridge connects again after %s that it did not ask for', async (_, head) => {
  await using origin = await startOrigin(head)
  await using hub = await startHub()
  await using bridge = await startBridge('nchan', hub.url, { uri: origin.url })
  await origin.request(3)
  expect(bridge.url).toBeDefined()
  expect(hub.published).toEqual([])
})
