import { describe, expect, it } from 'vitest'

import type { Entry } from './entry.ts'
import { filterLog, JournalLog } from './journal-log.ts'

const noted = (id: number) => ({
  id,
  at: '2024-05-02T08:15:30.412Z',
  correlation: [`change-${id}`],
})

function frame(id: number, events: number, clients: number): Entry {
  const sent = { stream: 'changes', baseUrl: '', client: null, bytes: 9, text: 'data: x\n\n' }
  return { ...noted(id), kind: 'frame', events, clients, ...sent }
}

function change(id: number, changeId: number): Entry {
  const subject = { kind: 'item', id: 801 } as const
  return {
    ...noted(id),
    kind: 'change',
    change: { id: changeId, kind: 'updated', subject, logs: ['section/12'] },
  }
}

describe('JournalLog', () => {
  it('JournalLog counts each entry once, whether it comes by the stream or by a query', () => {
    const log = new JournalLog()
    log.add([change(1, 5042), frame(2, 2, 3)])
    const fresh = log.add([frame(2, 2, 3), frame(3, 1, 1)])
    expect(fresh.map(({ id }) => id)).toEqual([3])
    expect(log.counts).toMatchObject({ change: 1, frame: 2 })
    expect([log.cursor, log.eventsSent, log.newestChangeId]).toEqual([3, 7, 5042])
  })

  it('JournalLog keeps the newest 5,000 entries, and counts all', () => {
    const log = new JournalLog()
    for (let id = 1; id <= 12_000; id += 1_000)
      log.add(Array.from({ length: 1_000 }, (_, index) => change(id + index, id)))
    expect([log.entries.length, log.entries[0]?.id, log.counts.change]).toEqual([
      5_000, 7_001, 12_000,
    ])
  })

  it('JournalLog says how many entries were evicted before it could read them', () => {
    const log = new JournalLog()
    log.add([change(1, 1)])
    log.skipTo(10)
    log.skipTo(5)
    expect([log.missed, log.cursor]).toEqual([9, 10])
  })
})

const entries = [change(1, 1), frame(2, 1, 1), change(3, 2)]
const all = { hidden: new Set<never>(), text: '', correlation: '' }
const idsWith = (filter: object) => filterLog(entries, { ...all, ...filter }, 9).map(({ id }) => id)

describe('filterLog', () => {
  it('filterLog shows the newest entries first, and at most as many as asked for', () => {
    expect(filterLog(entries, all, 2).map(({ id }) => id)).toEqual([3, 2])
  })

  it('filterLog selects by kind, by text and by correlation', () => {
    expect(idsWith({ hidden: new Set(['change']) })).toEqual([2])
    expect(idsWith({ text: 'SECTION/12' })).toEqual([3, 1])
    expect(idsWith({ correlation: 'change-2' })).toEqual([2])
  })
})
