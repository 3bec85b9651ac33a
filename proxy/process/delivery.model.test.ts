import * as fc from 'fast-check'
import { expect, it } from 'vitest'

import { DeliveryTrial, type TrialStep } from '../testing/delivery-trial.ts'

/** `MODEL_RUNS=200 npm test -- --project proxy` tries more. */
const RUNS = Number(process.env['MODEL_RUNS'] ?? 4)
const MS_PER_RUN = 60_000
const STEPS = { minLength: 30, maxLength: 60 } as const

const choice = fc.nat(9)
const of = <Kind extends TrialStep['kind']>(kind: Kind) => fc.constant(kind)
const count = fc.integer({ min: 1, max: 30 })
const steps: fc.Arbitrary<TrialStep> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: of('emit'), backEnd: choice, count }) },
  { weight: 2, arbitrary: fc.record({ kind: of('burst'), backEnd: choice }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: of('restart back end'),
      backEnd: choice,
      eventsAway: fc.nat(8),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: of('come'), client: choice }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: of('leave'),
      client: choice,
      how: fc.constantFrom('end' as const, 'reset' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: of('stall'), client: choice }) },
  { weight: 2, arbitrary: fc.record({ kind: of('go on'), client: choice }) },
  { weight: 1, arbitrary: fc.record({ kind: of('kill worker'), worker: choice }) },
)

it.each(['proxy', 'upstream'] as const)(
  'each client gets every event once and in order, or a gap event, under random faults: ids %s',
  async (ids) => {
    let gaps = 0
    await fc.assert(
      fc.asyncProperty(fc.array(steps, STEPS), async (list) => {
        await using trial = await DeliveryTrial.start(ids)
        for (const step of list) await trial.take(step)
        await trial.evictClient()
        expect(await trial.faults()).toEqual([])
        gaps += trial.gaps
      }),
      // A run takes seconds: what fails is shown as it is, to be run again by its seed.
      { numRuns: RUNS, endOnFailure: true },
    )
    // Each run ends with a client that is away for longer than the log reaches back.
    expect(gaps).toBeGreaterThanOrEqual(RUNS)
  },
  RUNS * MS_PER_RUN,
)
