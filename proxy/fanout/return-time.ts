const EARLIEST_MS = 1000

/** After how long one of many clients reconnects: one second, and a random part of this time. */
export function randomReturnMs(spreadMs: number, random: () => number): number {
  return Math.round(EARLIEST_MS + random() * spreadMs)
}
