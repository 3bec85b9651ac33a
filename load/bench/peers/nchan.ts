import { startBridge } from './bridge.ts'
import { debianVersion } from './debian-version.ts'
import { type CertificateFiles, createCertificate } from './certificate.ts'
import { startNginxWithNchan } from './nginx-with-nchan.ts'
import { type Contestant, freePorts, type Peer, type PeerOptions } from './peer.ts'

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
  const files = scheme === 'http' ? undefined : await createCertificate(scratchDir, signal)
  const blocks = servers(port, publishPort, files)
  const nginx = await startNginxWithNchan({ dir: scratchDir, workers, port, blocks, signal })
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

function servers(port: number, publishPort: number, files: CertificateFiles | undefined): string {
  const tls =
    files === undefined
      ? ''
      : `ssl_certificate ${files.keyStorePath}; ssl_certificate_key ${files.keyPath};`
  return `  server { listen 127.0.0.1:${publishPort};
    location = /publish { nchan_publisher http; nchan_channel_id x; nchan_message_buffer_length 1000; } }
  server { listen 127.0.0.1:${port} ${tls === '' ? '' : 'ssl '}backlog=4096 reuseport; ${tls}
    location = /subscribe { nchan_subscriber eventsource; nchan_channel_id x; nchan_subscriber_first_message newest; } }`
}
