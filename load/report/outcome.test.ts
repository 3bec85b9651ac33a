import { describe, expect, it } from 'vitest'

import { htmlReport } from './html/html-report.ts'
import { junitReport } from './junit.ts'
import { toOutcome } from './outcome.ts'

const FACTS = {
  scenario: 'smoke',
  profile: 'smoke',
  targets: ['http://127.0.0.1:9080/?a=1&b=2'],
  store: 'http://127.0.0.1:8080',
  startedAt: '2026-11-20T12:00:00.000Z',
  tookMs: 4_500,
  machine: { cpus: 2, memoryBytes: 2 ** 34, system: 'Linux' },
  spread: { streams: 10, processes: 1, shards: 1 },
  usage: [{ name: 'proxy 1', idleBytes: 50e6, lastIdleBytes: 55e6, peakBytes: 60e6, cpuMs: 1500 }],
  cpuByPhase: [{ phase: 'open', cpuMs: { store: 10, 'proxy 1': 250 } }],
}
const SUMMARY = {
  metrics: {
    sse_gaps: {
      type: 'counter',
      values: { count: 3, rate: 0.66666 },
      thresholds: { 'count==0': { ok: false } },
    },
    checks: { type: 'rate', values: { rate: 0.5 }, thresholds: { 'rate==1': { ok: false } } },
    sse_ttfb: {
      type: 'trend',
      values: { 'p(95)': 12.3456 },
      thresholds: { 'p(95)<1000': { ok: true } },
    },
  },
} as const
const JOURNAL = [
  { kind: 'phase', name: 'open', tookMs: 1000, facts: { opened: 10, tookMs: 999 } },
  { kind: 'check', name: 'a & b', isOk: true, detail: '1' },
  { kind: 'check', name: '<all> "arrive"', isOk: false, detail: 'expected 2, got 1\u0000' },
  { kind: 'stats', facts: { open: 9 } },
  { kind: 'latency', step: '<1 client>', buckets: [{ upToMicros: 2500, count: 4 }] },
  { kind: 'skip', text: 'ids of <events>: not claimed' },
  { kind: 'skip', text: 'ids of <events>: not claimed' },
  { kind: 'fault', text: 'stream 1: expected 5, got 6 (gap of 1)' },
] as const

const outcome = toOutcome(FACTS, [{ isOk: false, summary: SUMMARY, journal: JOURNAL }])

describe('Outcome', () => {
  it('htmlReport writes one fleet, CPU or kind of fault in the singular, and several in the plural', () => {
    const one = { ...FACTS, machine: { ...FACTS.machine, cpus: 1 } }
    const many = { ...FACTS, spread: { streams: 2000, processes: 1, shards: 2 } }
    const textOf = (facts: typeof FACTS): string =>
      htmlReport(toOutcome(facts, [{ isOk: false, summary: SUMMARY, journal: JOURNAL }]))
    expect(textOf(one)).toMatch(/in 1 k6, 1 fleet<[^]*1 CPU,[^]*of 1 kind</)
    expect(textOf(many)).toMatch(/in 1 k6, 2 fleets<[^]*2 CPUs,/)
  })

  it('toOutcome merges the summary of k6 and the journal of the script', () => {
    expect(outcome).toMatchObject({
      isOk: false,
      stats: { open: 9 },
      skipped: ['ids of <events>: not claimed'],
      faults: ['stream 1: expected 5, got 6 (gap of 1)'],
      thresholds: [
        { metric: 'checks', rule: 'rate==1', isOk: false, got: 'rate=0.5' },
        { metric: 'sse_gaps', rule: 'count==0', isOk: false, got: 'count=3 rate=0.667' },
        { metric: 'sse_ttfb', rule: 'p(95)<1000', isOk: true, got: 'p(95)=12.346' },
      ],
    })
    expect(outcome.phases).toHaveLength(1)
    expect(outcome.checks).toHaveLength(2)
  })

  it('junitReport has one test case for each check and threshold, for any text', () => {
    const xml = junitReport(outcome)
    expect(xml).toContain('tests="6" skipped="1" failures="3" time="4.500"')
    expect(xml).toContain('name="a &amp; b"')
    expect(xml).toMatch(/name="ids of &lt;events&gt;: not claimed">\s*<skipped\/>/)
    expect(xml).toContain(String.raw`got 1\u{0}`)
    expect(xml).toContain('stream 1: expected 5, got 6 (gap of 1)')
  })

  it('htmlReport loads nothing and shows escaped text', () => {
    const html = htmlReport(outcome)
    expect(html).toContain('smoke (smoke): failed')
    expect(html).toContain('&lt;all&gt; &quot;arrive&quot;')
    expect(html).not.toContain('<all>')
    expect(html).toContain('a=1&amp;b=2')
    expect(html).toContain('Not verified</h2><ul><li>ids of &lt;events&gt;')
    expect(html).toMatch(/CPU[^]*<td>open<\/td><td>10 ms<\/td><td>250 ms<\/td>/)
    expect(html).toMatch(/<svg[^]*&lt;1 client&gt;[^]*<td>2.5 ms<\/td>/)
    expect(html).not.toMatch(/\b(src|href)=|url\(|@import/)
  })
})
