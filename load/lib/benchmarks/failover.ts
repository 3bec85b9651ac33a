/** What the clients of `npm run bench -- row` do while its proxies are killed. */
export interface Failover {
  /** Events are numbered from 0. */
  readonly events: number
  /** New connections per second, of all shards. */
  readonly connectsPerSecond: number
  /** How long a client waits before it connects to the other proxy. */
  readonly reconnectMs: number
}
