import type { FaultScope } from './fault-scope.ts'
import { FAULT_SCOPES, REQUESTED } from './fault-scope.ts'

interface KindRule {
  readonly scopes: readonly FaultScope[]
  /**
   * What is counted and drawn in scope `sse-open`: each open stream, once, or each event on its way
   * to each client.
   */
  readonly per?: 'stream' | 'event'
}

/** Which kinds make sense in which scopes. */
export const FAULT_KINDS = {
  latency: { scopes: FAULT_SCOPES, per: 'event' },
  jitter: { scopes: FAULT_SCOPES, per: 'event' },
  status: { scopes: REQUESTED },
  reset: { scopes: FAULT_SCOPES, per: 'stream' },
  fin: { scopes: FAULT_SCOPES, per: 'stream' },
  stall: { scopes: FAULT_SCOPES, per: 'stream' },
  'half-open': { scopes: FAULT_SCOPES, per: 'stream' },
  split: { scopes: FAULT_SCOPES, per: 'stream' },
  truncate: { scopes: ['feed', 'item', 'sse-open'], per: 'event' },
  malformed: { scopes: ['feed', 'item', 'sse-connect', 'sse-open'], per: 'event' },
  'slow-close': { scopes: REQUESTED },
  bandwidth: { scopes: FAULT_SCOPES, per: 'stream' },
  connections: { scopes: REQUESTED },
  down: { scopes: [] },
  'event-lost': { scopes: ['sse-open'], per: 'event' },
  'event-doubled': { scopes: ['sse-open'], per: 'event' },
  'event-reordered': { scopes: ['sse-open'], per: 'event' },
  'event-foreign': { scopes: ['sse-open'], per: 'event' },
  'early-event': { scopes: ['feed'] },
  'late-row': { scopes: ['feed'] },
} as const satisfies Readonly<Record<string, KindRule>>

export type FaultKind = keyof typeof FAULT_KINDS

export function kindRule(kind: FaultKind): KindRule {
  return FAULT_KINDS[kind]
}
