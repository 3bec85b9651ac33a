import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { startServing } from '../peers/peer.ts'
import { HubPair, type HubNode } from './hub-pair.ts'
import type { PairProduct } from './pair.ts'
import type { RunningRedis } from './redis.ts'

/** nginx with nchan, whose channel is stored in Redis. */
export const nchanPair: PairProduct = {
  name: 'nchan with Redis',
  start: (options) =>
    HubPair.start(
      {
        hub: 'nchan',
        startNode: (port, redis, folder) =>
          startNode(port, redis, folder, options.workers, options.signal),
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

async function startNode(
  port: number,
  redis: RunningRedis,
  folder: string,
  workers: number,
  signal: AbortSignal,
): Promise<HubNode> {
  await mkdir(join(folder, 'body'))
  const file = join(folder, 'nginx.conf')
  await writeFile(file, configuration(folder, port, redis, workers))
  return await startServing({
    name: 'nginx with nchan',
    command: 'nginx',
    args: ['-c', file],
    port,
    install: 'apt-get install nginx libnginx-mod-nchan',
    signal,
    scratchDir: folder,
  })
}

function configuration(dir: string, port: number, { url }: RunningRedis, workers: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${dir}/body;`)
    .join(' ')
  const channel = 'nchan_channel_id x; nchan_redis_pass shared; nchan_message_timeout 10m;'
  return `load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
user root; daemon off; pid ${dir}/pid; error_log stderr error;
worker_processes ${workers}; worker_rlimit_nofile 20000;
events { worker_connections 19500; }
http {
  access_log off; ${temporary}
  nchan_shared_memory_size 512M;
  upstream shared { nchan_redis_server ${url}; }
  server { listen 127.0.0.1:${port} backlog=4096 reuseport;
    location = /publish { nchan_publisher http; nchan_message_buffer_length 10000; ${channel} }
    location = /status { nchan_stub_status; }
    location = /subscribe { nchan_subscriber eventsource; nchan_subscriber_first_message newest; ${channel} } }
}`
}
