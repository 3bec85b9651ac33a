import { describe, expect, it } from 'vitest'

import { readSseVectors } from '../../../fixtures/read-fixture.ts'
import { readEvents } from './event-reader.ts'

describe('readEvents', () => {
  it.each(readSseVectors())(
    'readEvents parses the vector $name: $rule',
    ({ bytes, events, lastEventId, retryMs }) => {
      // k6 returns text; the reader must drop the byte order mark.
      const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
      const parsed = readEvents(text)
      expect(parsed.events).toEqual(events)
      expect(parsed.lastEventId).toBe(lastEventId)
      expect(parsed.retryMs ?? null).toBe(retryMs)
    },
  )

  it('readEvents counts comments and returns an incomplete event separately', () => {
    expect(readEvents(': one\n\ndata: a\n\n:two\nid: 7\ndata: b')).toEqual({
      events: [{ type: 'message', data: 'a', lastEventId: '' }],
      lastEventId: '',
      retryMs: undefined,
      comments: 2,
      unfinished: ':two\nid: 7\ndata: b',
    })
  })
})
