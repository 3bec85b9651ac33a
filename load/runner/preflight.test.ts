import { describe, expect, it } from 'vitest'

import { findShortages, readBox } from './preflight.ts'

const BOX = { filesPerProcess: 20_000, ports: 28_232, freeBytes: 8e9 }

describe('preflight', () => {
  it('lets a run begin that the machine can hold', () => {
    expect(findShortages({ streams: 19_800, hasProxy: true }, BOX)).toEqual([])
  })

  it('refuses more streams than a process may have open files, and names the number that fits', () => {
    expect(findShortages({ streams: 19_801, hasProxy: true }, BOX)).toEqual([
      '19801 streams in one process need 20001 open files, the limit is 20000: ' +
        'raise it (ulimit -Hn) or ask for --streams 19800',
    ])
  })

  it('refuses more streams than there are local ports', () => {
    const box = { ...BOX, filesPerProcess: 1_000_000 }
    expect(findShortages({ streams: 28_232, hasProxy: false }, box)).toEqual([])
    expect(findShortages({ streams: 28_233, hasProxy: false }, box)).toEqual([
      expect.stringContaining('there are 28232: widen net.ipv4.ip_local_port_range'),
    ])
  })

  it('counts the memory of the proxy only when it runs here', () => {
    const box = { ...BOX, freeBytes: 700_000_000 }
    expect(findShortages({ streams: 10_000, hasProxy: false }, box)).toEqual([])
    expect(findShortages({ streams: 10_000, hasProxy: true }, box)).toEqual([
      expect.stringContaining('need about 760 MB of memory, 700 MB are free'),
    ])
  })

  it('names every shortage', () => {
    const box = { filesPerProcess: 100, ports: 100, freeBytes: 0 }
    expect(findShortages({ streams: 1000, hasProxy: true }, box)).toHaveLength(3)
  })

  it('refuses nothing for a limit that is not known', () => {
    const box = { filesPerProcess: undefined, ports: undefined, freeBytes: 1e12 }
    expect(findShortages({ streams: 1_000_000, hasProxy: true }, box)).toEqual([])
  })

  it('reads limits of this machine that let a test run', async () => {
    const box = await readBox()
    expect(box.filesPerProcess).toBeGreaterThan(200)
    expect(box.freeBytes).toBeGreaterThan(1_000_000)
  })
})
