import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import { stringify } from 'yaml'

import { LoadError } from '../../errors.ts'
import { sumOfGauge } from '../../lib/servers/sum-of-gauge.ts'
import { type Server, startServer } from '../../process/server.ts'
import { compileProxy, ROOT } from '../peers/compile-proxy.ts'
import { freePorts } from '../peers/peer.ts'
import type { Pair, PairOptions } from './pair.ts'
import { type RunningRedis, startRedis } from './redis.ts'

export interface TwoProxiesOptions extends PairOptions {
  /** Whether they share a log in Redis. Otherwise each has its own connection to the back end. */
  readonly isRow: boolean
}

type Ports = readonly (readonly [port: number, adminPort: number])[]

const READY_TIMEOUT_MS = 60_000
const POLL_MS = 20

let script: Promise<string> | undefined

/** Two proxies of this repository, compiled as users install them. */
export class TwoProxies implements Pair {
  readonly urls: readonly string[]
  readonly redis: RunningRedis | undefined
  readonly #options: TwoProxiesOptions
  readonly #ports: Ports
  readonly #servers: (Server | undefined)[] = []

  private constructor(options: TwoProxiesOptions, redis: RunningRedis | undefined, ports: Ports) {
    this.#options = options
    this.redis = redis
    this.#ports = ports
    this.urls = ports.map(([port]) => `http://127.0.0.1:${port}/`)
  }

  static async start(options: TwoProxiesOptions): Promise<TwoProxies> {
    const { isRow, scratchDir, signal } = options
    const redis = isRow ? await startRedis(scratchDir, signal) : undefined
    const [a = 0, b = 0, c = 0, d = 0] = await freePorts(4)
    const proxies = new TwoProxies(options, redis, [
      [a, b],
      [c, d],
    ])
    try {
      await Promise.all([proxies.startOne(0), proxies.startOne(1)])
      return proxies
    } catch (error) {
      await proxies[Symbol.asyncDispose]()
      throw error
    }
  }

  get pids(): readonly number[] {
    const proxies = this.#servers.flatMap((server) => server?.pid ?? [])
    return this.redis === undefined ? proxies : [...proxies, this.redis.pid]
  }

  async startOne(index: number): Promise<void> {
    const { scratchDir, signal } = this.#options
    script ??= compileProxy(ROOT, signal)
    const portFile = join(scratchDir, `proxy-${index}.port`)
    const configFile = join(scratchDir, `proxy-${index}.yaml`)
    await rm(portFile, { force: true })
    await writeFile(configFile, stringify(this.#configuration(index)), { mode: 0o600 })
    this.#servers[index] = await startServer({
      name: `proxy ${index}`,
      args: [await script, 'server', configFile, '--port-file', portFile],
      portFile,
      signal,
    })
    const deadlineMs = Date.now() + READY_TIMEOUT_MS
    while (!(await this.#isReady(index))) {
      if (Date.now() > deadlineMs)
        throw new LoadError('timeout', `proxy ${index} did not become ready`)
      await pause(POLL_MS, undefined, { signal })
    }
  }

  async kill(index: number): Promise<void> {
    const server = this.#servers[index]
    this.#servers[index] = undefined
    if (server?.pid !== undefined) process.kill(server.pid, 'SIGKILL')
    await server?.[Symbol.asyncDispose]()
  }

  /** The proxy that reads the back end for the row; waits until it is connected. */
  async victim(): Promise<number> {
    const { signal } = this.#options
    for (;;) {
      for (const index of this.#ports.keys()) {
        const term = await this.#gauge(index, 'sse_proxy_row_term')
        if (term > 0 && (await this.#gauge(index, 'sse_proxy_back_end_up')) > 0) return index
      }
      await pause(POLL_MS, undefined, { signal })
    }
  }

  clientsOf(index: number): Promise<number> {
    return this.#gauge(index, 'sse_proxy_clients')
  }

  /** Sum of a gauge of this proxy; 0 = it has none, or does not run. */
  async #gauge(index: number, name: string): Promise<number> {
    const url = `http://127.0.0.1:${this.#ports[index]?.[1]}/metrics/prometheus`
    const page = await fetch(url, { signal: this.#options.signal })
      .then((response) => response.text())
      .catch(() => '')
    return sumOfGauge(page, name) ?? 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) await server?.[Symbol.asyncDispose]()
    await this.redis?.[Symbol.asyncDispose]()
  }

  async #isReady(index: number): Promise<boolean> {
    const url = `http://127.0.0.1:${this.#ports[index]?.[1]}/ready`
    return await fetch(url, { signal: this.#options.signal }).then(
      ({ ok }) => ok,
      () => false,
    )
  }

  #configuration(index: number): object {
    const { originUrl, workers, leaseMs } = this.#options
    const [port, adminPort] = this.#ports[index] ?? []
    const engine = this.redis && { url: this.redis.url, name: 'row', leaseMs }
    return {
      server: {
        applicationConnectors: [{ type: 'http', port }],
        adminConnectors: [{ type: 'http', port: adminPort }],
      },
      backends: [{ uri: `${originUrl}/?ids` }],
      proxy: { ...(workers > 1 && { workers }), ...(engine && { engine }) },
    }
  }
}
