import { MockServerError } from '../errors.ts'
import type { Settings } from '../knobs.ts'
import type { Fault } from './fault.ts'
import { FAULT_PLAN } from './fault.ts'
import { FAULT_PRESETS } from './fault-presets.ts'
import { readFaultsFile } from './faults-file.ts'

/**
 * The plan that a store starts with: of its presets, its file, and its single faults. Throws
 * `bad-config`, also for two faults of one name, and for a port that would be closed at the start.
 */
export function firstFaults({ faultPreset, faults, fault }: Settings): readonly Fault[] {
  const plan = FAULT_PLAN.safeParse({
    faults: [
      ...faultPreset.flatMap((name) => FAULT_PRESETS[name]?.faults ?? []),
      ...(faults === '' ? [] : readFaultsFile(faults)),
      ...fault,
    ],
  })
  if (plan.data === undefined) {
    const [issue] = plan.error.issues
    throw new MockServerError('bad-config', `faultPreset, faults, fault: ${issue?.message}`)
  }
  if (plan.data.faults.every(({ kind }) => kind !== 'down')) return plan.data.faults
  throw new MockServerError(
    'bad-config',
    `faults in ${faults}: a store cannot start with its port closed; set kind down once it runs`,
  )
}
