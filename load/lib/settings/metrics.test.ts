import { readFile } from 'node:fs/promises'

import { describe, expect, it } from 'vitest'

import { FLEET_METRICS, thresholds } from './metrics.ts'

describe('thresholds', () => {
  it('thresholds collects the rules of each metric, with tags', () => {
    const text =
      'sse_delay_ms:p(99)<500; sse_delay_ms:max<=900;sse_connect_ok{reason:reset}:rate>0.9'
    expect(thresholds(text)).toEqual({
      sse_delay_ms: ['p(99)<500', 'max<=900'],
      'sse_connect_ok{reason:reset}': ['rate>0.9'],
    })
  })

  it.each([
    ['', 'METRIC:RULE with one of sse_connect'],
    ['sse_delay_ms', 'METRIC:RULE'],
    ['sse_delay:p(99)<500', 'METRIC:RULE'],
    ['toString:count<1', 'METRIC:RULE'],
    ['sse_gaps:p(99)<500', 'a rule for sse_gaps such as count<10, with count, rate'],
    ['sse_delay_ms:count<5', 'a rule for sse_delay_ms such as p(99)<500'],
    ['sse_delay_ms:p<5', 'a rule for sse_delay_ms'],
    ['sse_delay_ms:avg(5)<5', 'a rule for sse_delay_ms'],
    ['sse_delay_ms:p(99)<', 'a rule for sse_delay_ms'],
    ['sse_delay_ms:p(99)<5 || 1', 'a rule for sse_delay_ms'],
  ])('thresholds refuses %j and shows a right one', (text, complaint) => {
    expect(() => thresholds(text)).toThrow(complaint)
  })

  it('thresholds knows each metric of the extension, and its kind', async () => {
    const source = await readFile(new URL('../../k6/ssefleet/metrics.go', import.meta.url), 'utf8')
    const registered = [...source.matchAll(/metric\("(\w+)", metrics\.(\w+)/g)].map(
      ([, name = '', kind = '']) => [name, kind.toLowerCase()],
    )
    expect(registered.length).toBeGreaterThan(5)
    expect(Object.fromEntries(registered)).toEqual(FLEET_METRICS)
  })
})
