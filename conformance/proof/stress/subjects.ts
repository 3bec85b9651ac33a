import { loadTarget } from '../../drivers/load-target.ts'
import type { Role, TargetDriver } from '../../runner/target.ts'
import { MUTANTS } from '../mutants/mutants.ts'
import type { Mutant, Reference } from '../mutants/mutant.ts'

const OUR_PROXY = 'conformance/targets/sse-proxy.yaml'

/** A target that checks must pass. */
export interface HarmlessTarget {
  readonly driver: TargetDriver
  /** Globs of the checks that it is tried on. Left out: all. */
  readonly only?: readonly string[] | undefined
}

/** A program whose verdicts must be the same on a quiet and on a busy machine. */
export interface StressSubject {
  readonly name: string
  readonly role: Role
  /** Targets that checks must pass. */
  readonly harmless: readonly HarmlessTarget[]
  /** Targets with one fault each, which the checks that name it must fail. */
  readonly broken: readonly TargetDriver[]
}

const REFERENCES: Readonly<Record<Reference, string>> = {
  concentrator: 'first reference concentrator',
  ring: 'second reference concentrator',
  relay: 'first reference gateway',
  'http-gateway': 'second reference gateway',
}

/** Each reference with its mutants and harmless variants. */
export function references(mutants: readonly Mutant[] = MUTANTS): readonly StressSubject[] {
  return Object.entries(REFERENCES).map(([reference, name]) => {
    const own = mutants.filter((mutant) => mutant.reference === reference)
    const role = reference === 'concentrator' || reference === 'ring' ? 'concentrator' : 'gateway'
    return {
      name,
      role,
      harmless: own.filter(({ benign }) => benign),
      broken: own.filter(({ benign }) => !benign).map(({ driver }) => driver),
    }
  })
}

/** The proxy of this project, as its users run it. */
export function ourProxy(): StressSubject {
  const { driver } = loadTarget({
    source: { kind: 'file', path: OUR_PROXY },
    print: () => {},
  })
  return { name: 'our proxy', role: driver.role, harmless: [{ driver }], broken: [] }
}
