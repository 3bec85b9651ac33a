import { expect, it } from 'vitest'

import { groupFaults } from './fault-groups.ts'

it('groupFaults counts faults that differ in numbers only, most frequent first', () => {
  expect(
    groupFaults([
      'shard 0 stopped: no answer',
      'shard 0, stream 17: expected 5, got 6 (gap of 1)',
      'shard 1, stream 2: expected 5, got 9 (gap of 4)',
      'shard 1, stream 2: ended',
    ]),
  ).toEqual([
    { text: 'shard 0, stream 17: expected 5, got 6 (gap of 1)', count: 2 },
    { text: 'shard 0 stopped: no answer', count: 1 },
    { text: 'shard 1, stream 2: ended', count: 1 },
  ])
})
