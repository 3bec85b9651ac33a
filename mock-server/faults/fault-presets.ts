import type { Fault, GivenFault } from './fault.ts'
import { FAULT_PLAN } from './fault.ts'

interface FaultPreset {
  readonly summary: string
  readonly faults: readonly GivenFault[]
}

/** A named plan of faults, with every parameter. */
export interface NamedFaultPreset {
  readonly name: string
  readonly summary: string
  readonly faults: readonly Fault[]
}

/** Plans for what testers ask for first. What is random in them is drawn by the store's seed. */
export const FAULT_PRESETS: Readonly<Record<string, FaultPreset>> = {
  flaky: {
    summary: 'feeds and items: one request in ten is answered 503; feeds: one in twenty is reset',
    faults: [
      {
        name: 'flaky-503',
        kind: 'status',
        scope: 'feed',
        status: 503,
        retryAfter: 1,
        probability: 0.1,
      },
      { name: 'flaky-reset', kind: 'reset', scope: 'feed', probability: 0.05 },
      { name: 'flaky-item', kind: 'status', scope: 'item', status: 503, probability: 0.1 },
    ],
  },
  slow: {
    summary: 'feeds and items come 0.5 to 1.5 s late',
    faults: [
      { name: 'slow-feed', kind: 'jitter', scope: 'feed', ms: 1_000, spreadMs: 500 },
      { name: 'slow-item', kind: 'jitter', scope: 'item', ms: 1_000, spreadMs: 500 },
    ],
  },
  'stream-cuts': {
    summary: 'every stream is reset after its third event, and three connects in ten are refused',
    faults: [
      { name: 'cut-stream', kind: 'reset', scope: 'sse-open', afterEvents: 3 },
      {
        name: 'refuse-stream',
        kind: 'status',
        scope: 'sse-connect',
        status: 503,
        probability: 0.3,
      },
    ],
  },
  'bad-events': {
    summary: 'events are lost, doubled, and out of order, one in ten each',
    faults: [
      { name: 'lose-event', kind: 'event-lost', scope: 'sse-open', probability: 0.1 },
      { name: 'double-event', kind: 'event-doubled', scope: 'sse-open', probability: 0.1 },
      { name: 'reorder-event', kind: 'event-reordered', scope: 'sse-open', probability: 0.1 },
    ],
  },
  outage: {
    summary: 'for 30 s feeds, items, writes and connects to streams are answered 503',
    faults: (['feed', 'sse-connect', 'item', 'write'] as const).map((scope) => ({
      name: `outage-${scope}`,
      kind: 'status',
      scope,
      status: 503,
      ttlMs: 30_000,
    })),
  },
}

export const FAULT_PRESET_NAMES = Object.keys(FAULT_PRESETS)

export function faultPresets(): readonly NamedFaultPreset[] {
  return Object.entries(FAULT_PRESETS).map(([name, { summary, faults }]) => {
    return { name, summary, faults: FAULT_PLAN.parse({ faults }).faults }
  })
}
