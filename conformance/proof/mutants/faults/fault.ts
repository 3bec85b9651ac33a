/** One fault, or one harmless difference, as data. */
export interface Fault<Points> {
  /** Stable: checks name it in `kills`. */
  readonly name: string
  /** What a proxy with this fault does. */
  readonly description: string
  /** Globs of the checks that it is tried on when it is harmless. Left out: all. */
  readonly only?: readonly string[] | undefined
  /** Created for each started proxy, so that counters are not shared. */
  readonly points: () => Points
}
