import { describe, expect, it } from 'vitest'

import { UsageMeter } from './usage.ts'

describe.skipIf(process.platform !== 'linux')('UsageMeter (needs Linux: it reads /proc)', () => {
  it('UsageMeter measures the memory and the processor time of a process', async () => {
    using meter = new UsageMeter()
    meter.watch('me', process.pid)
    await meter.markIdle()
    await meter.sample()
    const [me] = meter.usage()
    const { rss } = process.memoryUsage()
    expect(me?.name).toBe('me')
    expect(Math.abs((me?.idleBytes ?? 0) - rss)).toBeLessThan(rss / 2)
    expect(me?.peakBytes).toBeGreaterThan(rss / 2)
    const { user, system } = process.cpuUsage()
    expect(Math.abs((me?.cpuMs ?? 0) - (user + system) / 1000)).toBeLessThan(500)
  })

  it('UsageMeter separates the processor time of phases', async () => {
    using meter = new UsageMeter()
    meter.watch('me', process.pid)
    await meter.endPhase('before')
    // Work that the kernel must count, measured in processor time: a busy machine gives little of
    // it in a second.
    const start = process.cpuUsage()
    while (process.cpuUsage(start).user < 100_000);
    await meter.endPhase('work')
    await meter.endPhase('rest')
    const [before, work, rest] = meter.cpuByPhase.map(({ cpuMs }) => cpuMs['me'] ?? 0)
    expect(meter.cpuByPhase.map(({ phase }) => phase)).toEqual(['before', 'work', 'rest'])
    expect(before).toBeGreaterThan(0)
    expect(work).toBeGreaterThan(rest ?? 0)
  })

  it('UsageMeter reports nothing about a process that does not exist', async () => {
    using meter = new UsageMeter()
    meter.watch('missing', 2 ** 22 + 1)
    meter.watch('not started', undefined)
    await meter.markIdle()
    await meter.sample()
    expect(meter.usage()).toEqual([])
  })
})
