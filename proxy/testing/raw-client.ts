import { connect, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'

import { decodeChunks } from '../sse/chunk.ts'
import { eventually } from './deadline.ts'
import { type ReadEvent, type Reading, readStream } from './reference-reader.ts'

export interface RawClientOptions {
  /** A port of 127.0.0.1, or the path of a Unix socket. */
  readonly port: number | string
  /** Address of the client's side; default: chosen by the system. */
  readonly localAddress?: string
  readonly path?: string
  readonly method?: string
  readonly version?: '1.0' | '1.1'
  /** Further header lines. */
  readonly fields?: readonly string[]
  /** Connects by TLS with these options. */
  readonly tls?: ConnectionOptions | undefined
}

/** A client on a raw socket that keeps every byte and never reconnects. */
export class RawClient implements AsyncDisposable {
  readonly socket: Socket
  #received: Buffer[] = []
  #byteCount = 0
  #bodyAt: { readonly byteCount: number; readonly body: Buffer } | undefined
  #readingAt: { readonly byteCount: number; readonly reading: Reading } | undefined
  #isClosed = false
  #error: Error | undefined

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes) => {
      this.#received.push(bytes)
      this.#byteCount += bytes.length
    })
    // After a reset, a paused reader gets an end and no error.
    socket.on('end', () => socket.destroy())
    socket.on('error', (error) => {
      this.#error = error
    })
    socket.on('close', () => {
      this.#isClosed = true
    })
  }

  /** Connects and sends nothing. */
  static async dial(
    port: number | string,
    tls?: ConnectionOptions,
    localAddress?: string,
  ): Promise<RawClient> {
    const options = { ...placeOf(port), noDelay: true, allowHalfOpen: true }
    const tcp = connect(localAddress === undefined ? options : { ...options, localAddress })
    const secure = tls === undefined ? undefined : connectTls({ socket: tcp, ...tls })
    const client = new RawClient(secure ?? tcp)
    let isReady = false
    secure?.once('secureConnect', () => (isReady = true))
    await eventually(
      `port ${port} accepts`,
      () => client.isClosed || (secure === undefined ? !tcp.connecting : isReady),
    )
    if (client.error !== undefined) throw client.error
    return client
  }

  /** Requests the stream and waits for the response head. */
  static async get(options: RawClientOptions): Promise<RawClient> {
    const { port, tls, localAddress } = options
    return await RawClient.#ask(await RawClient.dial(port, tls, localAddress), options)
  }

  /** Like `get`, but retries while the port refuses and `isOver` is false. */
  static async knock(options: RawClientOptions, isOver: () => boolean): Promise<RawClient> {
    const client = await eventually(`port ${options.port} accepts`, async () => {
      if (isOver()) throw new Error(`port ${options.port} will never accept`)
      const socket = connect({ ...placeOf(options.port), noDelay: true })
      const dialled = new RawClient(socket)
      await new Promise((resolve) => {
        socket.once('connect', resolve).once('close', resolve)
      })
      return !dialled.isClosed && dialled
    })
    return await RawClient.#ask(client, options)
  }

  static async #ask(client: RawClient, options: RawClientOptions): Promise<RawClient> {
    client.socket.write(requestText(options))
    await eventually('the response head has arrived', () => {
      if (client.isClosed && client.head === undefined) {
        throw new Error(`closed without a response: ${client.error?.message ?? 'no error'}`)
      }
      return client.head
    })
    return client
  }

  /** All received bytes, including the head. */
  get bytes(): Buffer {
    const [first, second] = this.#received
    if (first === undefined || second !== undefined)
      this.#received = [Buffer.concat(this.#received)]
    return this.#received[0] ?? Buffer.alloc(0)
  }

  get byteCount(): number {
    return this.#byteCount
  }

  /** Status line and header fields, once they are complete. */
  get head(): string | undefined {
    const end = this.bytes.indexOf('\r\n\r\n')
    return end === -1 ? undefined : this.bytes.toString('latin1', 0, end)
  }

  /** The body so far, without chunked coding and without an incomplete chunk. */
  get body(): Buffer {
    const byteCount = this.#byteCount
    if (this.#bodyAt?.byteCount !== byteCount) this.#bodyAt = { byteCount, body: this.#decoded() }
    return this.#bodyAt.body
  }

  #decoded(): Buffer {
    const { head } = this
    if (head === undefined) return Buffer.alloc(0)
    const coded = this.bytes.subarray(Buffer.byteLength(head, 'latin1') + 4)
    if (!/\r\ntransfer-encoding: chunked/i.test(head)) return coded
    return decodeChunks(coded.subarray(0, completeChunkBytes(coded)))
  }

  get reading(): Reading {
    const byteCount = this.#byteCount
    if (this.#readingAt?.byteCount !== byteCount) {
      this.#readingAt = { byteCount, reading: readStream(this.body) }
    }
    return this.#readingAt.reading
  }

  get events(): readonly ReadEvent[] {
    return this.reading.events
  }

  /** Data of each event, in order. */
  get data(): readonly string[] {
    return this.events.map(({ data }) => data)
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  get error(): Error | undefined {
    return this.#error
  }

  /** Waits for this many events and returns all events. */
  async received(count: number): Promise<readonly ReadEvent[]> {
    return await eventually(`a client has ${count} events`, () => {
      const { events } = this
      return events.length >= count && events
    })
  }

  async closed(): Promise<void> {
    await eventually('the connection is closed', () => this.#isClosed)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy()
    await this.closed()
  }
}

function placeOf(port: number | string) {
  return typeof port === 'string' ? { path: port } : { port, host: '127.0.0.1' }
}

export function requestText(options: Omit<RawClientOptions, 'localAddress' | 'port'>): string {
  const { method = 'GET', path = '/', version = '1.1', fields = [] } = options
  const lines = [`${method} ${path} HTTP/${version}`, 'Host: proxy', ...fields]
  return `${lines.join('\r\n')}\r\n\r\n`
}

function completeChunkBytes(coded: Buffer): number {
  let at = 0
  for (;;) {
    const sizeEnd = coded.indexOf('\r\n', at)
    if (sizeEnd === -1) return at
    const size = coded.toString('latin1', at, sizeEnd)
    if (!/^[0-9a-f]+$/.test(size))
      throw new Error(`expected the size of a chunk, got ${JSON.stringify(size)}`)
    const next = sizeEnd + 2 + Number.parseInt(size, 16) + 2
    if (next > coded.length) return at
    at = next
  }
}
