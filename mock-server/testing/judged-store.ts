import request from 'supertest'

import type { Expectation, VerifyAnswer } from '../journal/verify/expectation.ts'
import type { MockContentStore, MockContentStoreOptions } from '../start.ts'
import { serveStore, TEST_LOGIN } from './serve-store.ts'
import { StreamReader } from './stream-reader.ts'
import { until } from './until.ts'

export const CHANGELOG = '/webservice/escenic/changelog'

/** A store with a frozen clock whose journal is asked what happened. */
export class JudgedStore {
  readonly store: MockContentStore

  private constructor(store: MockContentStore) {
    this.store = store
  }

  static async start(options: MockContentStoreOptions = {}): Promise<JudgedStore> {
    const clock = { frozen: true }
    return new JudgedStore(await serveStore({ clock, announce: ['section'], ...options }))
  }

  /** Back to the start, once no request is open. */
  async reset(): Promise<void> {
    const { control } = this.store
    control.closeStreams()
    await until(() => control.info().workers.busy === 0, 'no request is open')
    control.reset()
  }

  verify(...expectations: readonly Expectation[]): VerifyAnswer {
    return this.store.control.journal.verify({ expect: [...expectations] })
  }

  /** Verdict, message and reasons of the near misses of one expectation. */
  verdictOf(expectation: Expectation) {
    const [result] = this.verify(expectation).results
    const why = result?.nearMisses.map((miss) => miss.why.join('; '))
    return { verdict: result?.verdict, message: result?.message, why }
  }

  /** Requests a path as the user agent `client`. */
  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    const answer = await request(this.store.url)
      .get(path)
      .auth(...TEST_LOGIN)
      .set('User-Agent', 'client')
      .set(headers)
    return answer.text
  }

  /** Requests a page of a log. Returns the path of its `previous` link. */
  async poll(path: string): Promise<string> {
    const [, previous = ''] = /rel="previous" href="([^"]+)"/.exec(await this.get(path)) ?? []
    return previous.replaceAll('&amp;', '&').replace(this.store.url, '')
  }

  async openStream(userAgent: string, host = 'store.test'): Promise<StreamReader> {
    const headers = { Host: host, 'User-Agent': userAgent }
    return StreamReader.open(`${this.store.url}${CHANGELOG}/sse`, { headers })
  }
}
