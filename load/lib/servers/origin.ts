import http from 'k6/http'

/** The back end of `load/origin`, which numbers its events, for scripts. */
export interface Origin {
  /** Sends events and returns when each was sent, in ms since 1970 with decimals. */
  publish(batch: Batch): Promise<readonly number[]>
  streams(): number
}

interface Batch {
  /** Number of the first event. */
  readonly first: number
  readonly count: number
  readonly perSecond: number
  /** Size of the data of each event. Default 100. */
  readonly bytes?: number
}

/** How its events carry their number and the time of sending. */
export const ORIGIN_EVENTS = { pattern: '"n":(\\d+)', latencyField: 'at' } as const

export function createOrigin(baseUrl: string): Origin {
  return {
    async publish(batch) {
      const body = JSON.stringify(batch)
      const response = await http.asyncRequest('POST', `${baseUrl}/publish`, body, {
        timeout: '1h',
        tags: { name: 'publish' },
      })
      const sentMs: unknown = response.status === 200 ? response.json('sentMs') : undefined
      if (!Array.isArray(sentMs))
        throw new Error(`POST /publish: got ${response.status} ${response.error}`)
      return sentMs.map(Number)
    },
    streams() {
      const clients: unknown = http.get(`${baseUrl}/__mock/clients`).json('clients')
      if (!Array.isArray(clients))
        throw new Error('GET /__mock/clients: expected a list of clients')
      return clients.length
    },
  }
}
