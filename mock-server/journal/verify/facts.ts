import type { ConnectEntry, FrameEntry, RequestEntry } from '../entry.ts'
import { headersOf } from '../report-entry.ts'

/** What a request or a stream is selected by. */
export type Facts = Readonly<Record<string, string | number | undefined>>

/** What is asked of the facts: texts may hold `*`. What is undefined may be anything. */
export type Selector = Readonly<Record<string, string | number | undefined>>

/** The page of a change log that a URL names. */
interface LogPageName {
  /** Kind and id: `section/22`. */
  readonly log: string
  readonly page: 'newest' | 'before' | 'after'
}

const LOG_PAGE = /\/changelog\/([a-z]+)\/([^/]+)(?:\/(before|after)\/\d+)?$/
const DATA = /^data: (.*)$/gm

export function factsOfRequest(entry: RequestEntry): Facts {
  const { method, url, remoteAddress, response, headers } = entry
  const { host, 'user-agent': userAgent } = headersOf(headers)
  const path = url.split('?', 1)[0] ?? ''
  const page = logPageOf(path)
  return {
    method,
    path,
    status: response?.status,
    host,
    user: response?.user,
    userAgent,
    remoteAddress,
    // The path may name a publication where its event has the number.
    log: response?.page === undefined ? page?.log : logPageOf(response.page.log)?.log,
    page: page?.page,
  }
}

export function factsOfStream({ client }: ConnectEntry): Facts {
  const { stream, host, user, userAgent, remoteAddress } = client
  return {
    stream,
    host: host ?? undefined,
    user: user ?? undefined,
    userAgent: userAgent ?? undefined,
    remoteAddress,
  }
}

/** The logs that events announce, each once. */
export function announcedLogs({ kept, baseUrl }: FrameEntry): readonly string[] {
  const logs = new Set<string>()
  for (const [, data = ''] of kept.toString().matchAll(DATA)) {
    const page = data.startsWith(baseUrl) ? logPageOf(data.slice(baseUrl.length)) : undefined
    if (page !== undefined) logs.add(page.log)
  }
  return [...logs]
}

/** How the facts differ from what is asked: `path: expected "/a*", got "/b"`. */
export function differences(selector: Selector, facts: Facts): readonly string[] {
  return Object.entries(selector)
    .filter(([name, wanted]) => wanted !== undefined && !matches(wanted, facts[name]))
    .map(([name, wanted]) => `${name}: expected ${shown(wanted)}, got ${shown(facts[name])}`)
}

function matches(wanted: string | number, fact: string | number | undefined): boolean {
  if (typeof wanted === 'number' || typeof fact !== 'string') return wanted === fact
  const [start = '', ...parts] = wanted.split('*')
  const end = parts.pop()
  if (end === undefined) return wanted === fact
  if (!fact.startsWith(start) || !fact.endsWith(end)) return false
  let at = start.length
  for (const part of parts) {
    const found = fact.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return at <= fact.length - end.length
}

function logPageOf(path: string): LogPageName | undefined {
  const [, kind, id, page] = LOG_PAGE.exec(path) ?? []
  if (kind === undefined || id === undefined) return undefined
  return { log: `${kind}/${id}`, page: page === 'before' || page === 'after' ? page : 'newest' }
}

function shown(value: string | number | undefined): string {
  return value === undefined ? 'none' : JSON.stringify(value)
}
