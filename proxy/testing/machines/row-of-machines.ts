import { get } from 'node:http'
import { join } from 'node:path'

import { eventually } from '../deadline.ts'
import { NumberedBackEnd } from '../numbered-back-end.ts'
import { proxyFile } from '../proxy-file.ts'
import { type SpawnedProxy, spawnProxy } from '../spawn-proxy.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { type Machine, MachineNetwork } from './network.ts'
import { RedisMachine } from './redis-machine.ts'
import { startRelay } from './start-relay.ts'

const STORE_PORT = 8083
/** Waits that are short beside a lease. */
const BACK_END = {
  connectMs: 1000,
  headMs: 1000,
  // A back end that is silent is found dead about ten seconds later.
  keepAliveMs: 1000,
  reconnectFirstMs: 50,
  reconnectCapMs: 200,
  reconnectJitter: 0,
}

export interface RowOfMachinesOptions {
  readonly proxies: number
  readonly leaseMs: number
  readonly whenAway: 'wait' | 'own-connection'
}

/** A proxy on a machine of its own. Its clients are not: they reach it whatever the network does. */
export interface ProxyMachine {
  readonly machine: Machine
  readonly program: SpawnedProxy
  /** Where its clients connect: the path of a Unix socket. */
  readonly clients: string
  /** What the admin port answers. */
  readonly ask: (path: string) => Promise<string>
}

/** Redis, a store and the proxies of a row: each on a machine of its own. */
export class RowOfMachines implements AsyncDisposable {
  readonly redis: RedisMachine
  readonly store: Machine
  readonly backEnd: NumberedBackEnd
  readonly proxies: readonly ProxyMachine[]
  readonly #owned: readonly AsyncDisposable[]

  private constructor(
    { redis, store, backEnd }: Pick<RowOfMachines, 'redis' | 'store' | 'backEnd'>,
    proxies: readonly ProxyMachine[],
    owned: readonly AsyncDisposable[],
  ) {
    this.redis = redis
    this.store = store
    this.backEnd = backEnd
    this.proxies = proxies
    this.#owned = owned
  }

  static async start(options: RowOfMachinesOptions): Promise<RowOfMachines> {
    const owned: AsyncDisposable[] = []
    try {
      return await RowOfMachines.#start(options, owned)
    } catch (error) {
      await disposeAll(owned)
      throw error
    }
  }

  static async #start(
    { proxies: count, ...engine }: RowOfMachinesOptions,
    owned: AsyncDisposable[],
  ): Promise<RowOfMachines> {
    const own = <Owned extends AsyncDisposable>(one: Owned): Owned => {
      owned.push(one)
      return one
    }
    const network = own(new MachineNetwork())
    const redis = own(await RedisMachine.start(network.addMachine()))
    const backEnd = own(await NumberedBackEnd.start({ name: 'store', replays: true }))
    const store = network.addMachine()
    const host = store.address('store')
    const toPort = Number(new URL(backEnd.uri).port)
    own(await startRelay(store, { host, port: STORE_PORT, toPort }))
    const settings = {
      engine: { url: redis.url, name: 'newsroom', ...engine },
      backEnd: BACK_END,
    }
    const uri = `http://${host}:${STORE_PORT}/sse`
    const proxies = Array.from({ length: count }, () =>
      own(startProxy(network.addMachine(), uri, settings)),
    )
    for (const { program } of proxies) {
      await eventually('a proxy of the row listens', () => {
        if (program.child.exitCode !== null) throw new Error(`the proxy ended: ${program.stderr}`)
        return program.stdout.includes('listening on ')
      })
    }
    const row = new RowOfMachines({ redis, store, backEnd }, proxies, owned)
    await row.#begin()
    return row
  }

  /** From now on the row has an id of the back end to resume from, whichever proxy reads it. */
  async #begin(): Promise<void> {
    await eventually('the log has an event of the back end', async () => {
      this.backEnd.emit(1)
      const newest = ['XREVRANGE', '{newsroom}:log', '+', '-', 'COUNT', '1']
      return (await this.redis.command(...newest)).includes(`${this.backEnd.name}-`)
    })
  }

  /** Where clients connect. */
  get places(): readonly string[] {
    return this.proxies.map(({ clients }) => clients)
  }

  /** The proxy that reads the back end, once one does that is none of `others`. */
  async leader(...others: readonly ProxyMachine[]): Promise<ProxyMachine> {
    return await eventually('a proxy reads the back end', async () => {
      for (const proxy of this.proxies) {
        if (others.includes(proxy) || proxy.program.child.exitCode !== null) continue
        const metrics = await proxy.ask('/metrics/prometheus')
        const isConnected = /^sse_proxy_back_end_up\{.*\} 1$/m.test(metrics)
        if (isConnected && /^sse_proxy_row_term\{.*\} [1-9]/m.test(metrics)) return proxy
      }
      return undefined
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await disposeAll(this.#owned)
  }
}

async function disposeAll(owned: readonly AsyncDisposable[]): Promise<void> {
  for (const one of owned.toReversed()) await one[Symbol.asyncDispose]()
}

function startProxy(
  machine: Machine,
  uri: string,
  settings: object,
): ProxyMachine & AsyncDisposable {
  const folder = temporaryFolder('machine-')
  const clients = join(folder.path, 'clients.sock')
  const admin = join(folder.path, 'admin.sock')
  const file = proxyFile({
    backEnds: [uri],
    socket: { path: clients },
    adminSocket: { path: admin },
    settings,
  })
  const program = spawnProxy(['server', 'FILE'], { file, through: machine.command() })
  return {
    machine,
    program,
    clients,
    ask: async (path) => await textAt(admin, path),
    [Symbol.asyncDispose]: async () => {
      await program[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

async function textAt(socketPath: string, path: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const request = get({ socketPath, path, agent: false }, (response) => {
      let text = ''
      response.on('data', (bytes: Buffer) => (text += bytes.toString()))
      response.on('end', () => resolve(text))
      response.on('error', reject)
    })
    request.on('error', reject)
  })
}
