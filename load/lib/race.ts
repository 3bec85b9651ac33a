/** What `npm run bench -- peers` asks of its crowd. The benchmark makes the events, and measures the server between them. */
export interface Race {
  /** Numbers of clients, ascending. */
  readonly steps: readonly number[]
  /** Single events at each step. */
  readonly events: number
  /** Events that half of the clients miss before they return, all at once. */
  readonly missed: number
  /** Number of the first event. */
  readonly first: number
  /** New connections per second, of all parts. */
  readonly perSecond: number
}

export function stepName(clients: number): string {
  return `${clients} clients`
}
