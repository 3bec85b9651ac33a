import { once } from 'node:events'
import { connect, Socket } from 'node:net'

import { expect, test } from 'vitest'

import { listen } from '../../http/listener.ts'
import { LINK_BENIGN_VARIANTS } from './benign-links.ts'

// Every check passes on these variants, so only this test detects a variant without any difference.

const EDGE = { crash: () => {}, freeze: () => {} }
const END = '2\r\nx\n\r\n0\r\n\r\n'

function link(name: string) {
  const variant = LINK_BENIGN_VARIANTS.find((candidate) => candidate.name === name)
  if (variant === undefined) throw new Error(`there is no benign variant ${name}`)
  return variant.points().link ?? {}
}

/** What a new client gets of these bytes, after it has sent a request. */
function forwarded(name: string, bytes: string, request = ''): readonly string[] {
  const client = new Socket()
  const { fromClient, toClient } = link(name)
  fromClient?.(EDGE, client)(Buffer.from(request), () => {})
  const pieces: string[] = []
  toClient?.(client, EDGE)(Buffer.from(bytes), (piece) => pieces.push(piece.toString('latin1')))
  return pieces
}

test('the benign variant head-in-pieces sends the first bytes of a connection in packets of seven', () => {
  const pieces = forwarded('head-in-pieces', 'x'.repeat(300))
  expect(pieces.slice(0, 30).map(({ length }) => length)).toEqual(Array(30).fill(7))
  expect(pieces.slice(30).map(({ length }) => length)).toEqual([90])
})

test('the benign variant early-hints sends an interim response to HTTP/1.1 clients only', () => {
  const [hinted] = forwarded('early-hints', 'HTTP/1.1 200 OK\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n')
  expect(hinted).toMatch(/^HTTP\/1\.1 103 Early Hints\r\n.*\r\n\r\nHTTP\/1\.1 200 OK\r\n\r\n$/)
  const plain = 'HTTP/1.1 200 OK\r\n\r\n'
  expect(forwarded('early-hints', plain, 'GET / HTTP/1.0\r\n\r\n')).toEqual([plain])
})

test('the benign variant trailer-at-end adds a trailer field to the last chunk', () => {
  expect(forwarded('trailer-at-end', END)).toEqual(['2\r\nx\n\r\n0\r\nX-End: 1\r\n\r\n'])
})

test('the benign variant resets-after-refusal resets a connection after a 400, so that it may be lost', async () => {
  const { toClient } = link('resets-after-refusal')
  const refusal = 'HTTP/1.1 400 Bad Request\r\n\r\n'
  const listener = await listen(0, (socket) =>
    toClient?.(socket, EDGE)(Buffer.from(refusal), () => {}),
  )
  const client = connect(Number(new URL(listener.url).port), '127.0.0.1').resume()
  await expect(once(client, 'close')).rejects.toMatchObject({ code: 'ECONNRESET' })
  await listener.close()
})

test('the benign variant explains-refusals adds content to a refusal', () => {
  const refusal = 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'
  expect(forwarded('explains-refusals', refusal)).toEqual([
    'HTTP/1.1 400 Bad Request\r\nContent-Length: 24\r\n\r\nthis request is refused\n',
  ])
})

test('the benign variants reads-late and frees-slots-late are late', async () => {
  let isHere = false
  const emitted = new Promise<void>((resolve) => {
    link('reads-late').fromClient?.(EDGE, new Socket())(Buffer.from('x'), () => {
      isHere = true
      resolve()
    })
  })
  expect(isHere).toBe(false)
  await emitted
  expect(link('frees-slots-late').leavesAfterMs).toBe(1000)
})
