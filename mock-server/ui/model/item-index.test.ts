import { describe, expect, it } from 'vitest'

import type { ListedItem } from './api-types.ts'
import { ItemIndex, pagesOf } from './item-index.ts'
import { scrollToRow, windowRows } from './window-rows.ts'

function item(id: number, part: Partial<ListedItem> = {}): ListedItem {
  const editedAt = '2024-05-02T08:15:30.412Z'
  const base = {
    changeId: id,
    sectionIds: [12],
    type: 'story',
    title: `Title ${id}`,
    state: 'draft',
    author: { personId: 7, name: 'Test Editor' },
  }
  return { id, editedAt, ...base, ...part }
}

describe('ItemIndex', () => {
  const all = { sectionId: undefined, state: '', text: '' }

  it('ItemIndex lists the newest change first, and an item that has changed again moves up', () => {
    const items = new ItemIndex()
    items.put([item(1), item(2)])
    expect(items.list(all).map(({ id }) => id)).toEqual([2, 1])
    items.put([item(1, { changeId: 9 })])
    expect(items.list(all).map(({ id }) => id)).toEqual([1, 2])
    expect(items.size).toBe(2)
  })

  it('ItemIndex filters by section, state and text', () => {
    const items = new ItemIndex()
    items.put([
      item(1, { title: 'Ferry' }),
      item(2, { sectionIds: [22] }),
      item(3, { state: 'deleted' }),
    ])
    const ids = (filter: object) => items.list({ ...all, ...filter }).map(({ id }) => id)
    expect([ids({ sectionId: 22 }), ids({ state: 'deleted' }), ids({ text: 'fERRY' })]).toEqual([
      [2],
      [3],
      [1],
    ])
  })

  it('ItemIndex rebuilds the list only when something has changed', () => {
    const items = new ItemIndex()
    items.put([item(1)])
    const listed = items.list(all)
    expect(items.list({ ...all })).toBe(listed)
    items.put([item(2)])
    expect(items.list(all)).not.toBe(listed)
  })
})

describe('pagesOf', () => {
  it('pagesOf reads ids that follow each other in one page, and far ones alone', () => {
    expect(pagesOf([801, 5, 802, 804, 803])).toEqual([
      { after: 4, count: 1 },
      { after: 800, count: 4 },
    ])
  })

  it('pagesOf reads every id, and no page has more than 1,000 items', () => {
    const ids = Array.from({ length: 2_500 }, (_, index) => index * 2 + 1)
    const pages = pagesOf(ids)
    for (const id of ids)
      expect(pages.some(({ after, count }) => id > after && id <= after + count)).toBe(true)
    expect(Math.max(...pages.map(({ count }) => count))).toBeLessThanOrEqual(1_000)
    expect(pages.length).toBeLessThan(10)
  })
})

describe('rows in sight', () => {
  it('windowRows has every row in sight and few others', () => {
    const { first, end } = windowRows(10_000, 40, { scrollTop: 4_000, heightPx: 400 })
    expect([first <= 100, end >= 110, end - first < 40]).toEqual([true, true, true])
    expect(windowRows(3, 40, { scrollTop: 9_999, heightPx: 400 })).toEqual({ first: 3, end: 3 })
  })

  it('scrollToRow scrolls only to a row that is not in sight', () => {
    const view = { scrollTop: 400, heightPx: 400 }
    expect([
      scrollToRow(12, 40, view),
      scrollToRow(9, 40, view),
      scrollToRow(20, 40, view),
    ]).toEqual([undefined, 360, 440])
  })
})
