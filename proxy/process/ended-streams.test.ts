import { expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { EndedStreams } from './ended-streams.ts'

const STREAM = {
  timeMs: 0,
  address: '192.0.2.7',
  path: '/sse',
  lastEventId: undefined,
  bytes: 0,
  events: 0,
  seconds: 0,
  reason: 'client-left',
} as const

it('EndedStreams keeps at most 2000 streams for a process that does not read, and counts the rest', async () => {
  const sent: { readonly streams: number; readonly dropped: number; readonly done: () => void }[] =
    []
  const ended = new EndedStreams((streams, dropped, done) =>
    sent.push({ streams: streams.length, dropped, done }),
  )
  ended.add(STREAM)
  await eventually('a stream is sent', () => sent.length === 1)
  for (let count = 0; count < 2500; count += 1) ended.add(STREAM)
  expect(sent).toHaveLength(1)
  sent[0]?.done()
  expect(sent[1]).toMatchObject({ streams: 2000, dropped: 500 })
  sent[1]?.done()
  ended.add(STREAM)
  await eventually('the next stream is sent', () => sent.length === 3)
  expect(sent[2]).toMatchObject({ streams: 1, dropped: 0 })
})
