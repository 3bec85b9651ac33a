import { describe, expect, it } from 'vitest'

import { Progress } from './progress.ts'

function watch(shards: number, isQuiet = false) {
  const lines: string[] = []
  const phases: string[] = []
  const activities: string[] = []
  const progress = new Progress({
    shards,
    isQuiet,
    log: (line) => lines.push(line),
    onActivity: (activity) => activities.push(activity),
    onPhase: (name) => phases.push(name),
  })
  return { progress, lines, phases, activities }
}

const open = (opened: number) =>
  ({ kind: 'phase', name: 'open', tookMs: opened, facts: { opened, tookMs: opened } }) as const

describe('Progress', () => {
  it('Progress prints a phase once, when all shards have completed it', () => {
    const { progress, lines, phases } = watch(2)
    progress.add(open(10))
    expect(lines).toEqual([])
    progress.add(open(20))
    expect(lines).toEqual(['  open: 20 ms, opened 30'])
    expect(phases).toEqual(['open'])
    for (const opened of [1, 2]) progress.add(open(opened))
    expect(lines.slice(1)).toEqual(['  open: 2 ms, opened 3'])
  })

  it('Progress prints a publish phase at once, because only one shard publishes', () => {
    const { progress, lines } = watch(2)
    progress.add({ kind: 'phase', name: 'publish live', tookMs: 5, facts: { published: 3 } })
    expect(lines).toEqual(['  publish live: 5 ms, published 3'])
  })

  it('Progress prints once what is not verified, although each shard reports it', () => {
    const { progress, lines } = watch(2)
    for (let shard = 0; shard < 2; shard++) progress.add({ kind: 'skip', text: 'ids: not claimed' })
    expect(lines).toEqual(['- not verified: ids: not claimed'])
  })

  it('Progress prints faults and failed checks at once, and no passed checks', () => {
    const { progress, lines } = watch(2)
    progress.add({ kind: 'check', name: 'a', isOk: true, detail: '1' })
    progress.add({ kind: 'check', name: 'b', isOk: false, detail: 'expected 1, got 0' })
    progress.add({ kind: 'fault', text: 'stream 1: …' })
    progress.add({ kind: 'stats', facts: { open: 1 } })
    expect(lines).toEqual(['✗ b: expected 1, got 0', '  fault: stream 1: …'])
  })

  it('Progress says what the run does, and how long that takes if a setting says so', () => {
    const { progress, activities } = watch(2)
    progress.add({ kind: 'begin', name: 'open' })
    progress.add({ kind: 'begin', name: 'hold', lastsMs: 30_000 })
    expect(activities).toEqual(['open', 'hold (30 s)'])
  })

  it('Progress of a quiet run prints faults and what is not verified, and no phases', () => {
    const { progress, lines, phases } = watch(1, true)
    progress.add(open(10))
    progress.add({ kind: 'skip', text: 'ids: not claimed' })
    progress.add({ kind: 'fault', text: 'stream 1: …' })
    expect(phases).toEqual(['open'])
    expect(lines).toEqual(['- not verified: ids: not claimed', '  fault: stream 1: …'])
  })
})
