import { setStage } from '../../runner/stage.ts'
import type { Contestant } from './peer.ts'

/** The proxy of this repository, started as `npm run load` does. */
export const sseProxy: Contestant = {
  name: 'sse-proxy',
  source: 'reads the stream',
  version: () => Promise.resolve('this repository'),
  async start({ originUrl, workers, signal }) {
    const stage = await setStage({
      target: undefined,
      proxies: 1,
      workers,
      backEnd: 'origin',
      store: originUrl,
      storePort: 0,
      login: 'user:password',
      signal,
      say: () => {},
    })
    const [url = ''] = stage.targets
    const [server] = stage.servers
    return {
      url,
      pid: server?.pid ?? 0,
      [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
    }
  },
}
