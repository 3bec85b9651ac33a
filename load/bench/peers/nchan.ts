import { startBridge } from './bridge.ts'
import { debianVersion } from './debian-version.ts'
import { type CertificateFiles, createCertificate } from './certificate.ts'
import { startNginxWithNchan } from './nginx-with-nchan.ts'
import { type Contestant, freePorts, type Peer, type PeerOptions } from './peer.ts'
import { type Scheme, SUFFIXES, transportOf } from './scheme.ts'

/** Of the directive `listen`. */
const LISTENS = { http: '', https: 'ssl ', h2: 'ssl http2 ' } as const

/** nginx with nchan, a hub: memory as channel store, one worker for each core. */
export const nchan = nchanBy('http')

/** The same, with TLS and HTTP/2 as nginx has them by default. */
export function nchanBy(scheme: Scheme): Contestant {
  return {
    name: `nchan${SUFFIXES[scheme]}`,
    source: 'events are posted',
    version: debianVersion('libnginx-mod-nchan'),
    start: async (options) => await startNchan(scheme, options),
  }
}

async function startNchan(
  scheme: Scheme,
  { originUrl, workers, scratchDir, signal }: PeerOptions,
): Promise<Peer> {
  const [port = 0, publishPort = 0, bridgePort = 0] = await freePorts(3)
  const files = scheme === 'http' ? undefined : await createCertificate(scratchDir, signal)
  const blocks = servers(port, publishPort, files, scheme)
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
    urls: [`http${files === undefined ? '' : 's'}://127.0.0.1:${port}/subscribe`],
    transport: transportOf(scheme),
    pids: [nginx.pid],
    async [Symbol.asyncDispose]() {
      await bridge[Symbol.asyncDispose]()
      await nginx[Symbol.asyncDispose]()
    },
  }
}

function servers(
  port: number,
  publishPort: number,
  files: CertificateFiles | undefined,
  scheme: Scheme,
): string {
  const tls =
    files === undefined
      ? ''
      : `ssl_certificate ${files.keyStorePath}; ssl_certificate_key ${files.keyPath};`
  return `  server { listen 127.0.0.1:${publishPort};
    location = /publish { nchan_publisher http; nchan_channel_id x; nchan_message_buffer_length 1000; } }
  server { listen 127.0.0.1:${port} ${LISTENS[scheme]}backlog=4096 reuseport; ${tls}
    location = /subscribe { nchan_subscriber eventsource; nchan_channel_id x; nchan_subscriber_first_message newest; } }`
}
