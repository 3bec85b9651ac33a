import { describe, expect, it } from 'vitest'

import { summarise } from './summary.ts'

const DATA = {
  metrics: {
    sse_gaps: { values: { count: 2 }, thresholds: { 'count==0': { ok: false } } },
    sse_events: { values: { count: 10, rate: 3.33333 } },
    iterations: { values: { count: 1 } },
  },
}

describe('summarise', () => {
  it('summarise prints metrics of streams and crossed thresholds to the screen', () => {
    const { stdout = '' } = summarise(DATA, undefined)
    expect(stdout.trim().split('\n')).toEqual([
      'sse_events         count=10 rate=3.333 ',
      '✗ sse_gaps           count=2 count==0',
    ])
  })

  it('summarise writes all data to a file', () => {
    expect(summarise(DATA, '/tmp/summary.json')).toEqual({
      '/tmp/summary.json': JSON.stringify(DATA),
    })
  })
})
