import { connect } from 'node:net'

import { expect, it } from 'vitest'

import type { MockContentStore } from '../start.ts'
import { serveStore } from '../testing/serve-store.ts'
import { until } from '../testing/until.ts'

const AUTHORIZATION = `Authorization: Basic ${btoa('user:password')}`
const STREAM = '/webservice/escenic/changelog/sse'
const FEED = '/webservice/escenic/changelog/section/12/after/5041'

interface RawConnection extends AsyncDisposable {
  /** All received bytes. */
  readonly text: () => string
  readonly hasEnded: () => boolean
}

/** Sends requests unchanged in one write, and keeps every byte of the responses. */
async function say(store: MockContentStore, ...requests: string[]): Promise<RawConnection> {
  let text = ''
  let hasEnded = false
  const socket = connect(store.port, '127.0.0.1')
  socket.on('data', (bytes) => (text += bytes.toString('latin1')))
  socket.once('end', () => (hasEnded = true))
  socket.write(requests.map((request) => `${request}\r\n${AUTHORIZATION}\r\n\r\n`).join(''))
  await until(() => text.includes('text/event-stream'), 'the head of the stream')
  return {
    text: () => text,
    hasEnded: () => hasEnded,
    [Symbol.asyncDispose]: async () => void socket.destroy(),
  }
}

/** The bytes after the head of the last response. */
function bodyOf(raw: RawConnection): string {
  return raw.text().split('\r\n\r\n').slice(1).join('\r\n\r\n')
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: store.test`

it('a stream frames each announcement as one chunk and ends with the last chunk', async () => {
  await using store = await serveStore({ announce: ['section'] })
  await using raw = await say(store, get(STREAM))
  store.control.publishItem(801)
  const event = 'data: http://store.test/webservice/escenic/changelog/section/12\n\n'
  const chunk = `${event.length.toString(16)}\r\n${event}\r\n`
  await until(() => bodyOf(raw).length >= chunk.length, 'a chunk')
  expect(bodyOf(raw)).toBe(chunk)
  store.control.closeStreams()
  await until(() => bodyOf(raw).length > chunk.length, 'more than that chunk')
  expect(bodyOf(raw)).toBe(`${chunk}0\r\n\r\n`)
})

it('a stream sends an HTTP/1.0 client plain bytes and ends with the connection', async () => {
  await using store = await serveStore({ announce: ['section'], retryMs: 500 })
  await using raw = await say(store, `GET ${STREAM} HTTP/1.0\r\nHost: store.test`)
  store.control.publishItem(801)
  const event = 'data: http://store.test/webservice/escenic/changelog/section/12\n\n'
  await until(() => bodyOf(raw) === `retry: 500\n${event}`, 'the event')
  expect(raw.hasEnded()).toBe(false)
  store.control.closeStreams()
  await until(() => raw.hasEnded(), 'the connection ends')
  expect(raw.text().toLowerCase()).not.toContain('transfer-encoding')
})

it('a stream starts after the earlier responses of its connection', async () => {
  await using store = await serveStore({ announce: ['section'], retryMs: 500 })
  await using raw = await say(store, get(FEED), get(FEED), get(STREAM))
  store.control.publishItem(801)
  await until(() => raw.text().endsWith('section/12\n\n\r\n'), 'the event')
  const text = raw.text()
  expect(text.match(/<\/feed>/g)).toHaveLength(2)
  expect(text.lastIndexOf('</feed>')).toBeLessThan(text.indexOf('retry: 500'))
  expect(text.slice(text.lastIndexOf('</feed>'))).toMatch(
    /^<\/feed>\nHTTP\/1\.1 200 OK\r\n(?:[\w-]+: [^\r\n]+\r\n)+\r\nb\r\nretry: 500\n\r\n[\da-f]+\r\ndata: /,
  )
})
