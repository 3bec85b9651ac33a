import * as fc from 'fast-check'
import { expect, it } from 'vitest'

import type { ChangeLogRow } from './change-log.ts'
import { ChangeLog } from './change-log.ts'

/** A change: which of a few items, and how far the change id jumps. */
const edits = fc.array(
  fc.record({ subjectId: fc.integer({ min: 1, max: 30 }), gap: fc.integer({ min: 1, max: 9 }) }),
  {
    maxLength: 400,
    size: 'max',
  },
)
const count = fc.integer({ min: 1, max: 12 })

/** More than any walk needs, so that an endless one fails. */
const MAX_PAGES = 4_000

interface Edited {
  readonly log: ChangeLog
  /** The model: the latest change id of each item. */
  readonly latest: Map<number, number>
  readonly newestId: number
}

function edit(
  list: readonly { readonly subjectId: number; readonly gap: number }[],
  onto?: Edited,
): Edited {
  const { log, latest } = onto ?? { log: new ChangeLog(), latest: new Map<number, number>() }
  let newestId = onto?.newestId ?? 0
  for (const { subjectId, gap } of list) {
    newestId += gap
    log.put(subjectId, newestId)
    latest.set(subjectId, newestId)
  }
  return { log, latest, newestId }
}

function rowsOf(latest: ReadonlyMap<number, number>): readonly ChangeLogRow[] {
  const rows = Array.from(latest, ([subjectId, changeId]) => ({ subjectId, changeId }))
  return rows.toSorted((a, b) => b.changeId - a.changeId)
}

it('ChangeLog pages equal the pages of a naive model', () => {
  fc.assert(
    fc.property(edits, count, fc.integer({ min: 0, max: 2_000 }), (list, size, at) => {
      const { log, latest } = edit(list)
      const rows = rowsOf(latest)
      expect(log.before(at, size)).toEqual(rows.filter((row) => row.changeId < at).slice(0, size))
      const above = rows.filter((row) => row.changeId > at)
      expect(log.after(at, size)).toEqual(above.slice(-size))
      expect(log.newestId).toBe(rows[0]?.changeId ?? 0)
      expect(log.size).toBe(rows.length)
    }),
  )
})

it('ChangeLog shows every item once to a client that pages down while nothing changes', () => {
  fc.assert(
    fc.property(edits, count, (list, size) => {
      const { log, latest } = edit(list)
      const seen: ChangeLogRow[] = []
      let page = log.before(Infinity, size)
      while (page.length > 0 && seen.length < MAX_PAGES) {
        seen.push(...page)
        page = log.before(page.at(-1)?.changeId ?? 0, size)
      }
      expect(seen).toEqual(rowsOf(latest))
    }),
  )
})

it('ChangeLog shows the latest change of every item to a client that polls upwards, with any count and interval', () => {
  const rounds = fc.array(
    fc.record({ list: edits, polls: fc.integer({ min: 0, max: 3 }), size: count }),
    { maxLength: 6 },
  )
  fc.assert(
    fc.property(edits, rounds, (start, later) => {
      let state = edit(start)
      const known = new Map(state.latest)
      let cursor = state.newestId
      const poll = (size: number): boolean => {
        const page = state.log.after(cursor, size)
        for (const { subjectId, changeId } of page) known.set(subjectId, changeId)
        cursor = page[0]?.changeId ?? cursor
        return page.length > 0
      }
      for (const { list, polls, size } of later) {
        state = edit(list, state)
        for (let n = 0; n < polls; n += 1) poll(size)
      }
      for (let polls = 0; polls < MAX_PAGES && poll(3); polls += 1);
      expect(known).toEqual(state.latest)
    }),
  )
})

it('ChangeLog hides from a client that pages down only items that moved up, and shows them on the way up', () => {
  fc.assert(
    fc.property(edits, fc.array(edits, { maxLength: 8 }), count, (start, meanwhile, size) => {
      let state = edit(start)
      const top = state.newestId
      const seen = new Map<number, number>()
      const interruptions = [...meanwhile]
      let page = state.log.before(Infinity, size)
      while (page.length > 0 && seen.size < MAX_PAGES) {
        for (const { subjectId, changeId } of page) {
          expect(seen.has(subjectId)).toBe(false)
          seen.set(subjectId, changeId)
        }
        const lowest = page.at(-1)?.changeId ?? 0
        state = edit(interruptions.shift() ?? [], state)
        page = state.log.before(lowest, size)
      }
      let cursor = top
      for (let pages = 0; pages < MAX_PAGES && cursor < state.newestId; pages += 1) {
        const up = state.log.after(cursor, size)
        for (const { subjectId, changeId } of up) seen.set(subjectId, changeId)
        cursor = up[0]?.changeId ?? state.newestId
      }
      expect(seen).toEqual(state.latest)
    }),
  )
})
