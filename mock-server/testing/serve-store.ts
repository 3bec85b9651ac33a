import type { MockContentStore, MockContentStoreOptions } from '../start.ts'
import { startMockContentStore } from '../start.ts'

/** The time of every test store, which makes feeds reproducible byte for byte. */
const TEST_TIME = '2024-05-02T08:15:30.412Z'

export const TEST_LOGIN = ['user', 'password'] as const

/**
 * A store on a free port with a clock that does not advance. Dispose it: `await using store = await
 * serveStore()`.
 */
export async function serveStore(options: MockContentStoreOptions = {}): Promise<MockContentStore> {
  return startMockContentStore({ now: () => new Date(TEST_TIME), ...options })
}
