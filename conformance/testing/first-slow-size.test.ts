import { expect, test } from 'vitest'

import { firstSlowSize } from './first-slow-size.ts'

/** Work that reports its own processor time, as if the machine were that slow. */
function workThatTakes(usOf: (size: number, run: number) => number): string | undefined {
  let us = 0
  let runs = 0
  return firstSlowSize(
    (size) => {
      runs += 1
      us = Math.round(usOf(size, runs))
    },
    (work) => {
      work()
      return us
    },
  )
}

test.each([
  ['is linear on a fast machine', (size: number) => size / 1_000],
  ['is linear on a machine a million times slower', (size: number) => size * 1_000],
  ['has a fixed cost', (size: number) => 5_000_000 + size],
  ['grows with n log n', (size: number) => size * Math.log2(size) * 10],
  ['is slow when it is cold', (size: number, run: number) => size * (run === 1 ? 100 : 10)],
  [
    'is disturbed in two of three runs',
    (size: number, run: number) => size * 10 + (run % 3 && 9e6),
  ],
])('firstSlowSize finds nothing for code that %s', (_name, usOf) => {
  expect(workThatTakes(usOf)).toBeUndefined()
})

test.each([
  ['quadratic', (size: number) => size ** 2 / 1_000],
  [
    'quadratic and slow when it is cold',
    (size: number, run: number) => (size ** 2 / 1_000) * (run === 1 ? 100 : 1),
  ],
  ['cubic', (size: number) => size ** 3 / 1_000],
  ['linear up to a size and quadratic above', (size: number) => Math.max(size, size ** 2 / 10_000)],
])('firstSlowSize names the size at which %s code takes too long', (_name, usOf) => {
  expect(workThatTakes(usOf)).toMatch(/^\d+ bytes take \d+ µs of processor time, expected at most/)
})

test('firstSlowSize stops cubic code before it takes minutes', () => {
  let total = 0
  workThatTakes((size) => {
    total += size ** 3 / 1_000
    return size ** 3 / 1_000
  })
  expect(total).toBeLessThan(10_000_000)
})

test('firstSlowSize measures processor time of the process', () => {
  const slow = firstSlowSize((size) => {
    if (size === 1 << 10) burn(100)
  })
  expect(slow).toMatch(/^1024 bytes take \d+ µs/)
})

function burn(ms: number): void {
  const before = process.cpuUsage()
  for (;;) {
    Buffer.alloc(1 << 16, 'some text')
    const { user, system } = process.cpuUsage(before)
    if (user + system > ms * 1_000) return
  }
}
