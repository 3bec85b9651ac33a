import * as fc from 'fast-check'
import { expect, it } from 'vitest'

import { type Act, ENDS, type Outage, ResyncTrial, SECTIONS } from './resync-trial.ts'
import { type Edit, EDITS } from './store-logs.ts'

/** 1 in a short run, 7 in a full one. `MODEL_RUNS=20 npx vitest run tools/resync` tries 39. */
const RUNS = 2 * Number(process.env['MODEL_RUNS'] ?? '1') - 1
const MS_PER_RUN = 120_000

const edit: fc.Arbitrary<Edit> = fc.record({
  section: fc.nat(SECTIONS - 1),
  how: fc.constantFrom(...EDITS),
})
const edits = (maxLength: number) => fc.array(edit, { maxLength })
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: edit },
  { weight: 2, arbitrary: fc.constantFrom(...ENDS) },
  { weight: 1, arbitrary: fc.constant('glimpse' as const) },
)
const rest = {
  end: fc.constantFrom(...ENDS),
  during: fc.array(act, { maxLength: 4 }),
  after: edits(1),
}
const outage: fc.Arbitrary<Outage> = fc.record({
  before: edits(2),
  isSettled: fc.boolean(),
  inFlight: edits(2),
  ...rest,
})
/** The proxy asks for a page of a change whose event never reaches it. */
const race: fc.Arbitrary<Outage> = edit.chain((one) =>
  fc.record({
    before: fc.constant([one]),
    isSettled: fc.constant(false),
    inFlight: fc.constant([one]),
    ...rest,
  }),
)

it(
  'a proxy announces each change log that changed in an outage of a store, no other, and asks each once',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        race,
        fc.array(outage, { minLength: 1, maxLength: 2 }),
        async (hasEtags, first, others) => {
          await using trial = await ResyncTrial.start(hasEtags)
          for (const each of [first, ...others]) expect(await trial.take(each)).toEqual([])
        },
      ),
      // A run takes seconds: what fails is shown as it is, to be run again by its seed.
      { numRuns: RUNS, endOnFailure: true },
    )
  },
  RUNS * MS_PER_RUN,
)
