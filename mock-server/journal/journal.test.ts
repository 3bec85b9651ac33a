import { expect, it } from 'vitest'

import type { FaultEntry } from './entry.ts'
import type { JournalLimits } from './journal.ts'
import { Journal } from './journal.ts'

const clock = { nowMs: 1_000, passedMs: 7 }

function journalOf(limits: JournalLimits, sizes: readonly number[] = []): Journal {
  const journal = new Journal(limits, clock)
  for (const size of sizes) add(journal, size)
  return journal
}

function add(journal: Journal, size: number): FaultEntry {
  return journal.add<FaultEntry>({
    kind: 'fault',
    name: 'a',
    fault: 'reset',
    scope: 'feed',
    request: undefined,
    client: undefined,
    correlation: undefined,
    size,
  })
}

function ids(journal: Journal, cursor = 0): readonly number[] {
  return Array.from(journal.after(cursor), ({ id }) => id)
}

it('Journal gives consecutive ids and the time of the clock', () => {
  const journal = journalOf({ entries: 5, bytes: 100 })
  const entries = [add(journal, 1), add(journal, 2)]
  expect(entries).toMatchObject([
    { id: 1, atMs: 1_000, passedMs: 7 },
    { id: 2, atMs: 1_000, passedMs: 7 },
  ])
  expect(journal.entry(2)).toBe(entries[1])
  expect(journal.extent).toMatchObject({ entries: 2, bytes: 3, cursor: 2, goneUpTo: 0, evicted: 0 })
})

it('Journal evicts the oldest entry when it holds the limit of entries', () => {
  const journal = journalOf({ entries: 3, bytes: 100 }, [1, 2, 4, 8, 16])
  expect(ids(journal)).toEqual([3, 4, 5])
  expect(Array.from(journal.backTo(3), ({ id }) => id)).toEqual([5, 4])
  expect(journal.extent).toMatchObject({ entries: 3, bytes: 28, goneUpTo: 2, evicted: 2 })
  expect([journal.entry(2), journal.entry(6)]).toEqual([undefined, undefined])
})

it('Journal evicts the oldest entries when they exceed the limit of bytes', () => {
  const journal = journalOf({ entries: 100, bytes: 10 }, [4, 4, 4, 3])
  expect(ids(journal)).toEqual([3, 4])
  expect(journal.extent).toMatchObject({ entries: 2, bytes: 7, evicted: 2 })
  add(journal, 3)
  expect(journal.extent).toMatchObject({ entries: 3, bytes: 10 })
  add(journal, 11)
  expect(journal.extent).toMatchObject({ entries: 0, bytes: 0, cursor: 6, evicted: 6 })
})

it('Journal continues ids after a clear, and counts what it cleared as gone, not as evicted', () => {
  const journal = journalOf({ entries: 3, bytes: 100 }, [1, 1, 1, 1])
  journal.clear()
  expect(journal.extent).toMatchObject({ entries: 0, bytes: 0, cursor: 4, goneUpTo: 4, evicted: 0 })
  for (let n = 0; n < 4; n += 1) add(journal, 1)
  expect(ids(journal)).toEqual([6, 7, 8])
  expect(ids(journal, 7)).toEqual([8])
  expect(journal.extent).toMatchObject({ bytes: 3, evicted: 1 })
})

it('Journal calls its watchers after each entry until they unsubscribe', () => {
  const journal = journalOf({ entries: 3, bytes: 100 })
  const cursors: number[] = []
  const stop = journal.onEntry(() => cursors.push(journal.extent.cursor))
  add(journal, 1)
  add(journal, 1)
  stop()
  add(journal, 1)
  expect(cursors).toEqual([1, 2])
})

it('Journal keeps nothing when its limit of entries is 0', () => {
  const journal = journalOf({ entries: 0, bytes: 100 }, [1, 1])
  expect([journal.isOn, ids(journal), journal.extent.cursor]).toEqual([false, [], 0])
})

it('Journal refuses a cursor above every id', () => {
  const journal = journalOf({ entries: 3, bytes: 100 }, [1])
  expect(() => journal.assertCursor(1)).not.toThrow()
  expect(() => journal.assertCursor(2)).toThrow('continue from 1')
})
