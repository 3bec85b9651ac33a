import { setTimeout as delay } from 'node:timers/promises'

import type { Listener } from '../http/listener.ts'
import type { ConcentratorFaults } from './concentrator-faults.ts'
import type { Hub } from './hub.ts'
import type { BackEndConnection } from './upstream/back-end-connection.ts'

/** Deadline for sending the last bytes to clients. */
const STOP_MS = 500
/** In steps, each of which a busy machine prolongs as it does those of the check that waits. */
const SLOW_STEPS = 150
const SLOW_STEP_MS = 100
const GOES_ON_MS = 2000

/**
 * Sends clients a retry and ends their streams, then closes the connections to back ends, then the
 * listeners.
 */
export async function stopConcentrator(
  hub: Hub,
  upstreams: readonly BackEndConnection[],
  listeners: readonly Listener[],
  fault: ConcentratorFaults['stop'],
): Promise<void> {
  hub.close()
  if (fault === 'slowly') await waitWhile(() => true)
  if (fault === 'waits-for-clients') await waitWhile(() => hub.hasUnread)
  if (fault !== 'cuts-clients') {
    if (fault !== 'without-retry') hub.spreadReturns(fault === 'same-retry')
    await Promise.race([hub.endAll(), delay(STOP_MS)])
  }
  for (const upstream of upstreams) upstream.close(fault === 'leaves-upstreams')
  const closed = async (): Promise<void> => {
    await Promise.all(listeners.map((listener) => listener.close()))
  }
  // It does close in the end, or the test could never stop it.
  if (fault === 'goes-on-accepting') setTimeout(() => void closed(), GOES_ON_MS)
  else await closed()
}

async function waitWhile(condition: () => boolean): Promise<void> {
  for (let step = 0; step < SLOW_STEPS && condition(); step += 1) await delay(SLOW_STEP_MS)
}
