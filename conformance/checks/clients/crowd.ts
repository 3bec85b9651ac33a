import type { RawClient } from '../../client/raw-client.ts'
import type { Rig } from '../../rig/rig.ts'

/**
 * Connections that are opened at the same time. The kernel queues those that a target has not
 * accepted yet, often only 50. It drops the others and tries again after a second or more.
 */
export const BATCH = 20

/** Opens so many connections, a batch after another, each when the one before is accepted. */
export async function openCrowd(
  t: Rig,
  count: number,
  open: (number: number) => RawClient,
): Promise<readonly RawClient[]> {
  const clients: RawClient[] = []
  while (clients.length < count) {
    const first = clients.length
    const size = Math.min(BATCH, count - first)
    clients.push(...Array.from({ length: size }, (_, at) => open(first + at)))
    const done = (): number => clients.filter(({ connected, closed }) => connected || closed).length
    await t.requireEventuallyWhileGrowing(
      done,
      () => done() === clients.length,
      `connection ${first + 1} or one of the next was not accepted`,
    )
  }
  return clients
}
