import { describe, expect, it } from 'vitest'

import { planRun } from './plan.ts'

const BOX = { filesPerProcess: 20_000, ports: 28_232, freeBytes: 8e9, cpus: 2 }
const OPTIONS = {
  streams: 1_000,
  processes: undefined,
  startsProxy: true,
  proxies: 1,
  localIps: undefined,
  isLoopback: true,
}

describe('planRun', () => {
  it('needs one of everything for a thousand streams', () => {
    expect(planRun(OPTIONS, BOX)).toEqual({
      streams: 1_000,
      processes: 1,
      parts: 1,
      proxies: 1,
      workers: 1,
      addresses: [],
    })
  })

  it('takes as many processes, proxies and addresses as the limits ask for', () => {
    expect(planRun({ ...OPTIONS, streams: 28_000 }, BOX)).toEqual({
      streams: 28_000,
      processes: 2,
      parts: 28,
      proxies: 1,
      workers: 2,
      addresses: ['127.0.0.1', '127.0.0.2', '127.0.0.3'],
    })
  })

  it('gives each process as many parts as any other', () => {
    expect(planRun({ ...OPTIONS, streams: 5_000, processes: 2 }, BOX)).toMatchObject({
      processes: 2,
      parts: 6,
    })
    expect(planRun({ ...OPTIONS, streams: 100, processes: 3 }, BOX)).toMatchObject({
      processes: 3,
      parts: 3,
    })
  })

  it('starts no proxy for a target of the user, and takes no address that is not ours', () => {
    const options = { ...OPTIONS, streams: 28_000, startsProxy: false, isLoopback: false }
    expect(planRun(options, BOX)).toMatchObject({ proxies: 0, addresses: [] })
    expect(planRun({ ...options, localIps: '10.0.0.1,10.0.0.2' }, BOX)).toMatchObject({
      addresses: ['10.0.0.1', '10.0.0.2'],
    })
  })

  it('takes one process when nobody knows a limit', () => {
    expect(
      planRun({ ...OPTIONS, streams: 90_000 }, { ...BOX, filesPerProcess: undefined }),
    ).toMatchObject({
      processes: 1,
      proxies: 1,
    })
  })
})
