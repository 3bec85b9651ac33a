import { z } from 'zod'

import type { BarrierServer } from '../../barrier/barrier-server.ts'

const answer = z.object({ values: z.array(z.number()) })

/** Waits at a barrier of a run as an additional shard. Returns the values of all shards. */
export async function waitForAll(
  { url }: BarrierServer,
  shard: number,
  name: string,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const response = await fetch(`${url}/barriers/${encodeURIComponent(name)}`, {
    method: 'POST',
    body: JSON.stringify({ shard, value: 0 }),
    signal,
  })
  if (!response.ok) throw new Error(`barrier "${name}": ${response.status}`)
  return answer.parse(await response.json()).values
}
