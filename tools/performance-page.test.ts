import { expect, it } from 'vitest'

import type { Section } from './performance-page.ts'
import { withSection } from './performance-page.ts'

const store: Section = {
  name: 'store',
  command: 'npm run bench -- store',
  day: '2026-11-25',
  machine: '2 cores',
  body: 'p99 4 ms\n',
}

it('withSection appends the first figures of a benchmark to the page', () => {
  expect(withSection('# Performance\n', store)).toBe(`# Performance

<!-- bench store -->
## store

\`npm run bench -- store\`, 2026-11-25, 2 cores

p99 4 ms

<!-- end of bench store -->
`)
})

it('withSection replaces earlier figures of a benchmark and changes nothing else', () => {
  const proxy: Section = { ...store, name: 'proxy', body: 'last client 90 ms' }
  const page = withSection(withSection('# Performance\n', store), proxy)
  const faster = withSection(page, { ...store, body: 'p99 3 ms' })
  expect(faster).toBe(page.replace('p99 4 ms', 'p99 3 ms'))
})

it('withSection distinguishes benchmarks whose names begin alike', () => {
  const page = withSection('', { ...store, name: 'store-long', body: 'long' })
  expect(withSection(page, store)).toContain('long')
})
