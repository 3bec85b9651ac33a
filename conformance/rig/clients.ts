import type { ClientRequest } from '../client/client-request.ts'
import type { ConnectionSettings } from '../client/connection.ts'
import { H2Client } from '../client/h2/h2-client.ts'
import { RawClient } from '../client/raw-client.ts'
import type { Trust } from '../runner/target.ts'
import type { WireEvent } from '../wire/sse/event-reader.ts'
import type { Transcript } from '../wire/transcript.ts'
import type { Activity } from './activity.ts'

export interface ClientsOptions {
  readonly activity: Activity
  readonly transcript: Transcript
  /** How the certificate of the front is checked. */
  readonly trust?: Trust | undefined
  readonly isOwnEvent: (event: WireEvent) => boolean
}

/** The clients of one check. */
export class Clients {
  readonly #options: ClientsOptions
  readonly #http1: RawClient[] = []
  readonly #http2: H2Client[] = []

  constructor(options: ClientsOptions) {
    this.#options = options
  }

  /** Those that speak HTTP/1. */
  get all(): readonly RawClient[] {
    return this.#http1
  }

  open(request: ClientRequest, frontUrl: string, connection: ConnectionSettings): RawClient {
    const name = `client ${this.#http1.length + 1}`
    const { activity, transcript, trust, isOwnEvent } = this.#options
    const client = new RawClient({
      name,
      frontUrl,
      connection: { trust, ...connection },
      request,
      isOwnEvent,
      onChange: () => activity.changed(),
      record: (what, bytes) => transcript.add('client', name, what, bytes),
    })
    this.#http1.push(client)
    return client
  }

  openH2(frontUrl: string, windowBytes?: number): H2Client {
    const name = `HTTP/2 client ${this.#http2.length + 1}`
    const { activity, transcript, trust } = this.#options
    const client = new H2Client({
      name,
      frontUrl,
      trust,
      windowBytes,
      onChange: () => activity.changed(),
      note: (text) => transcript.note('client', name, text),
    })
    this.#http2.push(client)
    return client
  }

  close(): void {
    for (const client of [...this.#http1, ...this.#http2]) client.close()
  }
}
