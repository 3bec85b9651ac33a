import http from 'k6/http'

/** The back end of `load/origin`, which numbers its events, for scripts. */
export interface OriginClient {
  /** Sends events on a schedule. */
  publish(batch: Batch): Promise<Published>
  streams(): number
}

/** Times of events, in ms since 1970 with decimals. */
export interface Published {
  /** When each event was due, which it also contains. */
  readonly dueMs: readonly number[]
  readonly sentMs: readonly number[]
}

interface Batch {
  /** Number of the first event. */
  readonly first: number
  readonly count: number
  readonly perSecond: number
  /** When the first event is due, in ms since 1970. Default: when the origin gets the request. */
  readonly startMs?: number
  /** Size of the data of each event. Default 100. */
  readonly bytes?: number
}

/** How its events carry their number and the time at which they are due. */
export const ORIGIN_EVENTS = { pattern: '"n":(\\d+)', latencyField: 'at' } as const

export function createOrigin(baseUrl: string): OriginClient {
  return {
    async publish(batch) {
      const body = JSON.stringify(batch)
      const response = await http.asyncRequest('POST', `${baseUrl}/publish`, body, {
        timeout: '1h',
        tags: { name: 'publish' },
      })
      const timesOf = (name: string): readonly number[] => {
        const times: unknown = response.status === 200 ? response.json(name) : undefined
        if (Array.isArray(times)) return times.map(Number)
        throw new Error(`POST /publish: got ${response.status} ${response.error}`)
      }
      return { dueMs: timesOf('dueMs'), sentMs: timesOf('sentMs') }
    },
    streams() {
      const clients: unknown = http.get(`${baseUrl}/__mock/clients`).json('clients')
      if (!Array.isArray(clients))
        throw new Error('GET /__mock/clients: expected a list of clients')
      return clients.length
    },
  }
}
