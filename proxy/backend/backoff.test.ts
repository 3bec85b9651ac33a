import { describe, expect, it } from 'vitest'

import { Backoff } from './backoff.ts'

const plain = { firstMs: 10_000, capMs: 60_000, jitter: 0, random: () => 0.5 }
const waits = (backoff: Backoff, count: number) =>
  Array.from({ length: count }, () => backoff.nextMs())
const at = (random: number) => new Backoff({ ...plain, jitter: 0.1, random: () => random })

describe('the waits between attempts', () => {
  it('Backoff doubles each wait up to the longest one', () => {
    expect(waits(new Backoff(plain), 5)).toEqual([10_000, 20_000, 40_000, 60_000, 60_000])
  })

  it('Backoff starts with the first wait again after reset', () => {
    const backoff = new Backoff(plain)
    waits(backoff, 3)
    backoff.reset()
    expect(backoff.nextMs()).toBe(10_000)
  })

  it('Backoff starts with the wait that the back end requests', () => {
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
    'Backoff starts between one second and the longest wait when the back end requests %d ms',
    (ms, waitMs) => {
      const backoff = new Backoff(plain)
      backoff.setFirstMs(ms)
      expect(backoff.nextMs()).toBe(waitMs)
    },
  )

  it('Backoff randomizes waits within the jitter', () => {
    expect(at(0).nextMs()).toBe(9000)
    expect(at(0.999_999).nextMs()).toBeCloseTo(11_000, -1)
    expect(at(0).longestMs()).toBe(54_000)
  })

  it('Backoff never waits longer than the longest wait, and spreads the waits below it', () => {
    expect(waits(at(0.999_999), 5)).toEqual([11_000, 22_000, 44_000, 60_000, 60_000])
    expect(at(0.5).longestMs()).toBe(57_000)
    expect(at(0.999_999).longestMs()).toBe(60_000)
  })

  it('Backoff returns finite waits after any number of failures', () => {
    const backoff = new Backoff(plain)
    expect(waits(backoff, 5000).at(-1)).toBe(60_000)
  })
})
