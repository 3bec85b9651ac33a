/** The extension of `load/k6`: many event streams, read and judged in Go. No event crosses over to JavaScript. */
declare module 'k6/x/ssefleet' {
  export interface FleetOptions {
    /** Where the streams are, e.g. `http://127.0.0.1:9080/`. */
    readonly url: string
    /** Sent with each request, over the defaults `Accept`, `Cache-Control` and `User-Agent`. */
    readonly headers?: Readonly<Record<string, string>>
    /**
     * `http` (default): Go's HTTP client, one HTTP/1.1 connection for each stream. `http2`: streams share TLS connections.
     * `raw`: HTTP/1.1 on a bare connection, half the memory, no redirects.
     */
    readonly transport?: 'http' | 'http2' | 'raw'
    /** Whether a returning stream sends its `Last-Event-ID`. Default `auto`: if it has one. */
    readonly lastEventId?: 'auto' | 'never'
    /** How events are numbered. Without it they are only counted. */
    readonly sequence?: Sequence
    /**
     * Streams that end unasked return by themselves after this time, or the one that the server sets by `retry`. Default: they
     * do not, so that nothing hides a disconnect. `afterMs` is 3,000 by default.
     */
    readonly reconnect?: { readonly afterMs?: number }
    /** `advancing`: an event that leaves the last event id as it was is a fault. Default `any`. */
    readonly ids?: 'any' | 'advancing'
    /** A member of JSON data that holds the time of sending, in milliseconds since 1970 with decimals. */
    readonly latencyField?: string
    /** How many of its latest events each stream keeps for `capture`. Default 0. */
    readonly keepEvents?: number
    /** What the kernel may keep for a stream that is not read, in bytes, as SO_RCVBUF counts them. Default 0: as it likes, megabytes for a busy stream. */
    readonly receiveBufferBytes?: number
    /** From dialling to the head of the answer. Default 10,000. */
    readonly openTimeoutMs?: number
    /** An event that grows larger costs the stream its life. Default 1 MiB. */
    readonly maxEventBytes?: number
  }

  /** Consecutive numbers, found in the data of events. Each stream must see each of them once and in order. */
  export interface Sequence {
    /** Regular expression (RE2) with one group, the number. What does not match is counted and not judged. */
    readonly pattern: string
    /** The first number. What is lower is none of this sequence. */
    readonly from: number
    /** How many numbers there are, at most a million. What is higher is none of this sequence. */
    readonly count: number
  }

  export interface Pace {
    /** New connections per second. Default 1,000. */
    readonly perSecond?: number
  }

  export interface RampOptions extends Pace {
    /** The first number that these streams must see; for those that come later. Default: the sequence's. */
    readonly from?: number
  }

  export interface Opening {
    readonly opened: number
    readonly failed: number
    readonly tookMs: number
  }

  export interface Arrival {
    /** Streams that were waited for: all but those that are away. */
    readonly streams: number
    /** Streams that have not seen everything; what they lack stands in `stats().faults`. */
    readonly behind: number
    readonly tookMs: number
  }

  export interface Stats {
    readonly streams: number
    readonly open: number
    /** Open, and not reading. */
    readonly stalled: number
    /** Left because the script asked for it. */
    readonly away: number
    readonly failed: number
    /** Ended without being asked. */
    readonly lost: number
    readonly events: number
    /** Events that are none of the sequence. */
    readonly unnumbered: number
    readonly comments: number
    readonly bytes: number
    /** Numbers that were skipped when a later one arrived. */
    readonly gaps: number
    readonly duplicates: number
    /** Numbers that had been skipped and came after all. */
    readonly reordered: number
    /** Numbers that a returning stream can only have got by replay: others had seen them before it dialled. */
    readonly replayed: number
    /** Numbers skipped that have not come up to now. */
    readonly missing: number
    /** The last number of the stream that is furthest behind. */
    readonly lowest: number
    /** The highest number that any stream has seen. */
    readonly highest: number
    /** The first faults in words, at most 50. */
    readonly faults: readonly string[]
    readonly faultCount: number
    /** Times that streams have returned by themselves. */
    readonly reconnects: number
    readonly idFaults: number
    /** Number of events by their type, for those that have one. */
    readonly names: Readonly<Record<string, number>>
    /** In ms, of events that tell when they were sent; replayed ones are left out. */
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
    /** How many streams it has reached live. */
    readonly streams: number
    /** When it reached the first and the last of them, in ms since 1970 with decimals. */
    readonly firstMs: number
    readonly lastMs: number
  }

  export interface Transcript {
    readonly stream: number
    readonly state: string
    /** The number that is due. */
    readonly due: number
    readonly faulty: boolean
    readonly events: readonly {
      readonly atMs: number
      readonly name: string
      readonly id: string
      readonly data: string
    }[]
  }

  /** Created in a scenario's function, closed in its `finally`. Wrong arguments throw at once. */
  export class Fleet {
    constructor(options: FleetOptions)
    /** Adds streams. Over when each is open or has failed; none is tried twice. */
    ramp(count: number, options?: RampOptions): Promise<Opening>
    /**
     * Ends a fraction (over 0, up to 1) of the open streams, spread evenly; they stay away until `resume`. Resolves to how
     * many have left. `rst` resets the connections, `fin` (default) closes them.
     */
    drop(fraction: number, options?: { readonly how?: 'fin' | 'rst' }): Promise<number>
    /** Brings back all streams that are away, each with its own last event id. */
    resume(pace?: Pace): Promise<Opening>
    /**
     * Waits until all streams that are not away or stalled have seen everything up to this number, or nothing more can come, or the
     * time is over (default 30,000 ms). Never rejects for a stream that is behind: `behind` tells.
     */
    awaitSeq(number: number, options?: { readonly timeoutMs?: number }): Promise<Arrival>
    /** Lets a fraction of the open streams read no more. They are not waited for. Resolves to how many. */
    stall(fraction: number): Promise<number>
    /** Lets all stalled streams read on. Resolves to how many. */
    unstall(): Promise<number>
    /** The latest events of up to `count` streams, those with faults first; needs `keepEvents`. */
    capture(count: number): readonly Transcript[]
    /** For each number that has come: to how many streams, when first and last. */
    arrivals(): readonly NumberArrival[]
    /** Exact counts, at any time. */
    stats(): Stats
    /** Ends all streams and hands the last samples to k6. Nothing can be opened afterwards. */
    close(): Promise<void>
  }
}
