import { describe, expect, it } from 'vitest'

import { readHostLimits } from './host-limits.ts'
import { findShortages, findWarnings } from './preflight.ts'

const LIMITS = { filesPerProcess: 20_000, ports: 28_232, freeBytes: 8e9, cpus: 2 }
const PLAN = { streams: 19_700, processes: 1, shards: 20, proxies: 1, workers: 1, addresses: [] }

describe('preflight', () => {
  it('findShortages is empty for a run that fits the machine', () => {
    expect(findShortages(PLAN, LIMITS)).toEqual([])
    expect(
      findShortages({ ...PLAN, streams: 39_400, processes: 2, addresses: ['a', 'b'] }, LIMITS),
    ).toEqual([])
  })

  it('findShortages names the streams that fit when a process would need too many open files', () => {
    expect(findShortages({ ...PLAN, streams: 19_701 }, LIMITS)).toEqual([
      '19701 streams in one process need 20001 open files, the limit is 20000: raise it (ulimit -Hn), ' +
        'or use more --processes, or at most --streams 19700',
    ])
  })

  it('findShortages reports more streams than the addresses have ports', () => {
    const limits = { ...LIMITS, filesPerProcess: 1_000_000 }
    expect(findShortages({ ...PLAN, streams: 28_232 }, limits)).toEqual([])
    expect(findShortages({ ...PLAN, streams: 28_233 }, limits)).toEqual([
      expect.stringContaining(
        'from 1 address need as many local ports, there are 28232: give this machine',
      ),
    ])
    expect(findShortages({ ...PLAN, streams: 28_233, addresses: ['a', 'b'] }, limits)).toEqual([])
  })

  it('findShortages counts the memory of the proxy only when it runs on this machine', () => {
    const limits = { ...LIMITS, freeBytes: 700_000_000 }
    expect(findShortages({ ...PLAN, streams: 10_000, proxies: 0 }, limits)).toEqual([])
    expect(findShortages({ ...PLAN, streams: 10_000 }, limits)).toEqual([
      expect.stringContaining('need about 760 MB of memory, 700 MB are free'),
    ])
  })

  it('findShortages reports every shortage', () => {
    const limits = { filesPerProcess: 100, ports: 100, freeBytes: 0, cpus: 1 }
    expect(findShortages(PLAN, limits)).toHaveLength(3)
  })

  it('findShortages is empty when a limit is unknown', () => {
    const limits = { ...LIMITS, filesPerProcess: undefined, ports: undefined, freeBytes: 1e12 }
    expect(findShortages({ ...PLAN, streams: 1_000_000 }, limits)).toEqual([])
  })

  it('findWarnings warns when the processors will be busy', () => {
    expect(findWarnings(PLAN, LIMITS)).toEqual([])
    expect(findWarnings({ ...PLAN, streams: 28_000 }, LIMITS)).toEqual([
      expect.stringContaining('28000 streams on 2 CPUs'),
    ])
  })

  it('readHostLimits reads limits that allow a test run', async () => {
    const limits = await readHostLimits()
    expect(limits.filesPerProcess).toBeGreaterThan(200)
    expect(limits.freeBytes).toBeGreaterThan(1_000_000)
  })
})
