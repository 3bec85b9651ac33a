import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { startServing } from './peer.ts'

interface NginxOptions {
  /** Empty directory for its files. */
  readonly dir: string
  readonly workers: number
  /** It listens when this port accepts connections. */
  readonly port: number
  /** What its `http` block has: servers and upstreams. */
  readonly blocks: string
  readonly signal: AbortSignal
}

/** Starts nginx with the module nchan. Throws `cannot-start` with what to install. */
export async function startNginxWithNchan({ dir, workers, port, blocks, signal }: NginxOptions) {
  await mkdir(join(dir, 'body'))
  const file = join(dir, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${dir}/body;`)
    .join(' ')
  await writeFile(
    file,
    `load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
user root; daemon off; pid ${dir}/pid; error_log stderr error;
worker_processes ${workers}; worker_rlimit_nofile 20000;
events { worker_connections 19500; }
http {
  access_log off; ${temporary}
  nchan_shared_memory_size 512M;
${blocks}
}`,
  )
  return await startServing({
    name: 'nginx with nchan',
    command: 'nginx',
    args: ['-c', file],
    port,
    install: 'apt-get install nginx libnginx-mod-nchan',
    signal,
    scratchDir: dir,
  })
}
