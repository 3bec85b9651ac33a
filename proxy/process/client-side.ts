import type { Config } from '../config/config.ts'
import type { FrameLog } from '../fanout/frame-log.ts'
import { Hub } from '../fanout/hub.ts'
import type { Pointers } from '../fanout/pointers.ts'
import { Admission } from '../front/admission.ts'
import { Cors } from '../front/cors.ts'
import { Front } from '../front/front.ts'
import { ResponseHeads } from '../front/response-heads.ts'

export interface ClientSideOptions {
  readonly config: Config
  readonly log: FrameLog
  readonly pointers: Pointers | undefined
  /** Most clients that this process can hold. */
  readonly capacity: number
  /** Names of this proxy and of those before it, for clients that are proxies. */
  readonly chain: () => readonly string[]
  readonly nowMs: () => number
}

/** The half of the proxy that clients see: it reads a log and writes to sockets, wherever the log is fed from. */
export class ClientSide {
  readonly hub: Hub
  readonly admission: Admission
  readonly #front: Front
  readonly #sweeper: NodeJS.Timeout

  constructor(options: ClientSideOptions) {
    const { config, log, pointers, capacity, chain, nowMs } = options
    const { settings } = config
    const cors = new Cors(config.cors)
    this.admission = new Admission(settings.limits, capacity)
    this.hub = new Hub({
      ...settings,
      log,
      pointers,
      announceSpreadMs: settings.resync.spreadMs,
      nowMs,
      random: Math.random,
    })
    this.#front = new Front({
      ...settings,
      hub: this.hub,
      cors,
      heads: new ResponseHeads({ cors, chain, nowMs: Date.now }),
      admission: this.admission,
      whenFull: settings.limits.whenFull,
    })
    this.#sweeper = setInterval(() => void this.hub.sweep(), this.hub.sweepMs)
  }

  /** Accepts clients at this address; answers the port. Throws `cannot-listen`. */
  async listen(host: string, port: number): Promise<number> {
    return await this.#front.listen(host, port)
  }

  /** Accepts no more and ends every stream; settles within this time. */
  async close(withinMs: number): Promise<void> {
    clearInterval(this.#sweeper)
    this.#front.close()
    await this.hub.close(withinMs)
  }
}
