import { afterAll, afterEach } from 'vitest'

import { FAULT_PLAN } from '../faults/fault.ts'
import type { FaultScope } from '../faults/fault-scope.ts'
import type { FaultReport } from '../faults/set-fault.ts'
import type { MockContentStore } from '../start.ts'
import { RawClient, rawRequest } from './raw-client.ts'
import { serveStore } from './serve-store.ts'
import { until } from './until.ts'

const SERVICE = '/webservice/escenic'
export const LOG = `${SERVICE}/changelog/section/12`
/** The event of one change of section 12. */
export const EVENT = `data: http://localhost${LOG}\n\n`
const STREAM = rawRequest('GET', `${SERVICE}/changelog/sse`)

/** What the head of every good answer begins with. */
export const OK = 'HTTP/1.1 20'

/** A request of each scope; each can be sent again and again. */
export const REQUESTS: Readonly<Record<FaultScope, string>> = {
  feed: rawRequest('GET', LOG),
  item: rawRequest('GET', `${SERVICE}/content/801`),
  write: rawRequest(
    'POST',
    '/live-center-editorial/event/18/entries',
    ['Content-Type: application/json', 'Content-Length: 2'],
    '{}',
  ),
  'sse-connect': STREAM,
  'sse-open': STREAM,
}

/** Ends each message of a chunked body. */
export const LAST_CHUNK = '\r\n0\r\n\r\n'

/** One store, its faults, and clients that read every byte. */
export class FaultBench implements AsyncDisposable {
  readonly store: MockContentStore

  private constructor(store: MockContentStore) {
    this.store = store
  }

  static async start(): Promise<FaultBench> {
    return new FaultBench(await serveStore({ announce: ['section'], randomSeed: 1, workers: 8 }))
  }

  /** One bench for all tests of a file. After each test it has no fault, stream or busy worker. */
  static async forFile(): Promise<FaultBench> {
    const bench = await FaultBench.start()
    afterEach(async () => {
      bench.clear()
      bench.release()
      const { control } = bench.store
      control.closeStreams()
      await until(() => control.info().workers.busy === 0, 'no worker is busy')
    })
    afterAll(async () => bench[Symbol.asyncDispose]())
    return bench
  }

  set(...faults: readonly object[]): void {
    this.store.control.setFaults(FAULT_PLAN.parse({ faults }).faults)
  }

  clear(): void {
    this.store.control.setFaults([])
  }

  /** Lets no time pass but by `advance`. */
  freeze(): void {
    this.store.control.clock.set({ frozen: true })
  }

  release(): void {
    this.store.control.clock.reset()
  }

  get report(): FaultReport {
    const [report] = this.store.control.faults()
    if (report === undefined) throw new Error('expected a fault')
    return report
  }

  async struck(times = 1): Promise<void> {
    await until(() => this.report.strikes >= times, `${times} strikes of ${this.report.name}`)
  }

  /** Sends a request of this scope on a connection of its own. */
  async send(scope: FaultScope): Promise<RawClient> {
    const client = await RawClient.connect(this.store.port)
    client.send(REQUESTS[scope])
    return client
  }

  /** A client whose stream is open. */
  async open(): Promise<RawClient> {
    const client = await this.send('sse-connect')
    await client.read('\r\n\r\n')
    return client
  }

  /** One change, and so one event of section 12. */
  change(): void {
    this.store.control.publishItem(801)
  }

  /** A later request, which no fault is for, is answered. */
  async expectServed(): Promise<void> {
    using client = await RawClient.connect(this.store.port)
    client.send(rawRequest('GET', '/__mock/info'))
    await client.read(OK)
  }

  /**
   * A request of this scope is answered, an open stream gets an event, and nothing is left
   * of a fault: no worker, no timer, no stream.
   */
  async expectHealthy(scope: FaultScope): Promise<void> {
    {
      using client = await this.send(scope)
      await client.read(OK)
      if (scope === 'sse-connect' || scope === 'sse-open') {
        this.change()
        await client.read(EVENT)
      }
    }
    const { control } = this.store
    await until(() => control.info().workers.busy === 0, 'no worker is busy')
    await until(() => control.clients().length === 0, 'no stream is open')
    await until(() => control.clock.state.timers === 0, 'no timer is set')
  }

  /** All bytes that a healthy request of this scope gets; of a stream, up to its first event. */
  async healthyText(scope: FaultScope): Promise<string> {
    if (scope === 'sse-connect' || scope === 'sse-open') {
      using client = await this.open()
      this.change()
      await client.read('\n\n\r\n')
      return client.text
    }
    using client = await this.send(scope)
    await client.read('\r\n\r\n')
    const [head = ''] = client.text.split('\r\n\r\n')
    const length = lengthIn(head) + head.length + 4
    await until(() => client.text.length === length, 'the whole response')
    return client.text
  }

  /** A page of the log, by default the newest, and where a client continues. */
  async page(
    url = this.store.url + LOG,
  ): Promise<{ readonly previous: string; readonly rows: string }> {
    const response = await fetch(url.replaceAll('&amp;', '&'), {
      headers: { Authorization: `Basic ${btoa('user:password')}` },
    })
    const rows = await response.text()
    return { rows, previous: /rel="previous" href="([^"]+)"/.exec(rows)?.[1] ?? rows }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close()
  }
}

export function lengthIn(head: string): number {
  return Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
}

/** The bytes of a response but for what is another time, number or version in each. */
export function unnumbered(text: string): string {
  return text
    .replace(/\r\nDate: [^\r]+/, '')
    .replaceAll(/ETag: [^\r]+/g, '')
    .replaceAll(/\d/g, '0')
}
