import { BOTH_ROLES_FAULTS } from './known-faults/both-roles.ts'
import { CONCENTRATOR_FAULTS } from './known-faults/concentrator.ts'
import { GATEWAY_FAULTS } from './known-faults/gateway.ts'
import { RING_FAULTS } from './known-faults/ring.ts'

/** What each mutant does, by its name. */
export const KNOWN_FAULTS: Readonly<Record<string, string>> = {
  ...BOTH_ROLES_FAULTS,
  ...CONCENTRATOR_FAULTS,
  ...RING_FAULTS,
  ...GATEWAY_FAULTS,
}
