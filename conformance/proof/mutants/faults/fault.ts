/** One way to be wrong, or harmlessly different, as data. */
export interface Fault<Points> {
  /** Stable; checks name it as what they catch. */
  readonly name: string
  /** What a proxy with this fault does. */
  readonly description: string
  /** Made anew for each started proxy, so that counters are not shared. */
  readonly points: () => Points
}
