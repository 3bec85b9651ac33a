import assert from 'node:assert/strict'

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { FUZZ_CASES, FUZZ_MS } from '../testing/fuzz.ts'
import { NodeHttpJudge } from '../testing/node-http-judge.ts'
import { spoiltHeads } from '../testing/spoilt-heads.ts'
import { isHostField } from './host-field.ts'
import { lastEventIdOf, readStreamRequest } from './stream-request.ts'

const MAX_HEAD_BYTES = 8192
const headWith = (...fields: readonly string[]) =>
  ['GET / HTTP/1.1', 'Host: x', ...fields, '\r\n'].join('\r\n')
const read = (text: string) => readStreamRequest(Buffer.from(text, 'latin1'), MAX_HEAD_BYTES)

describe('the head of a request', () => {
  it('readStreamRequest reads a plain GET', () => {
    const head = 'GET /a?b=c HTTP/1.1\r\nHost: x\r\nlast-event-id:  7 \r\nOrigin: https://a\r\n\r\n'
    expect(read(head)).toEqual({
      framing: 'chunked',
      origin: 'https://a',
      lastEventId: '7',
      wantsEnd: false,
      path: expect.any(String),
    })
    expect(read('GET / HTTP/1.0\r\n\r\n')).toEqual({
      framing: 'plain',
      origin: undefined,
      lastEventId: undefined,
      wantsEnd: false,
      path: expect.any(String),
    })
  })

  it.each([
    'GET / HTTP/1.1\r\nHost: a\r\n\r\nmore',
    'GET / HTTP/1.1\nHost: a\n\n',
    'GET / HTTP/1.1\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n folded\r\n\r\n',
    'GET / HTTP/1.1\r\nHost : a\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\n\r\n',
    'GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET  / HTTP/1.1\r\nHost: a\r\n\r\n',
    'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n',
    'get / HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET / HTTP/2.0\r\nHost: a\r\n\r\n',
    `GET /${'x'.repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  ])('readStreamRequest leaves this head to node:http: %j', (head) => {
    expect(read(head)).toBeUndefined()
  })

  it('readStreamRequest asks for more after each character of a plain GET', () => {
    const requestLine = 'GET /a HTTP/1.1\r\n'
    const head = `${requestLine}Host: x\r\nX-Empty:\r\nLast-Event-ID: 7\r\n\r\n`
    for (let end = requestLine.length; end < head.length; end += 1) {
      expect(read(head.slice(0, end)), head.slice(0, end)).toBe('incomplete')
    }
  })

  it.each([
    'GET / HT',
    'HEAD / HTTP/1.1\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nX y',
    'GET / HTTP/1.1\r\nHost: a\r\nX: \0',
    'GET / HTTP/1.1\r\nHost: a\r\n folded',
    'GET / HTTP/1.1\r\nHost: a\r\n\r\nmore',
    'GET / HTTP/1.1\r\nHost: a\n',
    `GET / HTTP/1.1\r\nX: ${'x'.repeat(9000)}`,
  ])('readStreamRequest leaves the beginning of this head to node:http: %j', (head) => {
    expect(read(head)).toBeUndefined()
  })

  it('readStreamRequest takes the id from the header, then the query, and ignores an empty one', () => {
    expect(lastEventIdOf('/?lastEventId=q%20r', 'h')).toBe('h')
    expect(lastEventIdOf('/?lastEventId=q%20r', '')).toBe('q r')
    expect(lastEventIdOf('/?lastEventId=', undefined)).toBeUndefined()
    expect(lastEventIdOf('/?lasteventid=q', undefined)).toBeUndefined()
    expect(lastEventIdOf('/', Buffer.from('ü').toString('latin1'))).toBe('ü')
  })

  it.each(['lastEventId', 'lastEventID', 'Last-Event-ID', 'evs_last_event_id'])(
    'readStreamRequest takes the id from the query parameter %s',
    (name) => {
      expect(lastEventIdOf(`/?a=b&${name}=7`, undefined)).toBe('7')
      expect(lastEventIdOf(`/?x=1&${name}=`, undefined)).toBeUndefined()
    },
  )

  it('readStreamRequest recognizes a request of XMLHttpRequest, and leaves two such fields to node:http', () => {
    expect(read(headWith('x-requested-with:  XMLHttpRequest '))).toMatchObject({ wantsEnd: true })
    expect(read(headWith('X-Requested-With: fetch'))).toMatchObject({ wantsEnd: false })
    expect(read(headWith('X-Requested-With: a', 'X-Requested-With: b'))).toBeUndefined()
  })
})

describe('against node:http', () => {
  const judge = new NodeHttpJudge()

  it(
    'readStreamRequest reads the same as node:http from a head that it accepts, and accepts no head that node:http refuses',
    async () => {
      const tally = { taken: 0, refused: 0 }
      await fc.assert(
        fc.asyncProperty(spoiltHeads, async (head) => {
          const request = read(head)
          if (request === undefined || request === 'incomplete') {
            tally.refused += 1
            return
          }
          tally.taken += 1
          const judgement = await judge.judge(Buffer.from(head, 'latin1'))
          const { headers, httpVersion, method, url = '' } = judgement ?? {}
          const { 'last-event-id': id, 'x-requested-with': by, origin, host } = headers ?? {}
          assert.deepEqual(
            { method, framing: httpVersion === '1.0' ? 'plain' : 'chunked', origin },
            { method: 'GET', framing: request.framing, origin: request.origin },
          )
          assert.equal(lastEventIdOf(url, String(id ?? '')), request.lastEventId)
          assert.equal(by === 'XMLHttpRequest', request.wantsEnd)
          assert.ok(httpVersion === '1.0' || isHostField(host ?? ''))
        }),
        { numRuns: FUZZ_CASES },
      )
      // Both kinds came in numbers, or the cases would show nothing.
      expect(tally.taken).toBeGreaterThan(FUZZ_CASES / 10)
      expect(tally.refused).toBeGreaterThan(FUZZ_CASES / 10)
    },
    FUZZ_MS,
  )
})
