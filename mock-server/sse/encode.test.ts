import { describe, expect, it } from 'vitest'

import { readFixture } from '../../fixtures/read-fixture.ts'
import { encodeEvent, encodeRetry } from './encode.ts'

describe('encodeEvent', () => {
  it('writes the bytes that the vectors agree on', () => {
    const data = 'http://cs.test/webservice/escenic/changelog/section/22'
    expect(encodeEvent({ data })).toBe(readFixture('sse/change-log-url.sse').toString())
  })

  it('writes the name and the id before the data', () => {
    expect(encodeEvent({ event: 'update', id: '7-1', data: 'x' })).toBe(
      'event: update\nid: 7-1\ndata: x\n\n',
    )
  })

  it('makes one data line of each line, whatever ends it', () => {
    expect(encodeEvent({ data: 'a\nb\r\nc\rd\n' })).toBe(
      'data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n',
    )
  })

  it.each(['a\nb', 'a\rb', 'a\0b'])(
    'refuses the name and the id %j, which would inject a field',
    (value) => {
      expect(() => encodeEvent({ data: '', event: value })).toThrow(
        'an event name holds CR, LF or NUL',
      )
      expect(() => encodeEvent({ data: '', id: value })).toThrow('an event id holds CR, LF or NUL')
    },
  )
})

it('writes the reconnection time as a block of its own', () => {
  expect(encodeRetry(2_000)).toBe('retry: 2000\n\n')
})
