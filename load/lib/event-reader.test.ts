import { describe, expect, it } from 'vitest'

import { readSseVectors } from '../../fixtures/read-fixture.ts'
import { readEvents } from './event-reader.ts'

describe('the strict reader', () => {
  it.each(readSseVectors())('$name: $rule', ({ bytes, events, lastEventId, retryMs }) => {
    // k6 hands out text; the byte order mark is the reader's to judge.
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
    const reading = readEvents(text)
    expect(reading.events).toEqual(events)
    expect(reading.lastEventId).toBe(lastEventId)
    expect(reading.retryMs ?? null).toBe(retryMs)
  })

  it('counts comments and keeps back what has no end', () => {
    expect(readEvents(': one\n\ndata: a\n\n:two\nid: 7\ndata: b')).toEqual({
      events: [{ type: 'message', data: 'a', lastEventId: '' }],
      lastEventId: '',
      retryMs: undefined,
      comments: 2,
      unfinished: ':two\nid: 7\ndata: b',
    })
  })
})
