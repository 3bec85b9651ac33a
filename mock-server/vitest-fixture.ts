import { test as base } from 'vitest'

import { type MockContentStore, startMockContentStore } from './start.ts'

/**
 * The `test` of Vitest with a `store` of its own for each test that names it: a Mock Content Store
 * on a free port, with the demo publication. It is closed after the test.
 */
export const test = base.extend<{ store: MockContentStore }>({
  // Vitest reads the names of the fixtures that another one needs from this pattern.
  // oxlint-disable-next-line no-empty-pattern
  store: async ({}, use) => {
    await using store = await startMockContentStore()
    await use(store)
  },
})
