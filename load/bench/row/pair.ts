import type { Peer } from '../peers/peer.ts'
import type { RunningRedis } from './redis.ts'

/** Two servers that share their events by Redis: a client of one may go to the other. */
export interface Pair extends Peer {
  readonly redis: RunningRedis | undefined
  /** Settles when events of the back end arrive, with the index of the server to kill next. */
  readonly victim: () => Promise<number>
  /** Ends this server without warning. */
  readonly kill: (index: number) => Promise<void>
  /** Starts this server again, and waits until it serves clients. */
  readonly startOne: (index: number) => Promise<void>
  /** Number of open streams of this server. */
  readonly clientsOf: (index: number) => Promise<number>
}

/** A product whose servers can share their events. */
export interface PairProduct {
  readonly name: string
  /** Throws `cannot-start` with what is missing. */
  readonly start: (options: PairOptions) => Promise<Pair>
}

export interface PairOptions {
  readonly originUrl: string
  /** Processes of each proxy, for servers that need several for all clients. */
  readonly workers: number
  readonly leaseMs: number
  readonly scratchDir: string
  readonly signal: AbortSignal
}
