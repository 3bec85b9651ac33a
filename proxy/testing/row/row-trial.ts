import * as fc from 'fast-check'

import type { RowStep } from './row-step.ts'
import type { RowFlaw } from './row-flaw.ts'
import { SimulatedRow } from './simulated-row.ts'

/** Which faults a trial has. */
export type FaultPlan = keyof typeof PLANS

export interface RowTrialOptions {
  readonly plan: FaultPlan
  readonly whenAway: 'own-connection' | 'wait'
  readonly runs: number
  readonly seed: number
  readonly flaw?: RowFlaw
}

const STEPS = { minLength: 20, maxLength: 40 } as const

const member = fc.nat(2)
const of = <Kind extends RowStep['kind']>(...kinds: readonly Kind[]) => fc.constantFrom(...kinds)
const step = (weight: number, arbitrary: fc.Arbitrary<RowStep>) => ({ weight, arbitrary })

const TRAFFIC = [
  step(
    8,
    fc.record({ kind: of('emit'), backEnd: fc.nat(1), count: fc.integer({ min: 1, max: 4 }) }),
  ),
  step(8, fc.record({ kind: of('pass'), ms: fc.integer({ min: 1, max: 900 }) })),
  step(2, fc.record({ kind: of('roam'), client: fc.nat(1), member })),
  step(1, fc.record({ kind: of('restart engine') })),
]
const LOSSES = [
  step(2, fc.record({ kind: of('replicate') })),
  step(1, fc.record({ kind: of('evict all') })),
]
const PROXY_FAULTS = [
  step(1, fc.record({ kind: of('crash', 'leave'), member })),
  step(2, fc.record({ kind: of('freeze', 'thaw'), member })),
  step(2, fc.record({ kind: of('cut', 'mend', 'mute'), member })),
]

const STORE_FAULTS = [
  step(2, fc.record({ kind: of('cut stores'), member })),
  step(1, fc.record({ kind: of('mend stores'), member })),
]

const LATE_PART = 0.01
/** Longer than a trial. */
const LONG_MS = 1_000_000

const PLANS = {
  /** Proxies and connections fail. The engine keeps what it has acknowledged. */
  proxies: {
    steps: [...TRAFFIC, ...PROXY_FAULTS],
    maxFrames: 1000,
    maxAgeMs: LONG_MS,
    keepsUrls: true,
    latePart: LATE_PART,
  },
  /** The same, and proxies lose their connections to back ends. */
  stores: {
    steps: [...TRAFFIC, ...PROXY_FAULTS, ...STORE_FAULTS],
    maxFrames: 1000,
    maxAgeMs: LONG_MS,
    keepsUrls: true,
    latePart: LATE_PART,
  },
  /** The engine loses what it has acknowledged. Every proxy is there to heal it. */
  engine: {
    steps: [
      ...TRAFFIC,
      ...LOSSES,
      step(1, fc.record({ kind: of('fail over'), behind: fc.constant(99) })),
    ],
    maxFrames: 1000,
    maxAgeMs: LONG_MS,
    keepsUrls: true,
    latePart: 0,
  },
  /** Proxies end, and the engine keeps URLs for much longer than entries. */
  urls: {
    steps: [
      ...TRAFFIC,
      step(3, fc.record({ kind: of('crash', 'leave'), member })),
      step(1, fc.record({ kind: of('evict urls') })),
    ],
    maxFrames: 6,
    maxAgeMs: 2000,
    keepsUrls: false,
    latePart: 0,
  },
  /** Both, and a log that is too short. */
  all: {
    steps: [
      ...TRAFFIC,
      ...PROXY_FAULTS,
      ...LOSSES,
      step(1, fc.record({ kind: of('fail over'), behind: fc.nat(5) })),
      step(1, fc.record({ kind: of('evict entries') })),
    ],
    maxFrames: 40,
    maxAgeMs: LONG_MS,
    keepsUrls: false,
    latePart: LATE_PART,
  },
} as const

/** Numbers below 1 that a seed determines. */
function randomBy(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

/** Random rows and faults. The property fails if an oracle finds a fault. */
function rowTrial({ plan, whenAway, flaw }: RowTrialOptions) {
  const { steps, ...sizes } = PLANS[plan]
  return fc.asyncProperty(fc.array(fc.oneof(...steps), STEPS), fc.nat(), async (list, seed) => {
    const row = new SimulatedRow({
      ...sizes,
      whenAway,
      random: randomBy(seed),
      ...(flaw === undefined ? {} : { flaw }),
    })
    await row.pass(3000)
    for (const one of list) await row.take(one)
    const faults = await row.settle()
    // With a long log, no client has missed anything that a back end has sent again.
    const gaps = sizes.maxFrames < 1000 ? 0 : row.gaps
    if (faults.length > 0 || gaps > 0) throw new Error([...faults, `${gaps} gap events`].join('\n'))
  })
}

/** Runs a trial and returns what is wrong; undefined = nothing was found. */
export async function faultOf(options: RowTrialOptions): Promise<string | undefined> {
  const { runs, seed, flaw } = options
  // Whoever looks for a mutant does not need the shortest way to it.
  const result = await fc.check(rowTrial(options), {
    numRuns: runs,
    seed,
    endOnFailure: flaw !== undefined,
  })
  return result.failed
    ? `${String(result.errorInstance)}\n${fc.defaultReportMessage(result)}`
    : undefined
}
