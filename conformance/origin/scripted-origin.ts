import { createServer, type Server, type Socket } from 'node:net'

import { fieldValue } from '../wire/http/header-fields.ts'
import { RequestReader, type WireRequest } from '../wire/http/request-reader.ts'
import { findFreePort } from './free-port.ts'
import { resetSocket } from './reset-socket.ts'
import { OriginExchange } from './origin-exchange.ts'

export interface OriginOptions {
  /** `A`, `B`: its name in transcripts. */
  readonly name: string
  /** 0: a port outside the system-assigned range, so that the origin can listen on it again. */
  readonly port: number
  readonly onRequest: (upstream: OriginExchange) => void
  /** The head of a request is complete; its content, which `request` lacks, may still come. */
  readonly onHead: (upstream: OriginExchange) => void
  readonly onChange: () => void
  /** `onRequest` has thrown. */
  readonly onFault: (error: unknown) => void
  readonly record: (
    socket: string,
    what: 'open' | 'sent' | 'received' | 'fin-sent' | 'fin-received' | 'lost',
    bytes?: Buffer,
  ) => void
}

const NO_CONTENT = Buffer.alloc(0)

/** A back end on a bare socket. It sends nothing by itself: a check writes every byte. */
export class ScriptedOrigin {
  readonly #options: OriginOptions
  readonly #sockets = new Map<Socket, RequestReader>()
  #server: Server | undefined
  #port: number
  #accepted = 0

  constructor(options: OriginOptions) {
    this.#options = options
    this.#port = options.port
  }

  get port(): number {
    return this.#port
  }

  /** Connections that the target holds open. */
  get connectionCount(): number {
    return this.#sockets.size
  }

  /** Connections that the target has opened in total. */
  get acceptedCount(): number {
    return this.#accepted
  }

  /** Requests whose content is not complete: target, and length of the content so far. */
  get unfinished(): readonly { readonly target: string; readonly bodyBytes: number }[] {
    return [...this.#sockets.values()].flatMap(({ unfinished }) => unfinished ?? [])
  }

  /** Listens, on the same port every time. Rejects when the port is taken. */
  async listen(): Promise<void> {
    if (this.#port === 0) this.#port = await findFreePort()
    const server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, '127.0.0.1', resolve)
    })
    // Out of file handles, for example: the connection is lost, the origin keeps listening.
    server.on('error', () => this.#options.onChange())
    this.#server = server
  }

  /** Refuses new connections; open ones stay. Resolves when the port is free. */
  async stopListening(): Promise<void> {
    this.#server?.close()
    this.#server = undefined
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }

  /** Cuts every open connection with a reset. */
  resetAll(): void {
    for (const socket of this.#sockets.keys()) resetSocket(socket)
  }

  async close(): Promise<void> {
    await this.stopListening()
    for (const socket of this.#sockets.keys()) socket.destroy()
  }

  #accept(socket: Socket): void {
    const { onRequest, onHead, onChange, onFault, record } = this.#options
    this.#accepted += 1
    const name = `origin ${this.#options.name}, connection ${this.#accepted}`
    const exchange = (request: WireRequest): OriginExchange =>
      new OriginExchange(name, request, reader.violations, socket, (what, bytes) =>
        record(name, what, bytes),
      )
    const reader = new RequestReader((head) => {
      onHead(exchange({ ...head, body: NO_CONTENT }))
      // [http §10.1.1] A server that is asked for it says whether it wants the content.
      if (fieldValue(head.fields, 'expect')?.toLowerCase() !== '100-continue') return
      const interim = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n')
      record(name, 'sent', interim)
      socket.write(interim)
    })
    this.#sockets.set(socket, reader)
    socket.setNoDelay(true)
    record(name, 'open')
    socket.on('data', (chunk) => {
      record(name, 'received', chunk)
      try {
        for (const request of reader.push(chunk)) onRequest(exchange(request))
      } catch (error) {
        // A check that fails on this request loses the connection, not the run.
        onFault(error)
        socket.destroy()
      }
      if (reader.broken) socket.destroy()
      onChange()
    })
    socket.on('end', () => {
      record(name, 'fin-received')
      // A target that ends its side has disconnected: close our side too.
      socket.end()
      onChange()
    })
    socket.on('error', () => record(name, 'lost'))
    socket.on('close', () => {
      this.#sockets.delete(socket)
      onChange()
    })
    onChange()
  }
}
