import { resolve } from 'node:path'

import { sumOfGauge } from '../../lib/servers/sum-of-gauge.ts'
import { startEnvironment } from '../../runner/environment.ts'
import type { Contestant, PeerCounters } from './peer.ts'

/** The proxy of this repository, started as `npm run load` does. */
export const sseProxy = proxyOf('sse-proxy', undefined)

/** The proxy of another checkout of this repository, so that two versions race in one run. */
export function sseProxyAt(root: string): Contestant {
  return proxyOf(`sse-proxy at ${root}`, resolve(root))
}

function proxyOf(name: string, proxyRoot: string | undefined): Contestant {
  return {
    name,
    source: 'reads the stream',
    version: () => Promise.resolve(proxyRoot ?? 'this repository'),
    async start({ originUrl, workers, signal }) {
      const environment = await startEnvironment({
        targets: undefined,
        proxies: 1,
        proxyRoot,
        workers,
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
