import { createParser } from 'eventsource-parser'

/** A client of an event stream that keeps all events. It reconnects only on request. */
export class StreamClient {
  /** Data of all events of all connections. A name other than `message` precedes the data. */
  readonly data: string[] = []
  #lastEventId = ''
  #connection = new AbortController()
  /** Settles when the connection has ended and its bytes have been read. */
  #reading: Promise<void> = Promise.resolve()

  /** Requests the stream after the last event. The connection before must have ended. */
  async connect(url: string): Promise<void> {
    await this.#reading
    this.#connection = new AbortController()
    const { signal } = this.#connection
    const headers = this.#lastEventId === '' ? {} : { 'Last-Event-ID': this.#lastEventId }
    const response = await fetch(url, { headers, signal })
    const { body } = response
    if (!response.ok || body === null) throw new Error(`${url} answered ${response.status}`)
    this.#reading = this.#read(body).catch(() => {})
  }

  close(): void {
    this.#connection.abort()
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const parser = createParser({
      onEvent: ({ data, event, id }) => {
        if (id !== undefined) this.#lastEventId = id
        this.data.push(event === undefined ? data : `${event} ${data}`)
      },
    })
    const decoder = new TextDecoder()
    for await (const bytes of body) parser.feed(decoder.decode(bytes, { stream: true }))
  }
}
