import { describe, expect, it } from 'vitest'

import { outgoingFrame } from '../testing/frames.ts'
import { OwnIds } from './event-ids.ts'
import { FrameLog } from './frame-log.ts'
import { HEARTBEATS } from './heartbeats.ts'
import { StreamStarts } from './stream-start.ts'

const HEAD = Buffer.from('head\n')

/** How a stream begins after the event with the id `e-1`. */
function startOf(client: { readonly earlyId: boolean; readonly lastEventId?: string }): string {
  const limits = { maxFrames: 10, maxBytes: 10_000, maxAgeMs: 1_000_000 }
  const log = new FrameLog({ limits, ids: new OwnIds('e') })
  log.append(outgoingFrame('data: a\n\n'), 0)
  const request = { head: HEAD, framing: 'plain', lastEventId: client.lastEventId } as const
  return new StreamStarts({ log, crashSpreadMs: 0, random: Math.random })
    .begin(request, client.earlyId)
    .bytes.toString()
}

describe('StreamStarts', () => {
  it('StreamStarts gives a new client the newest id in a block without data', () => {
    expect(startOf({ earlyId: true })).toBe('head\nid: e-1\n\n')
  })

  it('StreamStarts gives a new client a comment line when earlyId is false', () => {
    expect(startOf({ earlyId: false })).toBe('head\n:\n')
  })

  it.each(['e-1', 'e-0'])(
    'StreamStarts gives a client with the id %s no further id before an event',
    (id) => {
      expect(startOf({ earlyId: true, lastEventId: id })).toBe('head\n:\n')
    },
  )
})

it('a heartbeat is a comment line without a blank line', () => {
  expect(HEARTBEATS.plain.toString()).toBe(':\n')
  expect(HEARTBEATS.chunked.toString()).toBe('2\r\n:\n\r\n')
})
