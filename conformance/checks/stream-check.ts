import type { Rig } from '../rig/rig.ts'
import { defineCheck, type Check } from '../runner/check.ts'

/** A check of this suite. */
export type StreamCheck = Check<Rig>

type Definition = Omit<Parameters<typeof defineCheck<Rig>>[0], 'roles'>

/** A check for both concentrators and gateways. */
export function forBoth(definition: Definition): StreamCheck {
  return defineCheck<Rig>({ roles: ['concentrator', 'gateway'], ...definition })
}

/** A check for concentrators: they read the back ends themselves and fan out. */
export function forConcentrator(definition: Definition): StreamCheck {
  return defineCheck<Rig>({ roles: ['concentrator'], ...definition })
}

/** A check for gateways: they forward each client's request. */
export function forGateway(definition: Definition): StreamCheck {
  return defineCheck<Rig>({ roles: ['gateway'], ...definition })
}
