import { describe, expect, it } from 'vitest'

import { ChangeLog } from './change-log.ts'

function logOf(...rows: readonly (readonly [subjectId: number, changeId: number])[]): ChangeLog {
  const log = new ChangeLog()
  for (const [subjectId, changeId] of rows) log.put(subjectId, changeId)
  return log
}

const ids = (rows: readonly { readonly changeId: number }[]): readonly number[] =>
  rows.map((row) => row.changeId)

describe('ChangeLog', () => {
  const log = logOf([1, 10], [2, 14], [3, 15], [4, 30], [5, 31])

  it('ChangeLog.before lists rows below an id, newest first, without the id itself', () => {
    expect(ids(log.before(31, 10))).toEqual([30, 15, 14, 10])
    expect(ids(log.before(Infinity, 2))).toEqual([31, 30])
    expect(ids(log.before(10, 10))).toEqual([])
    expect(ids(log.before(16, 1))).toEqual([15])
  })

  it('ChangeLog.after lists the oldest rows above an id, newest first, without the id itself', () => {
    expect(ids(log.after(10, 2))).toEqual([15, 14])
    expect(ids(log.after(0, 10))).toEqual([31, 30, 15, 14, 10])
    expect(ids(log.after(31, 10))).toEqual([])
    expect(ids(log.after(999, 10))).toEqual([])
  })

  it('ChangeLog holds one row per item and a change moves it to the top', () => {
    const moved = logOf([1, 10], [2, 11], [1, 12])
    expect(moved.before(Infinity, 10)).toEqual([
      { subjectId: 1, changeId: 12 },
      { subjectId: 2, changeId: 11 },
    ])
    expect(moved.size).toBe(2)
    expect(moved.newestId).toBe(12)
  })

  it('ChangeLog has the newest id 0 while it is empty', () => {
    const empty = new ChangeLog()
    expect(empty.newestId).toBe(0)
    expect(empty.before(Infinity, 10)).toEqual([])
    expect(empty.after(0, 10)).toEqual([])
  })

  it('ChangeLog keeps every live row when it drops dead rows', () => {
    const busy = new ChangeLog()
    busy.put(1, 1)
    for (let changeId = 2; changeId <= 1_000; changeId += 1) busy.put(2 + (changeId % 3), changeId)
    expect(busy.before(Infinity, 10)).toEqual([
      { subjectId: 3, changeId: 1_000 },
      { subjectId: 2, changeId: 999 },
      { subjectId: 4, changeId: 998 },
      { subjectId: 1, changeId: 1 },
    ])
    expect(ids(busy.after(1, 2))).toEqual([999, 998])
  })
})
