import { describe, expect, it } from 'vitest'

import { mergeChecks, mergeLatencies, mergeMetrics, mergePhases, mergeStats } from './merge.ts'

const check = (name: string, isOk: boolean, detail: string) =>
  ({ kind: 'check', name, isOk, detail }) as const

const trend = (values: Readonly<Record<string, number>>) => ({
  metrics: { t: { type: 'trend' as const, values } },
})
const one = (ok: boolean) => ({
  metrics: { a: { type: 'counter' as const, values: {}, thresholds: { 'count==0': { ok } } } },
})

describe('merging results of processes', () => {
  it('mergeMetrics adds counts and rates up', () => {
    const merged = mergeMetrics([
      { metrics: { a: { type: 'counter', values: { count: 2, rate: 0.5 } } } },
      { metrics: { a: { type: 'counter', values: { count: 3, rate: 0.25 } } } },
    ])
    expect(merged['a']?.values).toEqual({ count: 5, rate: 0.75 })
    const rates = mergeMetrics([
      { metrics: { r: { type: 'rate', values: { rate: 1, passes: 3, fails: 0 } } } },
      { metrics: { r: { type: 'rate', values: { rate: 0, passes: 0, fails: 1 } } } },
    ])
    expect(rates['r']?.values).toEqual({ rate: 0.75, passes: 3, fails: 1 })
  })

  it('mergeMetrics weighs averages and takes the worst percentile', () => {
    const merged = mergeMetrics([
      trend({ count: 3, min: 2, avg: 4, 'p(95)': 9, max: 10 }),
      trend({ count: 1, min: 1, avg: 8, 'p(95)': 8, max: 12 }),
      trend({ count: 0, min: 0, avg: 0, 'p(95)': 0, max: 0 }),
    ])
    expect(merged['t']?.values).toEqual({ count: 4, min: 1, avg: 5, 'p(95)': 9, max: 12 })
  })

  it('mergeMetrics passes a threshold that every process passed', () => {
    expect(mergeMetrics([one(true), one(true)])['a']?.thresholds).toEqual({
      'count==0': { ok: true },
    })
    expect(mergeMetrics([one(true), one(false)])['a']?.thresholds).toEqual({
      'count==0': { ok: false },
    })
    expect(mergeMetrics([one(false), { metrics: {} }])['a']?.thresholds).toEqual({
      'count==0': { ok: false },
    })
  })

  it('mergePhases takes the duration of the slowest shard', () => {
    expect(
      mergePhases([
        { kind: 'phase', name: 'open', tookMs: 5, facts: { opened: 2, tookMs: 5 } },
        { kind: 'phase', name: 'hold', tookMs: 1, facts: {} },
        { kind: 'phase', name: 'open', tookMs: 9, facts: { opened: 3, tookMs: 9 } },
      ]),
    ).toEqual([
      { kind: 'phase', name: 'open', tookMs: 9, facts: { opened: 5 } },
      { kind: 'phase', name: 'hold', tookMs: 1, facts: {} },
    ])
  })

  it('mergeChecks fails a check that failed in one shard, with its detail', () => {
    expect(
      mergeChecks([
        check('a', true, '1'),
        check('b', true, '7'),
        check('a', false, 'expected 1, got 0'),
      ]),
    ).toEqual([check('a', false, 'expected 1, got 0 (1 of 2 shards)'), check('b', true, '7')])
  })

  it('mergeStats adds counts up and keeps the lowest and the highest number', () => {
    expect(
      mergeStats([
        { kind: 'stats', facts: { open: 3, lowest: 7, highest: 9 } },
        { kind: 'fault', text: 'x' },
        { kind: 'stats', facts: { open: 4, lowest: 5, highest: 8 } },
      ]),
    ).toEqual({ open: 7, lowest: 5, highest: 9 })
  })

  it('mergeLatencies adds histograms up and finds the last stream of all shards, although an event is missing', () => {
    const rows = mergeLatencies([
      { kind: 'latency', step: 's', buckets: [{ upToMicros: 1000, count: 3 }] },
      {
        kind: 'fan-out',
        step: 's',
        first: 6,
        dueMs: [90, 100, 200],
        events: [
          { number: 7, lastMs: 130 },
          { number: 8, lastMs: 210 },
        ],
      },
      {
        kind: 'latency',
        step: 's',
        buckets: [
          { upToMicros: 9000, count: 1 },
          { upToMicros: 1000, count: 6 },
        ],
      },
      {
        kind: 'fan-out',
        step: 's',
        first: 6,
        dueMs: [],
        events: [
          { number: 8, lastMs: 260 },
          { number: 7, lastMs: 110 },
        ],
      },
      { kind: 'latency', step: 'other', buckets: [] },
      { kind: 'lag', step: 's', lagMs: [0, 4, 2] },
      { kind: 'lag', step: 'other', lagMs: [] },
    ])
    expect(rows).toEqual([
      {
        step: 's',
        count: 10,
        p50: 1,
        p95: 9,
        p99: 9,
        max: 9,
        lastP50: 30,
        lastMax: 60,
        ownLagMax: 4,
      },
      {
        step: 'other',
        count: 0,
        p50: 0,
        p95: 0,
        p99: 0,
        max: 0,
        lastP50: undefined,
        lastMax: undefined,
        ownLagMax: undefined,
      },
    ])
  })
})
