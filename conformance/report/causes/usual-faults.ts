import type { Rig } from '../../rig/rig.ts'
import type { Check } from '../../runner/check.ts'
import { KNOWN_FAULTS } from './known-faults.ts'

const MOST = 2

/** What proxies do that fail this check, as the end of "a proxy …". */
export function usualFaults({ kills }: Check<Rig>): readonly string[] {
  // Mutants of both references may have the same description.
  return [...new Set(kills.flatMap((name) => KNOWN_FAULTS[name] ?? []))].slice(0, MOST)
}
