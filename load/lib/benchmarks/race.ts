/**
 * The steps that a benchmark runs with its clients. The benchmark sends the events and measures the
 * server meanwhile.
 */
export interface Race {
  readonly steps: readonly RaceStep[]
  /**
   * Events that half of the clients miss before they all reconnect at once, after the last step; 0
   * = no storm.
   */
  readonly missed: number
  /** Number of the first event. */
  readonly first: number
  /** New connections per second, of all shards. */
  readonly connectsPerSecond: number
}

export interface RaceStep {
  readonly name: string
  /** Never fewer than in the previous step. */
  readonly clients: number
  readonly events: number
  /** undefined = one event at a time, each after the previous one has reached all clients. */
  readonly perSecond: number | undefined
}

export function eventsOf({ steps, missed }: Race): number {
  return steps.reduce((sum, { events }) => sum + events, missed)
}
