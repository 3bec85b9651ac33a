/**
 * Time for one address of a name before the next one is tried. Node's own 250 ms are too short for a
 * distant back end: Node gives up every address but the last one after it.
 */
const ADDRESS_MS = 2000

interface AddressOptions {
  readonly autoSelectFamily: true
  readonly autoSelectFamilyAttemptTimeout: number
}

/** Options of a connection that tries the addresses of a name one after the other [RFC 8305]. */
export function eachAddress(connectMs: number): AddressOptions {
  return {
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: Math.max(10, Math.min(ADDRESS_MS, connectMs / 2)),
  }
}
