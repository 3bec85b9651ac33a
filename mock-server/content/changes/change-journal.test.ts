import { expect, it } from 'vitest'

import type { Change } from './change.ts'
import { ChangeJournal } from './change-journal.ts'

function change(id: number): Change {
  return {
    id,
    kind: 'updated',
    subject: { kind: 'item', id: 1 },
    at: '2024-05-02T08:15:30.412Z',
    logs: [],
  }
}

const ids = (changes: readonly Change[]): readonly number[] => changes.map(({ id }) => id)

it('ChangeJournal returns the changes after an id, oldest first', () => {
  const journal = new ChangeJournal(3)
  for (const id of [2, 5, 9]) journal.add(change(id))
  expect(ids(journal.since(0))).toEqual([2, 5, 9])
  expect(ids(journal.since(4))).toEqual([5, 9])
  expect(ids(journal.since(9))).toEqual([])
})

it('ChangeJournal throws "evicted" when some of the requested changes are evicted', () => {
  const journal = new ChangeJournal(3)
  for (let id = 1; id <= 6; id += 1) journal.add(change(id))
  expect(ids(journal.since(3))).toEqual([4, 5, 6])
  expect(() => journal.since(2)).toThrow('changes up to 3 are evicted')
})
