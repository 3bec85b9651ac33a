import type { BoundaryGuard } from '../boundary-guard.ts'
import { ProxyError } from '../errors.ts'
import type { Backoff } from './backoff.ts'
import type { EventConnection } from './event-connection.ts'
import { FrameOverlap } from './frame-overlap.ts'
import type { RelayedEvents } from './relayed-events.ts'
import { StreamSplice } from './stream-splice.ts'
import { lost } from './trouble.ts'
import type { UpstreamEnd } from './upstream-end.ts'
import type { Upstream } from './upstream.ts'

export interface BackEndConnectionsOptions {
  /** A connection that is not started yet. It reports to `BackEnd`. */
  readonly newUpstream: () => Upstream
  /** A frame that no connection has brought before. */
  readonly onFrame: (bytes: Buffer) => void
  /** Events may have been lost on the connection that is replaced now. */
  readonly onPossibleLoss: () => void
  /** The current connection has ended, and there is no other one. */
  readonly onEnd: (end: UpstreamEnd) => void
  readonly onNotice: (message: string) => void
  readonly silenceMs: number
  readonly backoff: Backoff
  readonly guard: BoundaryGuard
}

/** Both connections are read for this long while one replaces the other. */
const OVERLAP_MS = 500
/** Afterwards the later of two connections has sent all that the earlier one had. */
const SPLICE_MS = 1000
/** Longest pause between attempts to replace another process's connection: it ends before long. */
const RETRY_MS = 2000
/** A back end that has sent this many comments sends heartbeats. */
const HEARTBEATS = 3

/**
 * The current connection to one back end, and for a short time a second one: a new connection
 * replaces a silent one, or that of another process. Each event comes once.
 */
export class BackEndConnections {
  readonly #options: BackEndConnectionsOptions
  /** The connection, or the attempt to open one. */
  #current: EventConnection | undefined
  /** The attempt to replace the current connection. */
  #replacement: Upstream | undefined
  /** The connection that was replaced, while it is still read. */
  #replaced: EventConnection | undefined
  #overlap: FrameOverlap | undefined
  /** The connection of another process, until this one has its own, and how the two are joined. */
  #relayed: RelayedEvents | undefined
  #splice: StreamSplice | undefined
  #retry: NodeJS.Timeout | undefined
  #overlapEnd: NodeJS.Timeout | undefined
  #spliceEnd: NodeJS.Timeout | undefined

  constructor(options: BackEndConnectionsOptions) {
    this.#options = options
  }

  /** When the current connection received its last byte; 0 = none yet. */
  get heardMs(): number {
    return this.#current?.heardMs ?? 0
  }

  /** Makes a new connection the current one. The caller starts it. */
  begin(): Upstream {
    clearTimeout(this.#retry)
    this.#endSplice()
    const upstream = this.#options.newUpstream()
    this.#current = upstream
    return upstream
  }

  /** Makes that of another process the current one. The caller replaces it. */
  beginWith(relayed: RelayedEvents): void {
    this.#current = relayed
    this.#relayed = relayed
    this.#splice = new StreamSplice()
  }

  /** A connection has opened. Returns whether it is the current one now; if not, it is ended. */
  opened(upstream: Upstream): boolean {
    if (upstream !== this.#replacement) return true
    if (this.#current?.isSilent === false) {
      this.#dropReplacement()
      return false
    }
    this.#switchTo(upstream)
    return true
  }

  /** A connection has received a frame. */
  receive(from: EventConnection, bytes: Buffer): void {
    const { onFrame } = this.#options
    if (this.#splice === undefined) {
      const isOld = from === this.#replaced
      if (this.#overlap?.isNew(isOld ? 'old' : 'new', bytes) !== false) onFrame(bytes)
    } else if (from === this.#relayed) {
      this.#splice.addEarlier(bytes)
      onFrame(bytes)
    } else {
      for (const fresh of this.#splice.addLater(bytes)) onFrame(fresh)
    }
  }

  /**
   * [protocol §4.6] Opens a second connection before it closes the silent one, so that no event is
   * lost between the two.
   */
  replace(silent: EventConnection): void {
    if (silent !== this.#current || this.#replacement !== undefined) return
    this.#replacement = this.#options.newUpstream()
    this.#replacement.start()
  }

  /** A connection has ended, or could not be opened. */
  ended(connection: EventConnection, end: UpstreamEnd): void {
    if (connection === this.#relayed) this.#join()
    if (connection === this.#replaced) {
      clearTimeout(this.#overlapEnd)
      this.#replaced = undefined
      this.#overlap = undefined
    } else if (connection === this.#replacement) {
      this.#replacement = undefined
      this.#afterFailedReplacement(end)
    } else if (connection === this.#current) {
      clearTimeout(this.#overlapEnd)
      this.#dropReplacement()
      this.#replaced?.end(end.error)
      this.#options.onEnd(end)
    }
  }

  /** Ends the current connection. */
  endCurrent(error: ProxyError): void {
    this.#current?.end(error)
  }

  /** Forgets all but the current connection, before `begin`. */
  forgetOthers(): void {
    this.#replacement = undefined
    this.#replaced = undefined
    this.#overlap = undefined
  }

  /** Ends all connections. */
  close(error: ProxyError): void {
    clearTimeout(this.#retry)
    clearTimeout(this.#spliceEnd)
    clearTimeout(this.#overlapEnd)
    for (const one of [this.#replacement, this.#replaced, this.#current]) one?.end(error)
  }

  #dropReplacement(): void {
    const replacement = this.#replacement
    this.#replacement = undefined
    replacement?.end(lost('the silent connection sends again'))
  }

  /** Replaces the silent connection, and decides whether events may have been lost on it. */
  #switchTo(replacement: Upstream): void {
    const { silenceMs, guard, onPossibleLoss } = this.#options
    const silent = this.#current
    this.#replaced?.end(lost('replaced'))
    this.#current = replacement
    this.#replacement = undefined
    this.#replaced = silent
    // The kernel closes a connection whose peer has vanished. These two signs mean that events were
    // lost in spite of that.
    const hasLostEvents = silent?.hasPartialFrame === true || (silent?.comments ?? 0) >= HEARTBEATS
    if (hasLostEvents) onPossibleLoss()
    this.#overlap = silent === this.#relayed ? undefined : new FrameOverlap()
    const endSilent = (): void => silent?.end(lost(`no byte within ${silenceMs} ms`))
    this.#overlapEnd = setTimeout(() => guard.run('timer', endSilent), OVERLAP_MS)
  }

  /** Ends a silent connection, too. Keeps that of another process, and tries again to replace it. */
  #afterFailedReplacement({ error, retryAfterMs }: UpstreamEnd): void {
    const { silenceMs, onNotice } = this.#options
    if (this.#current?.isSilent === false) return
    const relayed = this.#relayed
    if (relayed !== undefined && relayed === this.#current) {
      onNotice(`cannot connect beside the process before: ${error.message}`)
      this.#retryReplacing(relayed)
      return
    }
    const message = `no byte within ${silenceMs} ms, and no new connection: ${error.message}`
    this.#current?.end(new ProxyError(error.code, message), retryAfterMs)
  }

  #retryReplacing(relayed: RelayedEvents): void {
    const { backoff, guard } = this.#options
    const again = (): void => {
      if (this.#relayed === relayed && this.#current === relayed) this.replace(relayed)
    }
    const waitMs = Math.min(backoff.nextMs(), RETRY_MS)
    this.#retry = setTimeout(() => guard.run('timer', again), waitMs)
  }

  /** The other process has sent everything, and no more than that comes from it. */
  #join(): void {
    const splice = this.#splice
    this.#relayed = undefined
    if (splice === undefined) return
    const { guard, onFrame } = this.#options
    for (const fresh of splice.endEarlier()) onFrame(fresh)
    this.#spliceEnd = setTimeout(() => guard.run('timer', () => this.#endSplice()), SPLICE_MS)
  }

  /** What the own connection has held is new, unless the other process still sends it. */
  #endSplice(): void {
    const splice = this.#splice
    this.#splice = undefined
    if (this.#relayed !== undefined) return
    for (const fresh of splice?.join() ?? []) this.#options.onFrame(fresh)
  }
}
