import { request, type IncomingMessage } from 'node:http'

import { z } from 'zod'

import type { BarrierServer } from './barrier-server.ts'

const answer = z.object({ values: z.array(z.unknown()) })

/** Waits at a barrier of a run as an additional shard. Returns the values of all shards. */
export async function waitForAll(
  { url }: BarrierServer,
  shard: number,
  name: string,
  signal: AbortSignal,
): Promise<readonly number[]> {
  // Not by fetch, which gives up after five minutes without a response.
  const sent = request(`${url}/barriers/${encodeURIComponent(name)}`, { method: 'POST', signal })
  sent.end(JSON.stringify({ shard, value: 0 }))
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve).once('error', reject)
  })
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) body += String(chunk)
  if (response.statusCode !== 200) throw new Error(`barrier "${name}": ${response.statusCode}`)
  return answer.parse(JSON.parse(body)).values.map(Number)
}
