import { afterAll, beforeEach } from 'vitest'

import type { EntryReport } from '../journal/entry-report.ts'
import type { JournalQuery } from '../journal/journal-reader.ts'
import type { MockContentStore } from '../start.ts'
import { serveStore } from './serve-store.ts'
import { until } from './until.ts'

/** One store with a frozen clock, and what its journal holds. */
export class JournalBench {
  readonly store: MockContentStore

  private constructor(store: MockContentStore) {
    this.store = store
  }

  /** One bench for all tests of a file. Before each test its journal is empty. */
  static async forFile(): Promise<JournalBench> {
    const store = await serveStore({ clock: { frozen: true } })
    afterAll(async () => store.close())
    beforeEach(async () => {
      store.control.closeStreams()
      await until(() => store.control.info().workers.busy === 0, 'no request is open')
      store.control.reset()
    })
    return new JournalBench(store)
  }

  entries(query: JournalQuery = {}): readonly EntryReport[] {
    return this.store.control.journal.query(query).entries
  }

  /** Waits, because the store sees the end of a response after the client. */
  async responses(count: number): Promise<readonly EntryReport[]> {
    const query = { kind: ['response'] } as const
    await until(() => this.entries(query).length === count, `${count} responses`)
    return this.entries(query)
  }
}
