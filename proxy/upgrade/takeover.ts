import type { Logger } from 'pino'

import type { BoundaryGuard } from '../boundary-guard.ts'
import type { Config } from '../config/config.ts'
import type { BackEndEstate } from '../process/back-end-handover.ts'
import type { BackEndSide } from '../process/back-end-side.ts'
import type { ClientProcesses } from '../process/client-processes.ts'
import { ClientSide } from '../process/client-side.ts'
import { unlessStopped } from '../unless-stopped.ts'
import { type Arriving, ArrivingHere } from './arriving.ts'
import { expectBackEnds, expectSameIds, expectSameProcesses } from './fitness.ts'
import type { Heritage } from './heritage.ts'
import { failed } from './successor-process.ts'

export interface TakeoverOptions {
  readonly heritage: Heritage
  readonly config: Config
  readonly source: BackEndSide
  readonly clients: ClientProcesses
  /** Ends each wait with `stopped`. */
  readonly stop: AbortSignal
  readonly guard: BoundaryGuard
  readonly logger: Logger
  readonly nowMs: () => number
}

/**
 * The steps by which this process takes the place of the one before: `prepare` leaves everything to
 * that one, and `complete` moves clients and back ends. The connectors listen in between.
 */
export class Takeover {
  readonly #options: TakeoverOptions
  readonly #clients: Arriving
  #estate: BackEndEstate | undefined

  private constructor(options: TakeoverOptions, clients: Arriving) {
    this.#options = options
    this.#clients = clients
  }

  /** Throws `upgrade-failed` if clients cannot continue with this configuration. */
  static async begin(options: TakeoverOptions): Promise<Takeover> {
    const clients = await arrivingAt(options.clients)
    expectSameProcesses(clients.processes, options.heritage.hello)
    expectSameIds(options.config, options.heritage.hello)
    return new Takeover(options, clients)
  }

  /** Copies log and sockets, once it is sure that the back ends accept this configuration. */
  async prepare(): Promise<void> {
    this.#estate = await unlessStopped(this.#options.stop, this.#copy())
  }

  /** Serves the clients, and connects to the back ends in place of the process before. */
  async complete(): Promise<void> {
    const { heritage, source, stop, logger } = this.#options
    if (this.#estate === undefined) throw new TypeError('prepare comes first')
    const moved = await unlessStopped(stop, heritage.takeOver())
    source.takeOver(this.#estate, heritage.relayed)
    this.#clients.learn(source.announcedUrls?.all() ?? [])
    logger.info({ from: heritage.hello.pid, moved }, `clients taken over: ${moved}`)
  }

  async #copy(): Promise<BackEndEstate> {
    const { heritage, config, source, guard, nowMs } = this.#options
    await expectBackEnds({ config, hello: heritage.hello, guard, nowMs })
    return await heritage.copy({ log: source.log, clients: this.#clients, guard, nowMs })
  }
}

async function arrivingAt(clients: ClientProcesses): Promise<Arriving> {
  if (clients instanceof ClientSide) return new ArrivingHere(clients)
  const { ArrivingPool } = await import('./arriving-pool.ts')
  const { WorkerPool } = await import('../process/worker-pool.ts')
  if (clients instanceof WorkerPool) return new ArrivingPool(clients)
  throw failed('unknown processes serve the clients')
}
