import type { ProbeOptions } from '../learn/context.ts'
import type { LearnOptions } from '../learn/learn.ts'
import { readSettings } from '../settings.ts'
import type { MockContentStore } from '../start.ts'
import { TEST_LOGIN } from './serve-store.ts'

const [name, password] = TEST_LOGIN

/** How tests ask a store: as fast as it answers, with section 22 for what is written. */
export const QUICK: ProbeOptions = {
  writeSectionId: 22,
  maxSections: 50,
  listenMs: 0,
  eventMs: 20_000,
  corsOrigins: [],
}

/** Options of `learn` for a store of ours. */
export function learnOptions(
  store: Pick<MockContentStore, 'url'>,
  options: Partial<LearnOptions> = {},
): LearnOptions {
  return {
    ...QUICK,
    baseUrl: store.url,
    login: { name, password },
    rate: Infinity,
    maxRequests: 10_000,
    maxMs: 100_000,
    maxItems: 50,
    keepText: false,
    ours: readSettings([]),
    ...options,
  }
}
