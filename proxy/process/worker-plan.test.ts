import { describe, expect, it } from 'vitest'

import { parseConfig } from '../config/read-config.ts'
import { planWorkers } from './worker-plan.ts'

const planFor = (settings: object) => {
  const file = JSON.stringify({ backends: [{ uri: 'http://a/' }], proxy: settings })
  return planWorkers(parseConfig(file, 'a.yaml', {}).settings, 19_744)
}

describe('the plan for workers', () => {
  it('is one process when one is enough', () => {
    expect(planFor({}).processes).toBe(1)
    expect(planFor({ limits: { maxConnections: 19_744 } }).processes).toBe(1)
  })

  it('is as many as the clients need, with even shares of the limits', () => {
    const limits = { maxConnections: 28_001, maxPerAddress: 5, connectionsPerSecond: 1000 }
    const { processes, settings } = planFor({ limits })
    expect(processes).toBe(2)
    expect(settings.limits).toMatchObject({
      maxConnections: 14_001,
      maxPerAddress: 3,
      connectionsPerSecond: 500,
    })
  })

  it('is what the file says when it says a number', () => {
    expect(planFor({ workers: 4 }).processes).toBe(4)
  })
})
