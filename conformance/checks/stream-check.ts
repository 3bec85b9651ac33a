import type { Rig } from '../rig/rig.ts'
import { defineCheck, type Check } from '../runner/check.ts'

/** A check of this suite. */
export type StreamCheck = Check<Rig>

type Definition = Omit<Parameters<typeof defineCheck<Rig>>[0], 'roles'>

/** A check that judges concentrators and gateways by the same rule. */
export function forBoth(definition: Definition): StreamCheck {
  return defineCheck<Rig>({ roles: ['concentrator', 'gateway'], ...definition })
}

/** A check for targets that read the back ends by themselves and fan out. */
export function forConcentrator(definition: Definition): StreamCheck {
  return defineCheck<Rig>({ roles: ['concentrator'], ...definition })
}

/** A check for targets that pass each client's request on. */
export function forGateway(definition: Definition): StreamCheck {
  return defineCheck<Rig>({ roles: ['gateway'], ...definition })
}
