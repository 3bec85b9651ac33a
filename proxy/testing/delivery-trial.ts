import { eventually } from './deadline.ts'
import { DeliveryOracle } from './delivery-oracle.ts'
import { NumberedBackEnd } from './numbered-back-end.ts'
import { type Told } from './numbered-events.ts'
import { proxyFile } from './proxy-file.ts'
import { ReturningClient } from './returning-client.ts'
import { type SpawnedProxy, spawnProxy } from './spawn-proxy.ts'
import { isAlive, workersOf } from './workers.ts'

/**
 * A fault or action of a proxy with workers, its back ends or its clients. Numbers select one of
 * those that exist.
 */
export type TrialStep =
  | { readonly kind: 'emit'; readonly backEnd: number; readonly count: number }
  /** More bytes than the log keeps. */
  | { readonly kind: 'burst'; readonly backEnd: number }
  | { readonly kind: 'restart back end'; readonly backEnd: number; readonly eventsAway: number }
  | { readonly kind: 'come'; readonly client: number }
  | { readonly kind: 'leave'; readonly client: number; readonly how: 'end' | 'reset' }
  | { readonly kind: 'stall' | 'go on'; readonly client: number }
  | { readonly kind: 'kill worker'; readonly worker: number }

interface Party {
  readonly client: ReturningClient
  readonly oracle: DeliveryOracle
}

const CLIENTS = 5
const BURST = { count: 12, bytes: 200_000 }
const SETTLE_MS = 30_000
const MARK_EVERY_MS = 500
/** A log smaller than a burst or an outage, and short waits for a quick trial. */
const SETTINGS = {
  workers: 2,
  heartbeatMs: 300,
  stallMs: 1000,
  resync: { spreadMs: 200 },
  longPoll: { enabled: true, holdMs: 400, quietMs: 40, maxBytes: 300_000 },
  backEnd: { reconnectFirstMs: 30, reconnectCapMs: 100, reconnectJitter: 0 },
}
const LOG = { maxFrames: 60, maxBytes: 1_500_000 }

/** Real processes and sockets, and an oracle for each client that checks what it receives. */
export class DeliveryTrial implements AsyncDisposable {
  readonly #backEnds: readonly NumberedBackEnd[]
  readonly #proxy: SpawnedProxy
  readonly #port: number
  /** By the number of the client. The first one always stays connected and reads. */
  readonly #parties = new Map<number, Party>()

  private constructor(backEnds: readonly NumberedBackEnd[], proxy: SpawnedProxy, port: number) {
    this.#backEnds = backEnds
    this.#proxy = proxy
    this.#port = port
  }

  /** With ids of the proxy there are two back ends. One of them loses the events of its outages. */
  static async start(ids: 'proxy' | 'upstream'): Promise<DeliveryTrial> {
    const backEnds = [await NumberedBackEnd.start({ name: 'lasting', replays: true })]
    if (ids === 'proxy')
      backEnds.push(await NumberedBackEnd.start({ name: 'losing', replays: false }))
    const settings = { ...SETTINGS, replay: { ...LOG, ids } }
    const proxy = spawnProxy(['server', 'FILE'], {
      file: proxyFile({ backEnds: backEnds.map(({ uri }) => uri), settings }),
    })
    const trial = new DeliveryTrial(backEnds, proxy, await proxy.port())
    await Promise.all(backEnds.map(async (backEnd) => await backEnd.connected()))
    await trial.#come(0)
    // From now on all clients have an id to resume from, also if the back end gives the ids.
    await trial.#settle([0])
    return trial
  }

  async take(step: TrialStep): Promise<void> {
    switch (step.kind) {
      case 'emit':
        this.#backEnd(step.backEnd).emit(step.count)
        break
      case 'burst':
        this.#backEnd(step.backEnd).emit(BURST.count, BURST.bytes)
        break
      case 'restart back end':
        // No event that it has sent may be lost.
        await this.#settle([0])
        await this.#backEnd(step.backEnd).restart(step.eventsAway)
        break
      case 'come':
        await this.#come(1 + (step.client % (CLIENTS - 1)))
        break
      case 'leave':
        this.#client(step.client)?.leave(step.how)
        break
      case 'stall':
        this.#client(step.client)?.stall()
        break
      case 'go on':
        this.#client(step.client)?.goOn()
        break
      case 'kill worker':
        this.#killWorker(step.worker)
    }
  }

  /**
   * Disconnects a client while more is sent than the log keeps: it gets a gap event when it
   * reconnects.
   */
  async evictClient(): Promise<void> {
    await this.#come(1)
    const client = this.#parties.get(1)?.client
    client?.goOn()
    await this.#settle([0, 1])
    client?.leave('end')
    // Until every worker has them, the log may hold twice its limit.
    for (let burst = 0; burst < 2; burst += 1) this.#backEnd(0).emit(BURST.count, BURST.bytes)
    await this.#settle([0])
  }

  /** Reconnects all clients, and returns the faults that clients and back ends have seen. */
  async faults(): Promise<readonly string[]> {
    for (const { client } of this.#parties.values()) {
      client.goOn()
      if (client.isAway) await client.come()
    }
    await this.#settle([...this.#parties.keys()])
    const ofClients = [...this.#parties].flatMap(([number, { oracle }]) =>
      oracle.faults(this.#told()).map((fault) => `client ${number}: ${fault}`),
    )
    const ofBackEnds = this.#backEnds.flatMap(({ name, mostOpen }) =>
      mostOpen === 1 ? [] : [`${name}: ${mostOpen} connections at once`],
    )
    return [...ofClients, ...ofBackEnds]
  }

  /** Number of gap events of all clients. */
  get gaps(): number {
    return [...this.#parties.values()].reduce((sum, { oracle }) => sum + oracle.gaps, 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { client } of this.#parties.values()) await client[Symbol.asyncDispose]()
    await this.#proxy[Symbol.asyncDispose]()
    for (const backEnd of this.#backEnds) await backEnd[Symbol.asyncDispose]()
  }

  async #come(number: number): Promise<void> {
    const known = this.#parties.get(number)
    if (known !== undefined) {
      if (known.client.isAway) await known.client.come()
      return
    }
    if (number !== 0) await this.#settle([0])
    const lasts = [...this.#told()].map(([name, { last }]) => [name, last] as const)
    const oracle = new DeliveryOracle(new Map(lasts))
    const reading = number % 2 === 0 ? 'stream' : 'long polls'
    const client = new ReturningClient([this.#port], reading, (event) => oracle.take(event))
    this.#parties.set(number, { client, oracle })
    await client.come()
  }

  #killWorker(choice: number): void {
    const alive = workersOf(this.#proxy).filter(isAlive)
    const pid = alive[choice % alive.length]
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  }

  /**
   * Waits until these clients have received all events. A client with a gap event gets nothing more
   * until the next event, so further events are sent repeatedly.
   */
  async #settle(numbers: readonly number[]): Promise<void> {
    const behind = (): readonly string[] =>
      [...this.#told()].flatMap(([name, told]) =>
        numbers
          .filter((number) => this.#parties.get(number)?.oracle.isUpTo(name, told) !== true)
          .map((number) => `client ${number} is behind ${name} ${told.last}`),
      )
    let markedMs = -MARK_EVERY_MS
    try {
      await eventually(
        'all have what was told',
        () => {
          if (performance.now() - markedMs > MARK_EVERY_MS) {
            for (const backEnd of this.#backEnds) backEnd.emit(1)
            markedMs = performance.now()
          }
          return behind().length === 0
        },
        SETTLE_MS,
      )
    } catch (error) {
      throw new Error(`${behind().join(', ')}\n${this.#proxy.stderr}`, { cause: error })
    }
  }

  #told(): ReadonlyMap<string, Told> {
    return new Map(this.#backEnds.map(({ name, told }) => [name, told]))
  }

  #backEnd(choice: number): NumberedBackEnd {
    const backEnd = this.#backEnds[choice % this.#backEnds.length]
    if (backEnd === undefined) throw new Error('there is no back end')
    return backEnd
  }

  /** One of the connected clients, never the first one. */
  #client(choice: number): ReturningClient | undefined {
    const present = [...this.#parties]
      .filter(([number, { client }]) => number !== 0 && !client.isAway)
      .map(([, { client }]) => client)
    return present[choice % present.length]
  }
}
