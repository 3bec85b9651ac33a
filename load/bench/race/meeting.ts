import { z } from 'zod'

import type { Conductor } from '../../conductor/conductor.ts'

const answer = z.object({ values: z.array(z.number()) })

/** Takes part in a meeting of a run, as one party more, and returns what the parts have brought. */
export async function meet(
  { url }: Conductor,
  party: number,
  name: string,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const response = await fetch(`${url}/meet/${encodeURIComponent(name)}`, {
    method: 'POST',
    body: JSON.stringify({ party, value: 0 }),
    signal,
  })
  if (!response.ok) throw new Error(`meeting "${name}": ${response.status}`)
  return answer.parse(await response.json()).values
}
