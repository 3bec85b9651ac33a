import { describe, expect, it } from 'vitest'

import { findShortages, findWarnings, readBox } from './preflight.ts'

const BOX = { filesPerProcess: 20_000, ports: 28_232, freeBytes: 8e9, cpus: 2 }
const PLAN = { streams: 19_700, processes: 1, parts: 20, proxies: 1, workers: 1, addresses: [] }

describe('preflight', () => {
  it('lets a run begin that the machine can hold', () => {
    expect(findShortages(PLAN, BOX)).toEqual([])
    expect(
      findShortages({ ...PLAN, streams: 39_400, processes: 2, addresses: ['a', 'b'] }, BOX),
    ).toEqual([])
  })

  it('refuses more streams than a process may have open files, and names what fits', () => {
    expect(findShortages({ ...PLAN, streams: 19_701 }, BOX)).toEqual([
      '19701 streams in one process need 20001 open files, the limit is 20000: raise it (ulimit -Hn), ' +
        'or ask for more --processes, or for --streams 19700',
    ])
  })

  it('refuses more streams than the addresses have ports', () => {
    const box = { ...BOX, filesPerProcess: 1_000_000 }
    expect(findShortages({ ...PLAN, streams: 28_232 }, box)).toEqual([])
    expect(findShortages({ ...PLAN, streams: 28_233 }, box)).toEqual([
      expect.stringContaining(
        'from 1 address need as many local ports, there are 28232: give this machine',
      ),
    ])
    expect(findShortages({ ...PLAN, streams: 28_233, addresses: ['a', 'b'] }, box)).toEqual([])
  })

  it('counts the memory of the proxy only when it runs here', () => {
    const box = { ...BOX, freeBytes: 700_000_000 }
    expect(findShortages({ ...PLAN, streams: 10_000, proxies: 0 }, box)).toEqual([])
    expect(findShortages({ ...PLAN, streams: 10_000 }, box)).toEqual([
      expect.stringContaining('need about 760 MB of memory, 700 MB are free'),
    ])
  })

  it('names every shortage', () => {
    const box = { filesPerProcess: 100, ports: 100, freeBytes: 0, cpus: 1 }
    expect(findShortages(PLAN, box)).toHaveLength(3)
  })

  it('refuses nothing for a limit that is not known', () => {
    const box = { ...BOX, filesPerProcess: undefined, ports: undefined, freeBytes: 1e12 }
    expect(findShortages({ ...PLAN, streams: 1_000_000 }, box)).toEqual([])
  })

  it('warns, and no more, when the processors will be busy', () => {
    expect(findWarnings(PLAN, BOX)).toEqual([])
    expect(findWarnings({ ...PLAN, streams: 28_000 }, BOX)).toEqual([
      expect.stringContaining('28000 streams on 2 CPUs'),
    ])
  })

  it('reads limits of this machine that let a test run', async () => {
    const box = await readBox()
    expect(box.filesPerProcess).toBeGreaterThan(200)
    expect(box.freeBytes).toBeGreaterThan(1_000_000)
  })
})
