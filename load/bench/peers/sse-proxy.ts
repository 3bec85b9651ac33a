import { resolve } from 'node:path'

import { sumOfGauge } from '../../lib/servers/sum-of-gauge.ts'
import { startEnvironment } from '../../runner/environment.ts'
import { createCertificate } from './certificate.ts'
import { compileProxy, ROOT } from './compile-proxy.ts'
import { type Contestant, type PeerCounters } from './peer.ts'
import { type Scheme, SUFFIXES, transportOf } from './scheme.ts'

/** As in `packaging/systemd/sse-proxy.service`. */
const MEMORY_VARIABLES = { NODE_OPTIONS: '--max-semi-space-size=2', MALLOC_TOP_PAD_: '0' }

/** The proxy of this repository, compiled as users install it. */
export const sseProxy = sseProxyBy('http')

/** The same, on a connector of this type. */
export function sseProxyBy(type: Scheme): Contestant {
  return proxyOf(`sse-proxy${SUFFIXES[type]}`, ROOT, type)
}

/** The proxy of another checkout of this repository, so that two versions race in one run. */
export function sseProxyAt(root: string): Contestant {
  return proxyOf(`sse-proxy at ${root}`, resolve(root), 'http')
}

function proxyOf(name: string, root: string, type: Scheme): Contestant {
  let compiled: Promise<string> | undefined
  return {
    name,
    source: 'reads the stream',
    version: () => Promise.resolve(root === ROOT ? 'this repository' : root),
    async start({ originUrl, workers, scratchDir, signal }) {
      compiled ??= compileProxy(root, signal)
      const connector =
        type === 'http' ? undefined : { type, ...(await createCertificate(scratchDir, signal)) }
      const environment = await startEnvironment({
        targets: undefined,
        proxies: 1,
        proxyScript: await compiled,
        workers,
        connector,
        proxyVariables: MEMORY_VARIABLES,
        backEnd: 'origin',
        startsLongPoll: false,
        store: originUrl,
        storeHost: '127.0.0.1',
        storePort: 0,
        login: 'user:password',
        signal,
        log: () => {},
      })
      const [metricsUrl = ''] = environment.metrics
      return {
        urls: environment.targets,
        transport: transportOf(type),
        pids: environment.servers.map(({ pid }) => pid ?? 0),
        readCounters: () => readCounters(metricsUrl, signal),
        [Symbol.asyncDispose]: () => environment[Symbol.asyncDispose](),
      }
    },
  }
}

async function readCounters(url: string, signal: AbortSignal): Promise<PeerCounters> {
  const page = await (await fetch(url, { signal })).text()
  return {
    framesPerWrite: sumOfGauge(page, 'sse_proxy_frames_per_write'),
    stallMs: sumOfGauge(page, 'sse_proxy_loop_delay_ms'),
  }
}
