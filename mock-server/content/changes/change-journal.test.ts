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

it('ChangeJournal reaches back to each change that it holds, and to where it began until that is evicted', () => {
  const journal = new ChangeJournal(3)
  const reached = () => [7, 8, 9, 10, 11].filter((id) => journal.reachesBackTo(id))
  for (const id of [10, 11]) journal.add(change(id), id === 10 ? 8 : 10)
  expect(reached()).toEqual([8, 10, 11])
  for (let id = 12; id <= 15; id += 1) journal.add(change(id), id - 1)
  expect(ids(journal.all)).toEqual([13, 14, 15])
  expect(reached()).toEqual([])
})
