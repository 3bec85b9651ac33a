import { isSecure } from '../../../client/connection.ts'
import type { RawClient } from '../../../client/raw-client.ts'
import type { Rig } from '../../../rig/rig.ts'

/** Ends the check when there is no TLS to judge. */
export function expectTls(t: Rig): void {
  t.expect(isSecure(t.frontUrl), `the target claims tls, but its front is ${t.frontUrl}`)
}

/** Waits until the handshake of a client has succeeded or failed. */
export async function handshakeEnds(t: Rig, client: RawClient, what: string): Promise<void> {
  await t.requireEventually(() => client.connected || client.closed, what)
}
