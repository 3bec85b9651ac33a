import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import { treeOf } from '../../process/process-tree.ts'
import { type BridgeOptions, startBridge } from '../peers/bridge.ts'
import { freePorts } from '../peers/peer.ts'
import type { Pair, PairOptions } from './pair.ts'
import { type RunningRedis, startRedis } from './redis.ts'

export interface HubNode extends AsyncDisposable {
  readonly pid: number
}

export interface HubOptions {
  readonly hub: BridgeOptions['hub']
  /** Starts one server with an empty folder, and waits until it listens. */
  readonly startNode: (port: number, redis: RunningRedis, folder: string) => Promise<HubNode>
  /** Of a server with this address: where events are posted, and where clients connect. */
  readonly publishUrl: (address: string) => string
  readonly streamUrl: (address: string) => string
  readonly clientsAt: (address: string) => Promise<number>
}

const PUBLISHER = 2

/**
 * Three servers of a hub: two have clients and are killed in turn. Events are posted to the third
 * one, which is not killed.
 */
export class HubPair implements Pair {
  readonly redis: RunningRedis
  readonly urls: readonly string[]
  readonly #hub: HubOptions
  readonly #scratchDir: string
  readonly #ports: readonly number[]
  readonly #nodes: (HubNode | undefined)[] = []
  #bridge: AsyncDisposable | undefined
  #starts = 0
  #victim = 0

  private constructor(
    hub: HubOptions,
    scratchDir: string,
    redis: RunningRedis,
    ports: readonly number[],
  ) {
    this.#hub = hub
    this.#scratchDir = scratchDir
    this.redis = redis
    this.#ports = ports
    this.urls = [0, 1].map((index) => hub.streamUrl(this.#address(index)))
  }

  static async start(hub: HubOptions, options: PairOptions): Promise<HubPair> {
    const { originUrl, scratchDir, signal } = options
    const [bridgePort = 0, ...ports] = await freePorts(4)
    const redis = await startRedis(scratchDir, signal)
    const pair = new HubPair(hub, scratchDir, redis, ports)
    try {
      for (const index of ports.keys()) await pair.startOne(index)
      const publishUrl = hub.publishUrl(pair.#address(PUBLISHER))
      const bridge = { hub: hub.hub, publishUrl, port: bridgePort, originUrl, scratchDir, signal }
      pair.#bridge = await startBridge(bridge)
      return pair
    } catch (error) {
      await pair[Symbol.asyncDispose]()
      throw error
    }
  }

  get pids(): readonly number[] {
    return [...this.#nodes.flatMap((node) => node?.pid ?? []), this.redis.pid]
  }

  victim(): Promise<number> {
    this.#victim = 1 - this.#victim
    return Promise.resolve(this.#victim)
  }

  async startOne(index: number): Promise<void> {
    this.#starts += 1
    const folder = join(this.#scratchDir, `node-${this.#starts}`)
    await mkdir(folder)
    this.#nodes[index] = await this.#hub.startNode(this.#ports[index] ?? 0, this.redis, folder)
  }

  async kill(index: number): Promise<void> {
    const node = this.#nodes[index]
    if (node === undefined) return
    this.#nodes[index] = undefined
    for (const pid of await treeOf(node.pid)) process.kill(pid, 'SIGKILL')
    await node[Symbol.asyncDispose]()
  }

  clientsOf(index: number): Promise<number> {
    return this.#hub.clientsAt(this.#address(index))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bridge?.[Symbol.asyncDispose]()
    for (const node of this.#nodes) await node?.[Symbol.asyncDispose]()
    await this.redis[Symbol.asyncDispose]()
  }

  #address(index: number): string {
    return `http://127.0.0.1:${this.#ports[index]}`
  }
}
