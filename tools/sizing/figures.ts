/**
 * What one proxy and one Redis cost. Measured on two cores over loopback, where both ends of a
 * connection share the processor: docs/performance.md, sections `proxy` and `row`.
 */
export const FIGURES = {
  /** Processor time of one event to one client, for events that come one at a time: 10 to 15. */
  deliveryMicros: 12,
  /** Memory of one client over http: 6 KiB in the proxy, the rest in the kernel. */
  clientBytes: 16 * 1024,
  /** Memory of a proxy without clients, with its log and its copy of the shared log. */
  proxyBytes: 300 * 1024 * 1024,
  /** Processor time of Redis for one event and one proxy of the row. */
  engineMicros: 260,
  /** From an event at the reader until Redis has it on its disk. */
  appendMs: 5,
  /** Bytes of one event with its fields on the way to one client. */
  eventBytes: 200,
} as const

/** The machines of a table: what an operator chooses. */
export interface Machine {
  readonly cores: number
  readonly memoryGiB: number
  /** Open files of one process. */
  readonly files: number
}

/** Part of the processor time and memory of a machine that is used at most. */
export const HEADROOM = 0.5
