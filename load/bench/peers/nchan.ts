import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { startBridge } from './bridge.ts'
import { debianVersion } from './debian-version.ts'
import { type CertificateFiles, createCertificate } from './certificate.ts'
import { type Contestant, freePorts, type Peer, type PeerOptions, startServing } from './peer.ts'

/** nginx with nchan, a hub: memory as channel store, one worker for each core. */
export const nchan: Contestant = {
  name: 'nchan',
  source: 'events are posted',
  version: debianVersion('libnginx-mod-nchan'),
  start: async (options) => await startNchan('http', options),
}

/** The same, with TLS as nginx has it by default. */
export const nchanHttps: Contestant = {
  ...nchan,
  name: 'nchan, https',
  start: async (options) => await startNchan('https', options),
}

async function startNchan(
  scheme: 'http' | 'https',
  { originUrl, workers, scratchDir, signal }: PeerOptions,
): Promise<Peer> {
  const [port = 0, publishPort = 0, bridgePort = 0] = await freePorts(3)
  await mkdir(join(scratchDir, 'body'))
  const file = join(scratchDir, 'nginx.conf')
  const files = scheme === 'http' ? undefined : await createCertificate(scratchDir, signal)
  await writeFile(file, configuration({ dir: scratchDir, workers, port, publishPort, files }))
  const nginx = await startServing({
    name: 'nginx with nchan',
    command: 'nginx',
    args: ['-c', file],
    port,
    install: 'apt-get install nginx libnginx-mod-nchan',
    signal,
    scratchDir,
  })
  const bridge = await startBridge({
    hub: 'nchan',
    publishUrl: `http://127.0.0.1:${publishPort}/publish`,
    port: bridgePort,
    originUrl,
    scratchDir,
    signal,
  })
  return {
    urls: [`${scheme}://127.0.0.1:${port}/subscribe`],
    pids: [nginx.pid],
    async [Symbol.asyncDispose]() {
      await bridge[Symbol.asyncDispose]()
      await nginx[Symbol.asyncDispose]()
    },
  }
}

interface NginxOptions {
  readonly dir: string
  readonly workers: number
  readonly port: number
  readonly publishPort: number
  readonly files: CertificateFiles | undefined
}

function configuration({ dir, workers, port, publishPort, files }: NginxOptions): string {
  const tls =
    files === undefined
      ? ''
      : `ssl_certificate ${files.keyStorePath}; ssl_certificate_key ${files.keyPath};`
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${dir}/body;`)
    .join(' ')
  return `load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
user root; daemon off; pid ${dir}/pid; error_log stderr error;
worker_processes ${workers}; worker_rlimit_nofile 20000;
events { worker_connections 19500; }
http {
  access_log off; ${temporary}
  nchan_shared_memory_size 512M;
  server { listen 127.0.0.1:${publishPort};
    location = /publish { nchan_publisher http; nchan_channel_id x; nchan_message_buffer_length 1000; } }
  server { listen 127.0.0.1:${port} ${tls === '' ? '' : 'ssl '}backlog=4096 reuseport; ${tls}
    location = /subscribe { nchan_subscriber eventsource; nchan_channel_id x; nchan_subscriber_first_message newest; } }
}`
}
