import { expect, test } from 'vitest'

import { listDifference } from './list-difference.ts'

const forty = Array.from({ length: 40 }, (_, at) => `${at + 1}`)
const without = (...numbers: readonly number[]): readonly string[] =>
  forty.filter((data) => !numbers.includes(Number(data)))

test.each<[string, readonly string[], readonly string[], string | undefined]>([
  ['equal lists', forty, forty, undefined],
  ['one lost event', forty, without(22), 'event 22 is missing'],
  ['many lost events', forty, without(1, 2, 3, 4, 5), 'events 1, 2, 3 and 2 more are missing'],
  ['no event at all', ['1', '2'], [], 'events 1, 2: nothing came'],
  ['an event that came twice', ['1', '2'], ['1', '2', '2'], 'event 2 came more than once'],
  [
    'two events in the wrong order',
    ['1', '2', '3'],
    ['2', '1', '3'],
    'event 2 came before event 1',
  ],
  ['a strange event', ['1'], ['1', 'not a stream'], 'event "not a stream" came and should not'],
  [
    'a strange event in place of another',
    ['1', '2'],
    ['1', 'not a stream'],
    'event "not a stream" came and should not',
  ],
  ['equal data that was sent twice', ['a', 'a'], ['a', 'a'], undefined],
])('listDifference names %s', (_name, wanted, came, difference) => {
  expect(listDifference(wanted, came)).toBe(difference)
})
