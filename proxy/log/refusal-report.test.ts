import { expect, it } from 'vitest'

import { BoundaryGuard } from '../boundary-guard.ts'
import { createLogger } from '../logger.ts'
import { RefusalReport } from './refusal-report.ts'

it('RefusalReport logs one line for any number of refused clients, and none without', () => {
  const lines: string[] = []
  let refused = { full: 0, address: 0, rate: 0, 'proxy-protocol': 0 }
  const guard = new BoundaryGuard({ log: () => undefined, nowMs: () => 0 })
  const report = new RefusalReport(
    () => refused,
    createLogger('info', (line) => lines.push(line)),
    guard,
  )
  report.report()
  refused = { ...refused, full: 5000, address: 2 }
  report.report()
  report.report()
  refused = { ...refused, 'proxy-protocol': 1 }
  report.close()
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({
      level: 40,
      refused: { full: 5000, address: 2, rate: 0, 'proxy-protocol': 0 },
      msg: 'refused clients: 5002',
    }),
    expect.objectContaining({
      refused: { full: 0, address: 0, rate: 0, 'proxy-protocol': 1 },
      msg: expect.stringMatching(/^refused clients: 1; .*peer is not in proxy\.trustedProxies$/),
    }),
  ])
})
