import http from 'k6/http'

import { previousLinkOf } from './feed-links.ts'

/** A client that follows a change log by polling it. */
export interface ChangeLogClient {
  /** Polls once. Returns the delay of each new change, in ms. */
  poll(): Promise<readonly number[]>
  readonly requests: number
  readonly bytes: number
}

export interface ChangeLogOptions {
  readonly logUrl: string
  readonly authorization: string
  /**
   * Whether it polls the newest page again and again, or the URL of the `previous` link. [protocol
   * §1.5, §1.6]
   */
  readonly page: 'newest page' | 'previous'
  /**
   * Server that replaces the one in the log's URLs: scheme and host, without a slash at the end.
   */
  readonly via?: string | undefined
}

/** The title of a change contains its time. */
const MADE_AT = /made at (\d+)/g

export function createChangeLogClient(options: ChangeLogOptions): ChangeLogClient {
  const { logUrl, authorization, page, via } = options
  const rewritten = (pageUrl: string) => {
    return via === undefined ? pageUrl : pageUrl.replace(/^https?:\/\/[^/]+/, via)
  }
  let url = rewritten(logUrl)
  let latestMs = Date.now()
  let requests = 0
  let bytes = 0
  return {
    get requests() {
      return requests
    },
    get bytes() {
      return bytes
    },
    async poll() {
      const response = await http.asyncRequest('GET', url, null, {
        headers: { Authorization: authorization },
        tags: { name: 'poll' },
      })
      requests++
      const body = typeof response.body === 'string' ? response.body : ''
      if (response.status !== 200)
        throw new Error(`GET ${url}: got ${response.status} ${response.error}`)
      bytes += body.length
      if (page === 'previous') url = rewritten(previousLinkOf(body) ?? url)
      const seenMs = Date.now()
      const madeMs = [...body.matchAll(MADE_AT)].map(([, time]) => Number(time))
      const unseen = madeMs.filter((ms) => ms > latestMs)
      latestMs = Math.max(latestMs, ...unseen)
      return unseen.map((ms) => seenMs - ms)
    },
  }
}
