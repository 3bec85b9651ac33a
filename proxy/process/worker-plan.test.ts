import { describe, expect, it } from 'vitest'

import { parseConfig } from '../config/read-config.ts'
import { countProcesses } from './worker-plan.ts'

const countFor = (settings: object) => {
  const file = JSON.stringify({ backends: [{ uri: 'http://a/' }], proxy: settings })
  return countProcesses(parseConfig(file, 'a.yaml', {}).settings, 19_744)
}

describe('the number of processes that serve clients', () => {
  it.each([
    ['1 by default', {}, 1],
    ['1 when one process holds all clients', { limits: { maxConnections: 19_744 } }, 1],
    ['as many as the clients need', { limits: { maxConnections: 19_745 } }, 2],
    ['the configured number', { workers: 4 }, 4],
  ])('countProcesses returns %s', (_what, settings, processes) => {
    expect(countFor(settings)).toBe(processes)
  })
})
