import type { SendHandle } from 'node:child_process'
import type { Socket } from 'node:net'

import type { ClientSocket } from '../fanout/client-socket.ts'
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'

import { BoundaryGuard, type CaughtException } from '../boundary-guard.ts'
import { type HandshakeFailure, HandshakeReport } from '../connector/handshake-report.ts'
import type { Connector } from '../config/connector.ts'
import type { AnnouncedUrls } from '../fanout/announced-urls.ts'
import type { FrameLog } from '../fanout/frame-log.ts'
import { Hub } from '../fanout/hub.ts'
import { Admission, type Refusals } from '../front/admission.ts'
import { endWithClient } from '../front/first-request.ts'
import { ipAddressOf } from '../front/ip-address.ts'
import type { StreamFacts } from '../fanout/stream-state.ts'
import { Cors } from '../front/cors.ts'
import { Front } from '../front/front.ts'
import type { FromQuota, ToQuota } from '../front/quota-messages.ts'
import { TrustedProxies } from '../front/trusted-proxies.ts'
import { ResponseHeads } from '../front/response-heads.ts'
import type { TlsServer } from '../tls/tls-server.ts'
import type { EndedStream } from '../log/ended-stream.ts'
import type { ClientProcesses } from './client-processes.ts'
import { clientCapacity } from './file-limit.ts'
import type { Load } from './load-report.ts'
import type { ClientConfig, ClientCounts, ReloadableSettings } from './messages.ts'
import type { SocketEnds } from './socket-table.ts'

export interface ClientSideOptions {
  readonly config: ClientConfig
  readonly log: FrameLog
  readonly announcedUrls: AnnouncedUrls | undefined
  /** See `HubOptions`. */
  readonly checkUrls?: (() => Promise<void>) | undefined
  /** Names of this proxy and of those before it, for clients that are proxies. */
  readonly chain: () => readonly string[]
  /** How far the log may be behind that of other processes; 0 = it is the only one. */
  readonly lagMs: number
  /**
   * How many processes share the limits, and the channel to their quota; default: this is the only
   * one.
   */
  readonly processes?: number
  readonly sendToQuota?: (message: ToQuota) => void
  /** A client was accepted or refused. */
  readonly onLoad?: (load: Load) => void
  /** A stream has ended; default: there is no request log. */
  readonly onStreamEnd?: ((stream: EndedStream) => void) | undefined
  /** An exception was caught and is to be logged. */
  readonly onException: (exception: CaughtException) => void
  /** A TLS handshake failed, which is to be logged. */
  readonly onHandshakeFailure: (failure: HandshakeFailure) => void
  readonly nowMs: () => number
}

const DELAY_RESOLUTION_MS = 10
const NS_PER_MS = 1e6

/** The half of the proxy that faces clients: it reads a log and writes to sockets. */
export class ClientSide implements ClientProcesses {
  readonly #guard: BoundaryGuard
  readonly #hub: Hub
  readonly #admission: Admission
  readonly #cors: Cors
  readonly #options: ClientSideOptions
  readonly #trustedProxies: TrustedProxies
  /** One per connector, in their order. They stay when they stop accepting. */
  readonly #fronts: Front[] = []
  readonly #handshakes: HandshakeReport
  readonly #sweeper: NodeJS.Timeout
  readonly #loopDelay: IntervalHistogram

  constructor(options: ClientSideOptions) {
    const { config, onException, onHandshakeFailure, nowMs } = options
    this.#options = options
    const { settings } = config
    this.#guard = new BoundaryGuard({ log: onException, nowMs })
    this.#trustedProxies = new TrustedProxies(settings.trustedProxies)
    this.#cors = new Cors(config.cors, settings.longPoll.enabled)
    this.#admission = new Admission({
      limits: settings.limits,
      capacity: clientCapacity(),
      processes: options.processes ?? 1,
      sendToQuota: options.sendToQuota ?? ignore,
    })
    this.#hub = new Hub({
      ...settings,
      ...options,
      guard: this.#guard,
      earlyId: settings.replay.earlyId,
      announceSpreadMs: settings.resync.spreadMs,
      random: Math.random,
    })
    this.#handshakes = new HandshakeReport(onHandshakeFailure, nowMs)
    this.#sweeper = setInterval(() => void this.#hub.sweep(), this.#hub.sweepMs)
    this.#loopDelay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS })
    this.#loopDelay.enable()
  }

  /** Call it for the connectors in their order, also after `stopAccepting`. */
  async listen(connector: Connector): Promise<number> {
    const index = this.listenerCount
    this.#fronts[index] ??= this.#createFront(connector)
    return await this.#fronts[index].listen(connector)
  }

  replaceCertificates(certificates: readonly (TlsServer | undefined)[]): void {
    for (const [index, tls] of certificates.entries()) {
      if (tls !== undefined) this.#fronts[index]?.replaceCertificate(tls)
    }
  }

  /** Descriptors of the listening sockets, in the order of the connectors. */
  get descriptors(): readonly (number | undefined)[] {
    return this.#fronts.map(({ descriptor }) => descriptor)
  }

  /** Connections that have sent no request yet. */
  get awaitingRequest(): number {
    return this.#fronts.reduce((sum, front) => sum + front.awaitingRequest, 0)
  }

  /** Its streams, for another process that takes them over. */
  get hub(): Hub {
    return this.#hub
  }

  /** The same as handles, which a process can be sent. */
  get handles(): readonly SendHandle[] {
    return this.#fronts.flatMap(({ handle }) => (handle === undefined ? [] : [handle]))
  }

  /** Counts the client of another process in the limits; `adopt` is to follow. */
  count(socket: Socket, facts: StreamFacts): void {
    if (socket.destroyed) return
    const address = ipAddressOf(facts.address) ?? facts.address
    this.#admission.take(address)
    socket.on('close', () => this.#admission.leave(address))
  }

  /** Continues the stream of another process's client. */
  adopt(socket: Socket, facts: StreamFacts, numbers: ArrayLike<number>): void {
    if (socket.destroyed) return
    endWithClient(socket)
    this.#hub.adopt(socket, facts, numbers)
    socket.resume()
  }

  reload({ cors, limits }: ReloadableSettings): void {
    this.#cors.replace(cors)
    this.#admission.limits = limits
  }

  /** Number of connectors at which clients are accepted. */
  get listenerCount(): number {
    return this.#fronts.filter((front) => front.isListening).length
  }

  /** Accepts no more clients until `listen` is called again. */
  stopAccepting(): void {
    for (const front of this.#fronts) front.stopAccepting()
  }

  get load(): Load {
    const { connections, isFull } = this.#admission
    return { clients: connections, isFull }
  }

  /** Handles a message of the connection quota. */
  receiveFromQuota(message: FromQuota): void {
    this.#guard.run('worker', () => this.#admission.receive(message))
  }

  disconnectVanished(gone: readonly SocketEnds[]): void {
    const ports = new Set(gone.map(({ remotePort }) => remotePort))
    const names = new Set(gone.map((ends) => nameOf(ends)))
    // The port alone rules out most sockets.
    const isGone = (socket: ClientSocket): boolean =>
      ports.has(socket.remotePort ?? 0) && names.has(nameOf(socket))
    void this.#guard.runAsync('timer', () => this.#hub.disconnectVanished(isGone))
  }

  refused(): Refusals {
    return this.#admission.refused
  }

  counts(): readonly ClientCounts[] {
    const loopDelayMs = Math.max(0, this.#loopDelay.max / NS_PER_MS - DELAY_RESOLUTION_MS)
    this.#loopDelay.reset()
    return [
      {
        clients: this.#hub.size,
        isAccepting: this.listenerCount > 0,
        hub: this.#hub.counts,
        refused: this.#admission.refused,
        handshakesFailed: this.#handshakes.counts,
        exceptions: this.#guard.counts,
        loopDelayMs,
        residentBytes: process.memoryUsage.rss(),
      },
    ]
  }

  endGradually(): void {
    this.stopAccepting()
    this.#hub.endGradually()
  }

  async close(withinMs: number): Promise<void> {
    clearInterval(this.#sweeper)
    this.#loopDelay.disable()
    for (const front of this.#fronts) front.close()
    await this.#hub.close(withinMs)
    await Promise.all(this.#fronts.map(async (front) => front.end(withinMs)))
  }

  #createFront(connector: Connector): Front {
    const { maxHeadBytes, idleMs, acceptQueue, sendsServer, sendsDate, admin } = connector
    const { config, chain, onLoad = ignore, nowMs } = this.#options
    const { settings } = config
    return new Front({
      ...settings,
      maxHeadBytes: maxHeadBytes ?? settings.maxHeadBytes,
      idleMs: idleMs ?? 0,
      acceptQueue,
      admin,
      guard: this.#guard,
      hub: this.#hub,
      cors: this.#cors,
      heads: new ResponseHeads({
        cors: this.#cors,
        chain,
        nowMs: Date.now,
        sendsServer: sendsServer ?? false,
        sendsDate: sendsDate ?? true,
      }),
      trustedProxies: this.#trustedProxies,
      admission: this.#admission,
      onAccept: () => onLoad(this.load),
      handshakes: this.#handshakes,
      nowMs,
    })
  }
}

/** A link-local address may have a zone, which is not compared. */
function nameOf({
  localAddress,
  localPort,
  remoteAddress,
  remotePort,
}: Partial<Pick<ClientSocket, keyof SocketEnds>>): string {
  const [local, remote] = [localAddress, remoteAddress].map((address) => address?.split('%')[0])
  return `${local} ${localPort} ${remote} ${remotePort}`
}

function ignore(): void {}
