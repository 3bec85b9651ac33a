import { setTimeout as pause } from 'node:timers/promises'

import { z } from 'zod'

const answer = z.object({ dueMs: z.array(z.number()) })

/**
 * Makes the origin send single events. Returns when each was due, in ms since 1970 with decimals.
 */
export async function publish(
  originUrl: string,
  first: number,
  count: number,
  everyMs: number,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const dueMs: number[] = []
  for (let number = first; number < first + count; number++) {
    const startMs = performance.timeOrigin + performance.now()
    dueMs.push(...(await publishAtRate(originUrl, number, 1, 1_000, signal, startMs)))
    await pause(everyMs, undefined, { signal })
  }
  return dueMs
}

/** Makes the origin send events at a rate. Returns when each was due. */
export async function publishAtRate(
  originUrl: string,
  first: number,
  count: number,
  perSecond: number,
  signal: AbortSignal,
  startMs?: number,
): Promise<readonly number[]> {
  const response = await fetch(`${originUrl}/publish`, {
    method: 'POST',
    body: JSON.stringify({ first, count, perSecond, startMs }),
    signal,
  })
  if (!response.ok) throw new Error(`POST /publish: ${response.status} ${await response.text()}`)
  return answer.parse(await response.json()).dueMs
}
