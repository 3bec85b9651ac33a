import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { sumOfGauge } from '../../lib/servers/sum-of-gauge.ts'
import { centrifugoConfiguration, centrifugoProgram, streamPath } from '../peers/centrifugo.ts'
import { startServing } from '../peers/peer.ts'
import { HubPair, type HubNode } from './hub-pair.ts'
import type { PairProduct } from './pair.ts'
import type { RunningRedis } from './redis.ts'

/** Centrifugo, whose channel is stored in Redis. */
export const centrifugoPair: PairProduct = {
  name: 'Centrifugo with Redis',
  async start(options) {
    const { signal } = options
    const command = await centrifugoProgram(signal)
    return await HubPair.start(
      {
        hub: 'centrifugo',
        startNode: (port, redis, folder) => startNode(command, port, redis, folder, signal),
        publishUrl: (address) => `${address}/api/publish`,
        streamUrl: (address) => address + streamPath(),
        clientsAt: async (address) => {
          const page = await (await fetch(`${address}/metrics`, { signal })).text()
          return sumOfGauge(page, 'centrifugo_node_num_clients') ?? 0
        },
      },
      options,
    )
  },
}

async function startNode(
  command: string,
  port: number,
  { url }: RunningRedis,
  folder: string,
  signal: AbortSignal,
): Promise<HubNode> {
  const file = join(folder, 'config.json')
  const shared = { engine: { type: 'redis', redis: { address: url } } }
  const settings = { ...centrifugoConfiguration(port), ...shared, prometheus: { enabled: true } }
  await writeFile(file, JSON.stringify(settings))
  return await startServing({
    name: 'Centrifugo',
    command,
    args: ['-c', file],
    port,
    install: 'its Go module is built',
    signal,
    scratchDir: folder,
  })
}
