import { describe, expect, it } from 'vitest'

import { superlinearGrowth } from '../testing/cpu-growth.ts'
import { renderOnce } from './render-cache.ts'

const MEGABYTE = 'x'.repeat(2 ** 20)

function renderViews(views: number): void {
  const subject = {}
  for (let view = 0; view < views; view += 1) renderOnce(subject, `${view}`, () => 'text')
}

describe('renderOnce', () => {
  it('renderOnce renders each view of an object once', () => {
    const subject = {}
    expect(renderOnce(subject, 'a', () => 'first')).toBe('first')
    expect(renderOnce(subject, 'b', () => 'other')).toBe('other')
    expect(renderOnce(subject, 'a', () => 'again')).toBe('first')
  })

  it('renderOnce takes linear time for many views of one object', async () => {
    expect(await superlinearGrowth((size) => size / 4, renderViews)).toBeUndefined()
  })

  it('renderOnce evicts the least recently used text above 64 MiB for any number of objects and views', () => {
    const subjects = Array.from({ length: 100 }, () => ({}))
    for (const subject of subjects) renderOnce(subject, 'a', () => MEGABYTE)
    const kept = subjects.filter((subject) => renderOnce(subject, 'a', () => 'gone') !== 'gone')
    expect(kept.length).toBeGreaterThan(30)
    expect(kept.length).toBeLessThan(64)

    const subject = {}
    for (let view = 0; view < 100; view += 1) renderOnce(subject, `${view}`, () => MEGABYTE)
    expect(renderOnce(subject, '0', () => 'gone')).toBe('gone')
  })
})
