import { spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type Server } from 'node:http'

import { expect, test } from 'vitest'

import { findFreePort } from '../../origin/free-port.ts'
import { eventually } from '../../proof/mutants/testing/eventually.ts'
import { CHUNKED_HEAD, chunk, startOrigin } from '../../proof/mutants/testing/origin.ts'

/** A hub that keeps what is published there. */
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

async function startBridge(hub: string, url: string, backEnd: object) {
  const port = await findFreePort()
  const command = ['--import', 'tsx', 'conformance/field/bridge/main.ts']
  const settings = ['--port', String(port), '--back-ends', JSON.stringify([backEnd])]
  const child = spawn(process.execPath, [...command, ...settings, `--${hub}`, url])
  const exited = new Promise((resolve) => {
    child.once('exit', resolve)
  })
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM')
      expect(await exited).toBe(0)
    },
  }
}

const FRAMES = 'event: blåbær\ndata: a\ndata: b\n\ndata: c\n\n'

test('events are published at nchan one after another, types in a header field', async () => {
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

test('events are published at Pushpin as frames, and its clients are held as streams', async () => {
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
