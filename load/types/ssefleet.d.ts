/**
 * The extension of `load/k6`: many event streams, read and judged in Go. No event crosses over to
 * JavaScript.
 */
declare module 'k6/x/ssefleet' {
  export interface FleetOptions {
    /** URL of the stream, e.g. `http://127.0.0.1:9080/`. */
    readonly url: string
    /**
     * Sent with each request; they override the defaults of `Accept`, `Cache-Control` and
     * `User-Agent`.
     */
    readonly headers?: Readonly<Record<string, string>>
    /**
     * `http` (default): Go's HTTP client, one HTTP/1.1 connection for each stream. `http2`: streams
     * share TLS connections. `raw`: HTTP/1.1 on a bare connection, half the memory, no redirects.
     */
    readonly transport?: 'http' | 'http2' | 'raw'
    /** Whether a reconnecting stream sends its `Last-Event-ID`. Default `auto`: if it has one. */
    readonly lastEventId?: 'auto' | 'never'
    /** How events are numbered. Without it they are only counted. */
    readonly sequence?: Sequence
    /**
     * Streams that end unexpectedly reconnect after this time, or after the server's `retry`.
     * Default: they do not, so that no disconnect is hidden. `afterMs` is 3,000 by default. With
     * `url` a stream connects to that URL and to the first one in turn.
     */
    readonly reconnect?: { readonly afterMs?: number; readonly url?: string }
    /** `advancing`: an event that does not change the last event id is a fault. Default `any`. */
    readonly ids?: 'any' | 'advancing'
    /** Property of JSON data with the time at which it was due, in milliseconds since 1970 with decimals. */
    readonly latencyField?: string
    /** How many of its latest events each stream keeps for `capture`. Default 0. */
    readonly keepEvents?: number
    /**
     * SO_RCVBUF: bytes that the kernel may buffer for a stream. Default 0: the kernel decides,
     * megabytes for a busy stream.
     */
    readonly receiveBufferBytes?: number
    /** Whether `sequences` and `longestSilenceMs` are recorded. Default false. */
    readonly observe?: boolean
    /** From connecting to the response head. Default 10,000. */
    readonly openTimeoutMs?: number
    /** A larger event ends its stream. Default 1 MiB. */
    readonly maxEventBytes?: number
  }

  /**
   * Consecutive numbers in the data of events. Each stream must receive each of them once and in
   * order.
   */
  export interface Sequence {
    /**
     * Regular expression (RE2) with one group, the number. Events that do not match are counted and
     * not judged.
     */
    readonly pattern: string
    /** The first number. Lower numbers are not part of the sequence. */
    readonly from: number
    /**
     * How many numbers there are, at most a million. Higher numbers are not part of the sequence.
     */
    readonly count: number
  }

  export interface Pace {
    /** New connections per second. Default 1,000. */
    readonly perSecond?: number
  }

  export interface RampOptions extends Pace {
    /**
     * The first number that these streams must receive, for streams that are added later. Default:
     * the sequence's.
     */
    readonly from?: number
  }

  export interface Opening {
    readonly opened: number
    readonly failed: number
    readonly tookMs: number
  }

  export interface Arrival {
    /** Expected streams: all except those that are away or stalled. */
    readonly streams: number
    /** Streams that have not received everything; `stats().faults` names the missing numbers. */
    readonly behind: number
    readonly tookMs: number
  }

  export interface Stats {
    readonly streams: number
    readonly open: number
    /** Open, and not reading. */
    readonly stalled: number
    /** Disconnected by the script. */
    readonly away: number
    readonly failed: number
    /** Ended unexpectedly. */
    readonly lost: number
    readonly events: number
    /** Events that are not part of the sequence. */
    readonly unnumbered: number
    readonly comments: number
    readonly bytes: number
    /** Numbers that were skipped when a later one arrived. */
    readonly gaps: number
    readonly duplicates: number
    /** Skipped numbers that arrived later. */
    readonly reordered: number
    /**
     * Numbers that a reconnected stream can only have received by replay: others had received them
     * before it connected.
     */
    readonly replayed: number
    /** Skipped numbers that have not arrived so far. */
    readonly missing: number
    /** The last number of the slowest stream. */
    readonly lowest: number
    /** The highest number that any stream has received. */
    readonly highest: number
    /** The first faults in words, at most 50. */
    readonly faults: readonly string[]
    readonly faultCount: number
    /** Number of automatic reconnects. */
    readonly reconnects: number
    readonly idFaults: number
    /** The longest time without a byte on a stream that is open; 0 without `observe`. */
    readonly longestSilenceMs: number
    /** Number of events by their type, for those that have one. */
    readonly names: Readonly<Record<string, number>>
    /** In ms, of events that contain the time at which they were due; without replayed events. */
    readonly latency: Latency
  }

  export interface Latency {
    readonly count: number
    readonly p50: number
    readonly p95: number
    readonly p99: number
    readonly max: number
    /** A histogram whose buckets are at most 1/32 wide; those of several fleets add up. */
    readonly buckets: readonly { readonly upToMicros: number; readonly count: number }[] | null
  }

  export interface NumberArrival {
    readonly number: number
    /** How many streams have received it live. */
    readonly streams: number
    /** When it reached the first and the last of them, in ms since 1970 with decimals. */
    readonly firstMs: number
    readonly lastMs: number
  }

  /** The events of all open streams, those with the same events in the same order together. */
  export interface Sequences {
    /** False: there were too many events, and later ones are not recorded. */
    readonly isWhole: boolean
    /** Types and data of events; long ones are replaced by a digest. */
    readonly contents: readonly string[]
    readonly groups: readonly {
      readonly streams: number
      /** Number of one of the streams. */
      readonly example: number
      readonly events: readonly {
        /** Index in `contents`. */
        readonly content: number
        /** When it reached the first and the last of the streams, in ms since 1970 with decimals. */
        readonly firstMs: number
        readonly lastMs: number
      }[]
    }[]
  }

  export interface Transcript {
    readonly stream: number
    readonly state: string
    /** The next number that is expected. */
    readonly due: number
    readonly faulty: boolean
    readonly events: readonly {
      readonly atMs: number
      readonly name: string
      readonly id: string
      readonly data: string
    }[]
  }

  /**
   * Create it in a scenario's function, and close it in its `finally`. Wrong arguments throw at
   * once.
   */
  export class Fleet {
    constructor(options: FleetOptions)
    /** Adds streams. Resolves when each is open or has failed; none is retried. */
    ramp(count: number, options?: RampOptions): Promise<Opening>
    /**
     * Disconnects a fraction (over 0, up to 1) of the open streams, distributed evenly; they stay
     * away until `resume`. Resolves to their number. `rst` resets the connections, `fin` (default)
     * closes them.
     */
    drop(fraction: number, options?: { readonly how?: 'fin' | 'rst' }): Promise<number>
    /** Reconnects all streams that are away, each with its own last event id. */
    resume(pace?: Pace): Promise<Opening>
    /**
     * Waits until all streams that are not away or stalled have received everything up to this
     * number, or no more can arrive, or the timeout expires (default 30,000 ms). Does not reject
     * when streams are behind: see `behind`.
     */
    awaitSeq(number: number, options?: { readonly timeoutMs?: number }): Promise<Arrival>
    /**
     * Stops a fraction of the open streams from reading. `awaitSeq` does not wait for them.
     * Resolves to their number.
     */
    stall(fraction: number): Promise<number>
    /** Resumes reading on all stalled streams. Resolves to their number. */
    unstall(): Promise<number>
    /**
     * The latest events of up to `count` streams, those with faults first; requires `keepEvents`.
     */
    capture(count: number): readonly Transcript[]
    /**
     * For each received number, from the given one on: the number of streams, and the first and last
     * arrival. Default: from the first.
     */
    arrivals(from?: number): readonly NumberArrival[]
    /** What the open streams have received; requires `observe`. */
    sequences(): Sequences
    /** Exact counts, at any time. */
    stats(): Stats
    /** Ends all streams and passes the last samples to k6. No stream can be opened afterwards. */
    close(): Promise<void>
  }
}
