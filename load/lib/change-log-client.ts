import http from 'k6/http'

/** A client that follows a change log by asking for it. */
export interface ChangeLogClient {
  /** Asks once and returns how late each change was that it had not seen before, in ms. */
  poll(): Promise<readonly number[]>
  readonly requests: number
  readonly bytes: number
}

export interface ChangeLogOptions {
  readonly logUrl: string
  readonly authorization: string
  /** Whether it asks for the newest page again and again, or for what `previous` leads to. [protocol §1.5, §1.6] */
  readonly asking: 'newest page' | 'previous'
  /** Who is asked in place of the host of the log: scheme and host, without a slash at the end. */
  readonly via?: string | undefined
}

/** Changes tell in their titles when they were made. */
const MADE_AT = /made at (\d+)/g
const PREVIOUS = /<link [^>]*rel="previous"[^>]*>/

export function createChangeLogClient(options: ChangeLogOptions): ChangeLogClient {
  const { logUrl, authorization, asking, via } = options
  const reached = (pageUrl: string) => {
    return via === undefined ? pageUrl : pageUrl.replace(/^https?:\/\/[^/]+/, via)
  }
  let url = reached(logUrl)
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
      if (asking === 'previous') url = reached(previousOf(body) ?? url)
      const seenMs = Date.now()
      const madeMs = [...body.matchAll(MADE_AT)].map(([, time]) => Number(time))
      const fresh = madeMs.filter((ms) => ms > latestMs)
      latestMs = Math.max(latestMs, ...fresh)
      return fresh.map((ms) => seenMs - ms)
    },
  }
}

function previousOf(feed: string): string | undefined {
  const [link = ''] = PREVIOUS.exec(feed) ?? []
  return /href="([^"]*)"/.exec(link)?.[1]?.replaceAll('&amp;', '&')
}
