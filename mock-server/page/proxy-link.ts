import type { Request, Response } from 'express'
import { z } from 'zod'

import { assertCount } from '../content/limits.ts'
import { MockServerError } from '../errors.ts'
import { hostNameOf, isLoopback } from '../http/host-name.ts'
import { onceClosed } from '../http/once-closed.ts'
import type { JournalReader } from '../journal/journal-reader.ts'
import type { Settings } from '../knobs.ts'
import { STREAM_HEAD } from '../sse/stream-hub.ts'
import { Lanes } from './lanes.ts'

const address = z
  .union([z.literal(''), z.url({ protocol: /^https?$/ })])
  .transform((text) => (text === '' ? '' : new URL(text).href))

/** `url` is the event stream of the proxy, `adminUrl` its admin port; '' for none. */
export const PROXY_SETTING = z.strictObject({ url: address, adminUrl: address.optional() })

const PAGE = z.strictObject({ status: z.int(), text: z.string() }).nullable()
export const PROXY_REPORT = z.strictObject({
  url: z.string(),
  adminUrl: z.string(),
  /** Null without an admin port; status 0 when it cannot be read. */
  health: PAGE,
  metrics: PAGE,
})

const READ_MS = 5_000
const MAX_PAGE_BYTES = 1_048_576

/** The proxy that the page shows beside the store. */
export class ProxyLink {
  readonly #journal: JournalReader
  readonly #allowed: ReadonlySet<string>
  readonly #open = new Set<Response>()
  #url = ''
  #adminUrl = ''

  /** Throws `bad-request` for a host that is not allowed. */
  constructor(
    journal: JournalReader,
    settings: Pick<Settings, 'proxy' | 'proxyAdmin' | 'allowHost'>,
  ) {
    this.#journal = journal
    this.#allowed = new Set(settings.allowHost)
    this.set({ url: settings.proxy, adminUrl: settings.proxyAdmin })
  }

  /**
   * Names the proxy. What is read through the store is on loopback or on an allowed host, so that
   * nothing else in a network is read with its help.
   */
  set({ url, adminUrl = '' }: z.output<typeof PROXY_SETTING>): { url: string; adminUrl: string } {
    for (const given of [url, adminUrl]) {
      const name = given === '' ? 'localhost' : (hostNameOf(given) ?? '')
      if (isLoopback(name) || this.#allowed.has(name)) continue
      throw new MockServerError(
        'bad-request',
        `the proxy is on ${JSON.stringify(name)}: expected loopback, or a host of --allow-host`,
      )
    }
    this.#url = url
    this.#adminUrl = adminUrl
    return { url, adminUrl }
  }

  async report(): Promise<z.output<typeof PROXY_REPORT>> {
    const [health, metrics] = await Promise.all([this.#read('healthcheck'), this.#read('metrics')])
    return { url: this.#url, adminUrl: this.#adminUrl, health, metrics }
  }

  /**
   * Sends the events of both streams until the client leaves. The stream at the proxy is opened for
   * it alone, so each follower is one client of the proxy.
   */
  follow(request: Request, response: Response): void {
    assertCount('journalFollowers', this.#open.size + 1)
    response.writeHead(200, STREAM_HEAD)
    if (request.method === 'HEAD') {
      response.end()
      return
    }
    response.flushHeaders()
    const lanes = new Lanes(response)
    const stop = this.#journal.onFrame((frame) => lanes.sent(frame))
    this.#open.add(response)
    if (this.#url !== '') void lanes.listenTo(this.#url)
    onceClosed({ request, response }, () => {
      stop()
      lanes.close()
      this.#open.delete(response)
    })
  }

  /** Ends all followers. */
  close(): void {
    for (const response of this.#open) response.end()
  }

  async #read(path: string): Promise<z.output<typeof PAGE>> {
    if (this.#adminUrl === '') return null
    try {
      const response = await fetch(new URL(path, this.#adminUrl), {
        redirect: 'error',
        signal: AbortSignal.timeout(READ_MS),
      })
      return { status: response.status, text: await firstBytes(response) }
    } catch (error) {
      return { status: 0, text: error instanceof Error ? error.message : String(error) }
    }
  }
}

/** At most so many, however much comes. */
async function firstBytes({ body }: globalThis.Response): Promise<string> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of body ?? []) {
    parts.push(part)
    length += part.length
    if (length > MAX_PAGE_BYTES) break
  }
  return Buffer.concat(parts).subarray(0, MAX_PAGE_BYTES).toString()
}
