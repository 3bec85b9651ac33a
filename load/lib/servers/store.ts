import { sleep } from 'k6'
import encoding from 'k6/encoding'
import http, { type RefinedResponse, type ResponseType } from 'k6/http'

import { publicationLogOf } from './feed-links.ts'

/**
 * A Mock Content Store for scripts. Changes use its web service, everything else uses `/__mock`.
 */
export interface Store {
  /** Value of the `Authorization` header for its web service. */
  readonly authorization: string
  /** Creates sections with consecutive ids and returns the first id. [protocol §7.4] */
  createSections(count: number): number
  /** Removes the sections that this object created, with their items. Never throws. */
  removeSections(): void
  /**
   * Makes one change in each of these sections, in order; each is answered before the next is sent.
   * [protocol §2.1] `dueMs` is when they should be made, in ms since 1970; default: now. The result
   * has when each of them was due.
   */
  publish(
    firstSection: number,
    count: number,
    dueMs?: number,
  ): { readonly published: number; readonly dueMs: readonly number[] }
  /** URL of the log with all changes of the publication. [protocol §1.2] */
  publicationLog(): string
  /**
   * Reads the list of change logs; `isAnswered` is 0 when there is no response within the given
   * time.
   */
  readFeed(timeoutMs: number): { readonly isAnswered: number; readonly tookMs: number }
  /**
   * Number of open streams. Returns when it is `expected`, or after the given time. [protocol §7.6]
   */
  streamsWithin(expected: number, timeoutMs: number): number
}

const PATH = '/webservice/escenic'

/**
 * `login` is `user:password`. Throws on an unexpected response, because later checks would be
 * meaningless.
 */
export function createStore(baseUrl: string, login: string): Store {
  const authorization = `Basic ${encoding.b64encode(login)}`
  const control = { headers: { 'Content-Type': 'application/json' }, tags: { name: 'control' } }
  const created: { readonly first: number; readonly count: number }[] = []
  const edit = {
    headers: { 'Content-Type': 'application/atom+xml', Authorization: authorization },
    tags: { name: 'publish' },
  }

  return {
    authorization,
    publicationLog() {
      const headers = { Authorization: authorization }
      const response = http.get(`${baseUrl}${PATH}/changelog`, { headers, tags: { name: 'feed' } })
      expectStatus(response, 200)
      const feed = typeof response.body === 'string' ? response.body : ''
      const log = publicationLogOf(feed)
      if (log === undefined) throw new Error("the list of change logs has no publication's log")
      return log
    },
    readFeed(timeoutMs) {
      const startedMs = Date.now()
      const { status } = http.get(`${baseUrl}${PATH}/changelog`, {
        timeout: timeoutMs,
        headers: { Authorization: authorization },
        tags: { name: 'feed' },
      })
      return { isAnswered: status === 200 ? 1 : 0, tookMs: Date.now() - startedMs }
    },
    createSections(count) {
      const response = http.post(`${baseUrl}/__mock/sections`, JSON.stringify({ count }), control)
      expectStatus(response, 201)
      const first: unknown = response.json('sections.0.id')
      const last: unknown = response.json(`sections.${count - 1}.id`)
      if (typeof first !== 'number' || typeof last !== 'number' || last !== first + count - 1) {
        const got = `${String(first)} to ${String(last)}`
        throw new Error(`expected ${count} sections with consecutive ids, got ${got}`)
      }
      created.push({ first, count })
      return first
    },
    removeSections() {
      for (const { first, count } of created.splice(0)) {
        const url = `${baseUrl}/__mock/sections/${first}?count=${count}`
        const { status } = http.del(url, null, control)
        // A run that has failed, or a store that was reset meanwhile, keeps its verdict.
        if (status !== 200)
          console.log(`the sections from ${first} on stay in the store: ${status}`)
      }
    },
    publish(firstSection, count, dueMs) {
      const due: number[] = []
      for (let section = firstSection; section < firstSection + count; section++) {
        const url = `${baseUrl}${PATH}/section/${section}/content-items`
        const madeMs = dueMs ?? Date.now()
        due.push(madeMs)
        expectStatus(http.post(url, entry(section, madeMs), edit), 201)
      }
      return { published: count, dueMs: due }
    },
    streamsWithin(expected, timeoutMs) {
      const deadlineMs = Date.now() + timeoutMs
      for (;;) {
        const response = http.get(`${baseUrl}/__mock/clients`, control)
        expectStatus(response, 200)
        const clients: unknown = response.json('clients')
        if (!Array.isArray(clients))
          throw new Error('GET /__mock/clients: expected a list of clients')
        if (clients.length === expected || Date.now() > deadlineMs) {
          return clients.length
        }
        sleep(0.1)
      }
    },
  }
}

function entry(section: number, madeMs: number): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    '<entry xmlns="http://www.w3.org/2005/Atom">' +
    `<title>Change in section ${section}, made at ${madeMs}</title>` +
    '</entry>'
  )
}

function expectStatus(response: RefinedResponse<ResponseType>, status: number): void {
  if (response.status === status) return
  const { method, url } = response.request
  const body = typeof response.body === 'string' ? response.body : ''
  const actual =
    response.error === '' ? `${response.status}: ${body.slice(0, 500)}` : response.error
  throw new Error(`${method} ${url}: expected status ${status}, got ${actual}`)
}
