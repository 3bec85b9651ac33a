import { describe, expect, it } from 'vitest'

import { planRun } from './plan.ts'

const LIMITS = { filesPerProcess: 20_000, ports: 28_232, freeBytes: 8e9, cpus: 2 }
const OPTIONS = {
  streams: 1_000,
  processes: undefined,
  startsProxy: true,
  proxies: 1,
  localIps: undefined,
  isLoopback: true,
}

describe('planRun', () => {
  it('planRun uses one process, shard, proxy and worker for a thousand streams', () => {
    expect(planRun(OPTIONS, LIMITS)).toEqual({
      streams: 1_000,
      processes: 1,
      shards: 1,
      proxies: 1,
      workers: 1,
      addresses: [],
    })
  })

  it('planRun uses as many processes, workers and addresses as the limits require', () => {
    expect(planRun({ ...OPTIONS, streams: 28_000 }, LIMITS)).toEqual({
      streams: 28_000,
      processes: 2,
      shards: 28,
      proxies: 1,
      workers: 2,
      addresses: ['127.0.0.1', '127.0.0.2', '127.0.0.3'],
    })
  })

  it('planRun gives each process the same number of shards', () => {
    expect(planRun({ ...OPTIONS, streams: 5_000, processes: 2 }, LIMITS)).toMatchObject({
      processes: 2,
      shards: 6,
    })
    expect(planRun({ ...OPTIONS, streams: 100, processes: 3 }, LIMITS)).toMatchObject({
      processes: 3,
      shards: 3,
    })
  })

  it('planRun plans no proxy and no loopback address for a target of the user', () => {
    const options = { ...OPTIONS, streams: 28_000, startsProxy: false, isLoopback: false }
    expect(planRun(options, LIMITS)).toMatchObject({ proxies: 0, addresses: [] })
    expect(planRun({ ...options, localIps: '10.0.0.1,10.0.0.2' }, LIMITS)).toMatchObject({
      addresses: ['10.0.0.1', '10.0.0.2'],
    })
  })

  it('planRun uses one process when the limit of open files is unknown', () => {
    expect(
      planRun({ ...OPTIONS, streams: 90_000 }, { ...LIMITS, filesPerProcess: undefined }),
    ).toMatchObject({
      processes: 1,
      proxies: 1,
    })
  })
})
