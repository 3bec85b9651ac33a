import { z } from 'zod'

const answer = z.object({ sentMs: z.tuple([z.number()]) })

/** Has the origin make one event, and returns when it was sent, in ms since 1970 with decimals. */
export async function publishOne(
  originUrl: string,
  number: number,
  signal: AbortSignal,
): Promise<number> {
  const response = await fetch(`${originUrl}/publish`, {
    method: 'POST',
    body: JSON.stringify({ first: number, count: 1, perSecond: 1000 }),
    signal,
  })
  if (!response.ok) throw new Error(`POST /publish: ${response.status} ${await response.text()}`)
  return answer.parse(await response.json()).sentMs[0]
}
