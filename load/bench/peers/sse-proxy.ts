import { sumOfGauge } from '../../lib/servers/sum-of-gauge.ts'
import { startEnvironment } from '../../runner/environment.ts'
import type { Contestant, PeerCounters } from './peer.ts'

/** The proxy of this repository, started as `npm run load` does. */
export const sseProxy: Contestant = {
  name: 'sse-proxy',
  source: 'reads the stream',
  version: () => Promise.resolve('this repository'),
  async start({ originUrl, workers, signal }) {
    const environment = await startEnvironment({
      targets: undefined,
      proxies: 1,
      workers,
      backEnd: 'origin',
      startsLongPoll: false,
      store: originUrl,
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

async function readCounters(url: string, signal: AbortSignal): Promise<PeerCounters> {
  const page = await (await fetch(url, { signal })).text()
  return {
    framesPerWrite: sumOfGauge(page, 'sse_proxy_frames_per_write'),
    stallMs: sumOfGauge(page, 'sse_proxy_loop_delay_ms'),
  }
}
