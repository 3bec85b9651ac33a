import { randomInt } from 'node:crypto'

import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import type { Fault } from '../fault.ts'

/** Harmless differences of a concentrator: every check must pass them. */
export const CONCENTRATOR_BENIGN_VARIANTS: readonly Fault<ConcentratorFaults>[] = [
  {
    name: 'heartbeats-often',
    description: 'sends a comment after 50 ms of silence',
    points: () => ({ member: { heartbeatMs: 50 } }),
  },
  {
    name: 'blank-line-heartbeats',
    description: 'sends a blank line after 100 ms of silence',
    points: () => ({ member: { heartbeatMs: 100, heartbeat: '\r\n' } }),
  },
  {
    name: 'opaque-ids',
    description: 'gives ids that are neither numbers nor in any visible order',
    points: () => {
      const run = randomInt(2 ** 32).toString(36)
      return { log: { id: (sequence) => opaqueId(run, sequence) } }
    },
  },
  {
    name: 'numeric-ids',
    description: 'gives ids that are plain numbers with gaps',
    points: () => {
      const start = Date.now() * 1000
      return { log: { id: (sequence) => String(start + sequence * 7) } }
    },
  },
  {
    name: 'reconnects-slowly',
    description: 'waits 150 to 900 ms before it reconnects to a lost back end',
    points: () => ({
      backend: {
        waitMs: (attempt, firstMs) => Math.max(firstMs, Math.min(150 * 2 ** attempt, 900)),
      },
    }),
  },
]

function opaqueId(run: string, sequence: number): string {
  const scrambled = Math.imul(sequence, 0x9e3779b1) >>> 0
  return `urn:x:${run}:${scrambled.toString(36)};${sequence.toString(36)}`
}
