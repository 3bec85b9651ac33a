import { describe, expect, it } from 'vitest'

import type { LaneEvent } from './align-lanes.ts'
import { alignLanes } from './align-lanes.ts'

const base = { kind: 'event', id: '', event: 'message' } as const
const store = (data: string, atMs: number): LaneEvent => ({ ...base, lane: 'store', data, atMs })
const proxy = (data: string, atMs: number): LaneEvent => ({ ...base, lane: 'proxy', data, atMs })
const verdicts = (events: readonly LaneEvent[], nowMs: number) =>
  alignLanes(events, nowMs).map(({ verdict, delayMs }) => [verdict, delayMs])

describe('alignLanes', () => {
  it('alignLanes puts an event of the proxy beside that of the store, with its delay', () => {
    expect(verdicts([store('a', 0), store('b', 1), proxy('a', 3), proxy('b', 5)], 9)).toEqual([
      ['same', 3],
      ['same', 4],
    ])
  })

  it('alignLanes gives the same data to each event in turn, and once', () => {
    expect(
      verdicts([store('a', 0), store('a', 1), proxy('a', 4), proxy('a', 9), proxy('a', 10)], 11),
    ).toEqual([
      ['same', 4],
      ['same', 8],
      ['only here', undefined],
    ])
  })

  it('alignLanes waits for an event of the proxy for 5 s, and then misses it', () => {
    expect(verdicts([store('a', 0)], 5_000)).toEqual([['waiting', undefined]])
    expect(verdicts([store('a', 0)], 5_001)).toEqual([['missing', undefined]])
  })

  it('alignLanes compares URLs by their paths, because the host may differ', () => {
    expect(verdicts([store('http://store/a', 0), proxy('https://front/a', 2)], 3)).toEqual([
      ['same', 2],
    ])
    expect(verdicts([store('http://store/a', 0), proxy('https://front/b', 2)], 3)).toEqual([
      ['waiting', undefined],
      ['only here', undefined],
    ])
  })

  it('alignLanes notes the beginning and the end of the stream of the proxy', () => {
    const end: LaneEvent = { ...proxy('HTTP 503', 1), kind: 'end' }
    expect(verdicts([store('HTTP 503', 0), end], 1)).toEqual([
      ['waiting', undefined],
      ['note', undefined],
    ])
  })
})
