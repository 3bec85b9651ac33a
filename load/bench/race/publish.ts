import { setTimeout as pause } from 'node:timers/promises'

import { z } from 'zod'

const answer = z.object({ sentMs: z.array(z.number()) })

/**
 * Makes the origin send single events. Returns the time of each, in ms since 1970 with decimals.
 */
export async function publish(
  originUrl: string,
  first: number,
  count: number,
  everyMs: number,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const sentMs: number[] = []
  for (let number = first; number < first + count; number++) {
    sentMs.push(...(await publishAtRate(originUrl, number, 1, 1_000, signal)))
    await pause(everyMs, undefined, { signal })
  }
  return sentMs
}

/** Makes the origin send events at a rate. Returns the time of each. */
export async function publishAtRate(
  originUrl: string,
  first: number,
  count: number,
  perSecond: number,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const response = await fetch(`${originUrl}/publish`, {
    method: 'POST',
    body: JSON.stringify({ first, count, perSecond }),
    signal,
  })
  if (!response.ok) throw new Error(`POST /publish: ${response.status} ${await response.text()}`)
  return answer.parse(await response.json()).sentMs
}
