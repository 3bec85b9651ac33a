import { describe, expect, it } from 'vitest'

import { Backoff } from './backoff.ts'

const plain = { firstMs: 10_000, capMs: 60_000, jitter: 0, random: () => 0.5 }
const waits = (backoff: Backoff, count: number) =>
  Array.from({ length: count }, () => backoff.nextMs())
const at = (random: number) => new Backoff({ ...plain, jitter: 0.1, random: () => random })

describe('the waits between attempts', () => {
  it('double up to the longest', () => {
    expect(waits(new Backoff(plain), 5)).toEqual([10_000, 20_000, 40_000, 60_000, 60_000])
  })

  it('start again after a success', () => {
    const backoff = new Backoff(plain)
    waits(backoff, 3)
    backoff.reset()
    expect(backoff.nextMs()).toBe(10_000)
  })

  it('start with what the back end asked for', () => {
    const backoff = new Backoff(plain)
    backoff.setFirstMs(3000)
    expect(waits(backoff, 2)).toEqual([3000, 6000])
  })

  it.each([
    [0, 1000],
    [999, 1000],
    [60_001, 60_000],
    [1e300, 60_000],
  ])(
    'start between a second and the longest wait when the back end asks for %d ms',
    (ms, waitMs) => {
      const backoff = new Backoff(plain)
      backoff.setFirstMs(ms)
      expect(backoff.nextMs()).toBe(waitMs)
    },
  )

  it('differ by chance, within the jitter', () => {
    expect(at(0).nextMs()).toBe(9000)
    expect(at(0.999_999).nextMs()).toBeCloseTo(11_000, -1)
    expect(at(0).longestMs()).toBe(54_000)
  })

  it('stay finite after any number of failures', () => {
    const backoff = new Backoff(plain)
    expect(waits(backoff, 5000).at(-1)).toBe(60_000)
  })
})
