import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type RunningProgram, startProgram } from '../running-program.ts'
import { eventually } from './eventually.ts'
import { type Relay, startRelay } from './relay.ts'
import { StoreLogs } from './store-logs.ts'
import { StreamClient } from './stream-client.ts'

const STREAM = '/webservice/escenic/changelog/sse'
// An edit changes only logs that the store announces. The proxy moves its links with heartbeats.
const STORE_FLAGS = '--port 0 --inheriting-section-log section --heartbeat-ms 20'.split(' ')
const PROXY_SETTINGS = {
  resync: { mode: 'changelog', graceMs: 60, settleMs: 50, spreadMs: 0 },
  backEnd: { steadyMs: 20, reconnectFirstMs: 20, reconnectCapMs: 100 },
}
const LOOPBACK = [{ type: 'http', port: 0, bindHost: '127.0.0.1' }]

export type StopSignal = 'SIGKILL' | 'SIGTERM'

/** A store with a data folder, a relay, a proxy with a state file, and a client of the proxy. */
export class ResyncRig implements AsyncDisposable {
  readonly relay: Relay
  readonly client = new StreamClient()
  readonly logs: StoreLogs
  readonly #folder = mkdtempSync(join(tmpdir(), 'resync-'))
  readonly #storeFlags: readonly string[]
  #store: RunningProgram | undefined
  #proxy: RunningProgram | undefined

  private constructor(relay: Relay, hasEtags: boolean) {
    this.relay = relay
    this.logs = new StoreLogs(relay.url)
    this.#storeFlags = [
      ...STORE_FLAGS,
      '--data-dir',
      join(this.#folder, 'data'),
      '--public-url',
      relay.url,
      ...(hasEtags ? ['--log-etags'] : []),
    ]
    const file = {
      server: { applicationConnectors: LOOPBACK, adminConnectors: LOOPBACK },
      backends: [
        { uri: relay.url + STREAM, credentials: { username: 'user', password: 'password' } },
      ],
      proxy: {
        ...PROXY_SETTINGS,
        resync: { ...PROXY_SETTINGS.resync, stateFile: this.#stateFile },
      },
    }
    writeFileSync(this.#proxyFile, JSON.stringify(file))
  }

  /** `hasEtags` = whether the store gives its pages ETags. */
  static async start(hasEtags: boolean): Promise<ResyncRig> {
    const rig = new ResyncRig(await startRelay(), hasEtags)
    try {
      await rig.startStore()
      await rig.startProxy()
      await eventually('the proxy reads the stream', () => rig.relay.streams > 0)
    } catch (error) {
      await rig[Symbol.asyncDispose]()
      throw error
    }
    return rig
  }

  async startStore(): Promise<void> {
    this.#store = await startProgram('mock-server', this.#storeFlags)
    this.logs.storeUrl = this.#store.url
    this.relay.leadTo(this.#store.url)
  }

  async stopStore(signal: StopSignal): Promise<void> {
    await this.#store?.stop(signal)
  }

  /** Starts the proxy, and connects the client to it. */
  async startProxy(): Promise<void> {
    this.#proxy = await startProgram('proxy', ['server', this.#proxyFile])
    await this.client.connect(this.#proxy.url)
  }

  async stopProxy(signal: StopSignal): Promise<void> {
    await this.#proxy?.stop(signal)
  }

  /** Settles when the proxy has read all bytes that it had received. */
  async proxyHasRead(): Promise<void> {
    for (let turn = 0; turn < 2; turn += 1) await fetch(`${this.#proxy?.adminUrl}/ping`)
  }

  /** Whether the proxy has kept the newest link of each log, also for the run after it. */
  async isSettled(): Promise<boolean> {
    const kept = this.#kept()
    return [...(await this.logs.links()).values()].every((link) => kept.includes(`"${link}"`))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close()
    await this.#proxy?.stop('SIGKILL')
    await this.#store?.stop('SIGKILL')
    await this.relay[Symbol.asyncDispose]()
    rmSync(this.#folder, { recursive: true })
  }

  get #stateFile(): string {
    return join(this.#folder, 'state.json')
  }

  get #proxyFile(): string {
    return join(this.#folder, 'proxy.yaml')
  }

  #kept(): string {
    try {
      return readFileSync(this.#stateFile, 'utf8')
    } catch {
      return '' // It is written after the first event.
    }
  }
}
