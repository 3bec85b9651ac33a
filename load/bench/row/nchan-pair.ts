import { startNginxWithNchan } from '../peers/nginx-with-nchan.ts'
import { HubPair } from './hub-pair.ts'
import type { PairProduct } from './pair.ts'
import type { RunningRedis } from './redis.ts'

/** nginx with nchan, whose channel is stored in Redis. */
export const nchanPair: PairProduct = {
  name: 'nchan with Redis',
  start: (options) =>
    HubPair.start(
      {
        hub: 'nchan',
        startNode: (port, redis, dir) =>
          startNginxWithNchan({
            dir,
            workers: options.workers,
            port,
            blocks: blocksOf(port, redis),
            signal: options.signal,
          }),
        publishUrl: (address) => `${address}/publish`,
        streamUrl: (address) => `${address}/subscribe`,
        clientsAt: async (address) => {
          const page = await (await fetch(`${address}/status`, { signal: options.signal })).text()
          return Number(/subscribers: (\d{1,9})/.exec(page)?.[1] ?? 0)
        },
      },
      options,
    ),
}

function blocksOf(port: number, { url }: RunningRedis): string {
  const channel = 'nchan_channel_id x; nchan_redis_pass shared; nchan_message_timeout 10m;'
  return `  upstream shared { nchan_redis_server ${url}; }
  server { listen 127.0.0.1:${port} backlog=4096 reuseport;
    location = /publish { nchan_publisher http; nchan_message_buffer_length 10000; ${channel} }
    location = /status { nchan_stub_status; }
    location = /subscribe { nchan_subscriber eventsource; nchan_subscriber_first_message newest; ${channel} } }`
}
