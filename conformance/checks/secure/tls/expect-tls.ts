import { isSecure } from '../../../client/connection.ts'
import type { Rig } from '../../../rig/rig.ts'

/** Ends the check when there is no TLS to judge. */
export function expectTls(t: Rig): void {
  t.expect(isSecure(t.frontUrl), `the target claims tls, but its front is ${t.frontUrl}`)
}
