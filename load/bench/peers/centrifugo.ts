import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { startBridge } from './bridge.ts'
import { builtGoProgram } from './go-program.ts'
import { type Contestant, freePorts, startServing } from './peer.ts'

const PROGRAM = { path: 'github.com/centrifugal/centrifugo/v6', version: 'v6.9.1' }

/** Centrifugo, a hub: its one-way event stream, which does not support `Last-Event-ID`. */
export const centrifugo: Contestant = {
  name: 'Centrifugo',
  source: 'events are posted',
  version: () => Promise.resolve(`${PROGRAM.path} ${PROGRAM.version}`),
  async start({ originUrl, scratchDir, signal }) {
    const command = await centrifugoProgram(signal)
    const [port = 0, bridgePort = 0] = await freePorts(2)
    const file = join(scratchDir, 'config.json')
    await writeFile(file, JSON.stringify(centrifugoConfiguration(port)))
    const hub = await startServing({
      name: 'Centrifugo',
      command,
      args: ['-c', file],
      port,
      install: 'its Go module is built',
      signal,
      scratchDir,
    })
    const bridge = await startBridge({
      hub: 'centrifugo',
      publishUrl: `http://127.0.0.1:${port}/api/publish`,
      port: bridgePort,
      originUrl,
      scratchDir,
      signal,
    })
    return {
      urls: [`http://127.0.0.1:${port}${streamPath()}`],
      pids: [hub.pid],
      async [Symbol.asyncDispose]() {
        await bridge[Symbol.asyncDispose]()
        await hub[Symbol.asyncDispose]()
      },
    }
  },
}

/** Path of the program, which is built on first use. */
export function centrifugoProgram(signal: AbortSignal): Promise<string> {
  return builtGoProgram(PROGRAM, signal)
}

/** Where clients read the events of the bridge. */
export function streamPath(): string {
  const connect = JSON.stringify({ subs: { changes: {} } })
  return `/connection/uni_sse?cf_connect=${encodeURIComponent(connect)}`
}

export function centrifugoConfiguration(port: number) {
  return {
    http_server: { address: '127.0.0.1', port: String(port) },
    uni_sse: { enabled: true },
    client: { insecure: true },
    http_api: { insecure: true },
    channel: {
      without_namespace: {
        allow_subscribe_for_client: true,
        history_size: 1000,
        history_ttl: '300s',
      },
    },
    log: { level: 'error' },
  }
}
