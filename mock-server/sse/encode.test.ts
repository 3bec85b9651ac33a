import { describe, expect, it } from 'vitest'

import { readFixture } from '../../fixtures/read-fixture.ts'
import { encodeEvent, encodeRetry } from './encode.ts'

describe('encodeEvent', () => {
  it('encodeEvent writes the bytes of every vector in fixtures/sse', () => {
    const data = 'http://cs.test/webservice/escenic/changelog/section/22'
    expect(encodeEvent({ data })).toBe(readFixture('sse/change-log-url.sse').toString())
  })

  it('encodeEvent writes the name and the id before the data', () => {
    expect(encodeEvent({ event: 'update', id: '7-1', data: 'x' })).toBe(
      'event: update\nid: 7-1\ndata: x\n\n',
    )
  })

  it('encodeEvent writes one data line per line, for LF, CR and CRLF', () => {
    expect(encodeEvent({ data: 'a\nb\r\nc\rd\n' })).toBe(
      'data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n',
    )
  })

  it.each(['a\nb', 'a\rb', 'a\0b'])(
    'encodeEvent refuses %j as name and as id, because it would inject a field',
    (value) => {
      expect(() => encodeEvent({ data: '', event: value })).toThrow(
        'an event name holds CR, LF or NUL',
      )
      expect(() => encodeEvent({ data: '', id: value })).toThrow('an event id holds CR, LF or NUL')
    },
  )
})

it('encodeRetry writes the reconnection time in a line without a blank line', () => {
  expect(encodeRetry(2_000)).toBe('retry: 2000\n')
})
