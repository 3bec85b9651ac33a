import type { OriginExchange } from '../origin/origin-exchange.ts'
import type { Backend } from '../rig/backend.ts'
import type { Rig } from '../rig/rig.ts'

const MOST_CONNECTIONS = 3

export interface WriteUntilOptions {
  /** Default: the target's newest connection. */
  readonly first?: OriginExchange | undefined
  /** Default: the first back end. */
  readonly backend?: Backend | undefined
}

/**
 * Writes bytes on the target's connection to a back end, and waits until `hasCome`. Returns whether
 * it has. A target may replace that connection on a busy machine, because it heard nothing
 * from us for too long: the next one gets the same bytes.
 */
export async function writeUntil(
  t: Rig,
  bytes: string,
  hasCome: () => boolean,
  { first, backend = t.backend }: WriteUntilOptions = {},
): Promise<boolean> {
  let upstream = first ?? (await t.upstreamOf(backend))
  for (let connections = 1; ; connections += 1) {
    if (!upstream.closed) upstream.write(bytes)
    await t.eventually(() => hasCome() || upstream.closed)
    if (hasCome()) return true
    if (!upstream.closed || connections === MOST_CONNECTIONS) return false
    upstream = await t.upstreamOf(backend)
  }
}
